"""The mail that brings a buyer his link, and the one that reminds him of it."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from buyers.branding import branding_of
from buyers.invitation_models import Invitation
from buyers.links import public_link
from buyers.pages.catalogue import KIND_OF_NEED
from buyers.pages.local_names import local_names_of
from buyers.queries import papers_for_invitation
from buyers.submission_mail import look_of
from buyers.verification import is_done_by_buyer
from nt24.errors import RateLimited, StateConflict
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import render_mail
from nt24.partners.models import Organization

INVITED, REMINDED = "buyers.invitation", "buyers.invitation_reminder"
TO_ONE_A_DAY, OF_ONE_A_DAY = 10, 200  # mails to one address, and of one organization
BURST = timedelta(minutes=10)


class TooManyMails(StateConflict):
    """NT24 is no way to flood a mailbox, whoever asks for it."""


class TooManyMailsAtOnce(RateLimited):
    """Nor a way to write to many strangers before anybody notices."""


def require_room(invitation: Invitation) -> None:
    """The organization's row is locked, so that two at once are counted one after the other.

    :raises TooManyMails: the recipient or the organization has had enough within 24 hours.
    :raises TooManyMailsAtOnce: the organization has mailed `INVITATION_MAILS_IN_TEN_MINUTES`.
    """
    organization = Organization.objects.select_for_update(no_key=True).get(
        pk=invitation.seller.organization_id
    )
    require_more_mails(organization.pk, to=invitation.recipient_email)


def require_more_mails(organization_id: int, *, to: str = "") -> None:
    """As `require_room`, for whoever asks before; without an address, of the organization alone."""
    now = timezone.now()
    sent = Mail.objects.filter(
        organization=organization_id, kind=INVITED, created_at__gt=now - timedelta(days=1)
    )
    if to and sent.filter(to__iexact=to).count() >= TO_ONE_A_DAY:
        raise TooManyMails(
            f"This address got {TO_ONE_A_DAY} invitations within 24 hours. Call the buyer, or hand the link over."
        )
    if sent.count() >= OF_ONE_A_DAY:
        raise TooManyMails(
            f"The organization has mailed {OF_ONE_A_DAY} invitations within 24 hours. Try again tomorrow, or ask NT24."
        )
    require_no_burst(sent, now)


def require_no_burst(sent: QuerySet[Mail], now: datetime) -> None:
    """:raises TooManyMailsAtOnce: with the seconds until the oldest of the last ten minutes no longer counts."""
    most = settings.INVITATION_MAILS_IN_TEN_MINUTES
    lately = sent.filter(created_at__gt=now - BURST).order_by("-created_at")
    for created_at in lately.values_list("created_at", flat=True)[most - 1 : most]:
        wait = math.ceil((created_at + BURST - now).total_seconds())
        raise TooManyMailsAtOnce(
            f"The organization has mailed {most} invitations within ten minutes. Try again in {wait} seconds; "
            "ask NT24 when you have to invite many buyers at once.",
            retry_after=wait,
        )


@dataclass(frozen=True, slots=True)
class PaperToBring:
    """One line of the list of documents to have at hand. `local_name` may be empty."""

    title: str | Promise
    local_name: str
    is_filled_in: bool


def papers_to_bring(invitation: Invitation) -> list[PaperToBring]:
    """What the page will ask for and does not have yet, in its order and words."""
    if (buyer := invitation.buyer) is None:
        return []
    names = local_names_of(buyer.vat_number)
    kinds = [KIND_OF_NEED[paper.need] for paper in papers_for_invitation(invitation) if not paper.is_there]
    papers = [
        PaperToBring(kind.title, getattr(names, kind.slug, "") if names else "", kind.can_be_filled_in)
        for kind in kinds
    ]
    if not is_done_by_buyer(buyer):
        papers.append(PaperToBring(_("Identity document, for the check with the camera"), "", False))
    return papers


def mail_invitation(invitation: Invitation, *, kind: str, is_reminder: bool = False) -> None:
    """Queue the link for its recipient, in the seller's name and the recipient's language.

    `is_reminder`: the recipient has had it before, and reads that. What the clock sends is not counted.

    :raises TooManyMails: the recipient or the organization has had enough for today.
    :raises TooManyMailsAtOnce: the organization has had enough for the moment.
    """
    if kind == INVITED:
        require_room(invitation)
    buyer, seller, branding = invitation.buyer, invitation.seller, branding_of(invitation.seller)
    content = render_mail(
        "invitation" if buyer else "prospect_link",
        {
            **look_of(seller, branding),
            "buyer": buyer.company_name if buyer else "",
            "papers": papers_to_bring(invitation),
            "link": public_link(invitation),
            "expires_at": invitation.expires_at,
            "is_reminder": is_reminder,
        },
        language=invitation.language,
    )
    queue_mail(
        kind,
        to=invitation.recipient_email,
        content=content,
        organization_id=seller.organization_id,
        about=invitation.uuid,
        from_name=f"{branding.display_name} via NT24",
        reply_to=branding.reply_to,
        logo_png=branding.logo_png,
    )
