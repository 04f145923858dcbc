"""Asking VIES, nudged by each request, and iDenfy about lost callbacks; the clock of invitations."""

from celery import shared_task
from django.utils import timezone

from buyers import checks, drafts, expiry, invitations, verification
from nt24.actors import system

EXPIRY = system("expire-invitations")
REMINDER = system("remind-of-invitations")
EXPIRY_REMINDER = system("remind-of-expiry")


@shared_task
def ask_vies() -> None:
    """Ask what is due."""
    checks.ask_due()


@shared_task
def settle_verifications() -> None:
    """Ask about verifications whose result is overdue, and end those that have none."""
    verification.settle_due()


@shared_task
def expire_invitations() -> None:
    """Move the invitations whose time is over, and say so."""
    invitations.expire_due_invitations(timezone.now(), by=EXPIRY)


@shared_task
def remind_of_invitations() -> None:
    """Mail the buyers whose link ends within three days, once each."""
    invitations.remind_of_invitations(timezone.now(), by=REMINDER)


@shared_task
def forget_drafts() -> None:
    """Delete what was uploaded behind a link that ended a week ago without being submitted."""
    drafts.forget_drafts(timezone.now())


@shared_task
def remind_of_expiry() -> None:
    """Mail the buyers whose papers end soon or have ended, each at most weekly."""
    for buyer in expiry.buyers_concerned(timezone.localdate()):
        expiry.remind_of_expiry(buyer, by=EXPIRY_REMINDER)
