"""Every way an invitation changes: handed out, reminded of, filled with drafts, submitted, revoked, expired.

Each action takes its locks itself, the buyer's before the invitation's. Whoever holds a link acts as
`links.actor_of(invitation)`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from buyers.checks import request_vies_check
from buyers.drafts import Combined, file_documents
from buyers.exposure import require_review
from buyers.invitation_mail import INVITED, REMINDED, mail_invitation
from buyers.invitation_models import Draft, Invitation
from buyers.kyc import Need
from buyers.links import held, require_kyc, require_open, tell_of
from buyers.models import Buyer, ViesCheck
from buyers.queries import papers_for_invitation
from buyers.submission_mail import mail_arrival, mail_receipt
from buyers.verification import is_done_by_buyer
from nt24.actors import Actor
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.languages import ENGLISH, language_of_country
from nt24.lifecycle import move
from nt24.partners.authentication import SellerRef
from nt24.partners.models import Seller
from nt24.records import action

OPEN_DAYS = 14  # contract 6, and at most 90
REMINDED_BEFORE = timedelta(days=3)
DRAFTS_KEPT = timedelta(days=7)  # after their invitation has ended without them


class PapersMissing(StateConflict):
    """Submitted too early; `needs` are those that neither a draft nor an earlier document meets."""

    def __init__(self, invitation: Invitation, needs: list[Need]) -> None:
        names = ", ".join(need.title for need in needs)
        super().__init__(f"These papers are missing: {names}.", current=invitation)
        self.needs = needs


class IdentityMissing(StateConflict):
    """Submitted before the identity check of Mode B has succeeded or waits for staff."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(
            "The buyer's identity check is missing: it was not finished, has run out or was not successful.",
            current=invitation,
        )


# --- By the partner ------------------------------------------------------------------------------------------------


@action
def invite_buyer(
    buyer: Buyer,
    *,
    recipient_email: str,
    by: Actor,
    label: str = "",
    language: str = "",
    expires_in_days: int = OPEN_DAYS,
) -> Invitation:
    """Make a KYC link for the buyer and mail it; without a language, in the one of his country.

    :raises TooManyMails, TooManyMailsAtOnce: the recipient or the organization has had enough for now.
    """
    now = timezone.now()
    invitation = Invitation.objects.create(
        kind=Invitation.Kind.KYC,
        seller=buyer.seller,
        buyer=buyer,
        recipient_email=recipient_email,
        label=label,
        language=language or language_of_country(buyer.address["country"]),
        created_at=now,
        expires_at=now + timedelta(days=expires_in_days),
    )
    mail_invitation(invitation, kind=INVITED)
    tell_of(invitation, "invitation.created", by=by, changes={"buyerUuid": [None, str(buyer.uuid)]})
    return invitation


@action
def make_prospect_link(
    seller: Seller | SellerRef,
    *,
    label: str,
    by: Actor,
    recipient_email: str = "",
    language: str = "",
    expires_in_days: int = OPEN_DAYS,
) -> Invitation:
    """Make a reusable link to the prospects' form; the seller publishes it, and a recipient gets it by mail.

    :raises TooManyMails, TooManyMailsAtOnce: the recipient or the organization has had enough for now.
    """
    now = timezone.now()
    invitation = Invitation.objects.create(
        kind=Invitation.Kind.PROSPECT,
        seller_id=seller.pk,
        recipient_email=recipient_email,
        label=label,
        language=language or ENGLISH.code,
        created_at=now,
        expires_at=now + timedelta(days=expires_in_days),
    )
    if recipient_email:
        mail_invitation(invitation, kind=INVITED)
    tell_of(invitation, "invitation.created", by=by)
    return invitation


@action
def resend_invitation(invitation: Invitation, *, by: Actor) -> Invitation:
    """Mail the same link once more, as a reminder; it ends when it would have ended.

    :raises LinkEnded: it does not open any more.
    :raises StateConflict: the PROSPECT link has no recipient.
    :raises TooManyMails, TooManyMailsAtOnce: the recipient or the organization has had enough for now.
    """
    invitation = held(invitation)
    if not invitation.recipient_email:
        raise StateConflict("This prospect link has no recipient, so it was not mailed.", current=invitation)
    require_open(invitation)
    mail_invitation(invitation, kind=INVITED, is_reminder=True)
    tell_of(invitation, "invitation.resent", by=by)
    return invitation


@action
def revoke_invitation(invitation: Invitation, *, reason: str, by: Actor) -> Invitation:
    """Shut the link for good.

    :raises MoveNotAllowed: it was used, revoked or has expired before (contract 16.9).
    """
    invitation = held(invitation)
    invitation.revoked_at, invitation.revocation_reason = timezone.now(), reason
    also = ("revoked_at", "revocation_reason")
    move(invitation, Invitation.Status.REVOKED, by=by, also=also, reason=reason, seller=invitation.seller)
    return invitation


# --- By the clock --------------------------------------------------------------------------------------------------


def expire_due_invitations(now: datetime, *, by: Actor) -> int:
    """Move what has expired, each in a transaction of its own; how many this call has moved."""
    due = Invitation.objects.filter(status=Invitation.Status.ACTIVE, expires_at__lte=now)
    return sum(expire_invitation(invitation, by=by) for invitation in list(due.order_by("expires_at", "pk")))


@action
def expire_invitation(invitation: Invitation, *, by: Actor) -> bool:
    """Move it and say so; false when somebody else was faster."""
    invitation = held(invitation)
    if invitation.status != Invitation.Status.ACTIVE:
        return False
    message = {**named(invitation), "expiredAt": invitation.expires_at}
    move(invitation, Invitation.Status.EXPIRED, by=by, seller=invitation.seller, message=message)
    return True


def remind_of_invitations(now: datetime, *, by: Actor) -> int:
    """Mail those whose link ends within three days, once each; how many this call has mailed.

    A link that was never open for longer than that needs no reminder.
    """
    ending = Invitation.objects.filter(
        kind=Invitation.Kind.KYC,
        status=Invitation.Status.ACTIVE,
        reminded_at=None,
        expires_at__gt=now,
        expires_at__lte=now + REMINDED_BEFORE,
        created_at__lt=F("expires_at") - REMINDED_BEFORE,
        seller__disabled_at=None,
        seller__organization__disabled_at=None,
    )
    return sum(remind_of_invitation(invitation, by=by) for invitation in list(ending.order_by("pk")))


@action
def remind_of_invitation(invitation: Invitation, *, by: Actor) -> bool:
    """Mail the link once more; false when it has been reminded of, or has ended, meanwhile."""
    invitation = held(invitation)
    if invitation.status != Invitation.Status.ACTIVE or invitation.reminded_at is not None:
        return False
    invitation.reminded_at = timezone.now()
    invitation.save_changes("reminded_at")
    mail_invitation(invitation, kind=REMINDED, is_reminder=True)
    tell_of(invitation, "invitation.reminded", by=by)
    return True


# --- By whoever holds the link -------------------------------------------------------------------------------------


@action
def choose_language(invitation: Invitation, *, language: str, by: Actor) -> Invitation:
    """Keep the buyer's choice for his next visit and his next mail.

    :raises LinkEnded: the link does not open any more.
    :raises StateConflict: a PROSPECT link is for many, so each visitor's choice stays with the visitor.
    """
    invitation = held(invitation)
    require_open(invitation)
    require_kyc(invitation)
    if invitation.language != language:
        was, invitation.language = invitation.language, language
        invitation.save_changes("language")
        tell_of(invitation, "invitation.language_chosen", by=by, changes={"language": [was, language]})
    return invitation


@action
def submit_invitation(
    invitation: Invitation, *, declared: bool, by: Actor, combined: Mapping[str, Combined] | None = None
) -> Invitation:
    """File what was sent as documents of the buyer and close the link; VIES is asked about a buyer never checked.

    `combined`, by need: one PDF of each document that has several files (`combining.combined_documents`).

    The buyer gets a receipt by mail, and the seller word that documents have come.

    :raises LinkEnded: it was submitted before, or the link does not open any more.
    :raises StateConflict: it is a PROSPECT link.
    :raises ValidationFailed: on `declared`: without the declaration nothing is taken.
    :raises PapersMissing: not every need is met.
    :raises IdentityMissing: Mode B, and the identity check is still the buyer's to do.
    :raises FilesChanged: what was combined is not what is there now; combine it again.
    """
    invitation = held(invitation)
    require_open(invitation)
    buyer = require_kyc(invitation)
    if not declared:
        raise ValidationFailed(FieldError("declared", "Confirm that the documents are genuine and complete."))
    if missing := [paper.need for paper in papers_for_invitation(invitation) if not paper.is_there]:
        raise PapersMissing(invitation, missing)
    if not is_done_by_buyer(buyer):
        raise IdentityMissing(invitation)
    drafts = Draft.objects.filter(invitation=invitation)
    is_exposed = drafts.filter(is_exposed=True).exists()
    count = drafts.values("need").distinct().count()
    tell_of(invitation, "invitation.declared", by=by, changes={"documents": [0, count]})
    filed = file_documents(invitation, buyer, combined=combined or {}, by=by)
    if is_exposed:
        require_review(buyer, by=by)
    note_used(invitation)
    move(
        invitation,
        Invitation.Status.USED,
        by=by,
        also=("usage_count", "last_used_at"),
        seller=invitation.seller,
        message={**named(invitation), "usedAt": invitation.last_used_at},
    )
    mail_receipt(invitation, filed)
    mail_arrival(invitation)
    if not ViesCheck.objects.filter(buyer=buyer).exists():
        request_vies_check(buyer, cause=ViesCheck.Cause.REQUESTED, by=by)
    return invitation


# --- Parts of them -------------------------------------------------------------------------------------------------


def note_used(invitation: Invitation) -> None:
    """One use more, now; the caller saves it."""
    invitation.usage_count += 1
    invitation.last_used_at = timezone.now()


def named(invitation: Invitation) -> dict[str, Any]:
    """What every message about it begins with (contract 12); never the link."""
    buyer = {} if invitation.buyer is None else {"buyerUuid": invitation.buyer.uuid}
    return {"invitationUuid": invitation.uuid, "kind": invitation.kind, **buyer}
