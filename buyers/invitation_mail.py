"""The mail that brings a buyer his link, and the one that reminds him of it."""

from datetime import timedelta

from django.utils import timezone

from buyers.branding import branding_of
from buyers.invitation_models import Invitation
from buyers.links import public_link
from nt24.errors import StateConflict
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import render_mail

INVITED, REMINDED = "buyers.invitation", "buyers.invitation_reminder"
TO_ONE_A_DAY, OF_ONE_A_DAY = 10, 200  # mails to one address, and of one organization


class TooManyMails(StateConflict):
    """NT24 is no way to flood a mailbox, whoever asks for it."""


def require_room(invitation: Invitation) -> None:
    """:raises TooManyMails: the recipient or the organization has had enough within 24 hours."""
    since = timezone.now() - timedelta(days=1)
    organization_id = invitation.seller.organization_id
    sent = Mail.objects.filter(organization=organization_id, kind=INVITED, created_at__gt=since)
    if sent.filter(to__iexact=invitation.recipient_email).count() >= TO_ONE_A_DAY:
        raise TooManyMails(
            f"This address got {TO_ONE_A_DAY} invitations within 24 hours. Call the buyer, or hand the link over."
        )
    if sent.count() >= OF_ONE_A_DAY:
        raise TooManyMails(
            f"The organization has mailed {OF_ONE_A_DAY} invitations within 24 hours. Try again tomorrow, or ask NT24."
        )


def mail_invitation(invitation: Invitation, *, kind: str) -> None:
    """Queue the link for its recipient, in the seller's name and the recipient's language.

    :raises TooManyMails: the recipient or the organization has had enough for today; reminders are not counted.
    """
    if kind == INVITED:
        require_room(invitation)
    buyer, branding = invitation.buyer, branding_of(invitation.seller)
    content = render_mail(
        "invitation" if buyer else "prospect_link",
        {
            "seller": branding.display_name,
            "accent": branding.accent,
            "has_logo": branding.logo_png is not None,
            "buyer": buyer.company_name if buyer else "",
            "link": public_link(invitation),
            "expires_at": invitation.expires_at,
            "is_reminder": kind == REMINDED,
        },
        language=invitation.language,
    )
    queue_mail(
        kind,
        to=invitation.recipient_email,
        content=content,
        organization_id=invitation.seller.organization_id,
        about=invitation.uuid,
        from_name=f"{branding.display_name} via NT24",
        reply_to=branding.reply_to,
        logo_png=branding.logo_png,
    )
