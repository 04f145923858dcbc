"""The mail that brings a buyer his link, and the one that reminds him of it."""

from buyers.branding import branding_of
from buyers.invitation_models import Invitation
from buyers.links import public_link
from nt24.mail.actions import queue_mail
from nt24.mail.rendering import render_mail

INVITED, REMINDED = "buyers.invitation", "buyers.invitation_reminder"


def mail_invitation(invitation: Invitation, *, kind: str) -> None:
    """Queue the link for its recipient, in the seller's name and the buyer's language."""
    buyer, branding = invitation.buyer, branding_of(invitation.seller)
    assert buyer is not None  # a PROSPECT link is mailed to nobody
    content = render_mail(
        "invitation",
        {
            "seller": branding.display_name,
            "accent": branding.accent,
            "has_logo": branding.logo_png is not None,
            "buyer": buyer.company_name,
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
