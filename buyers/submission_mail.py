"""The mails after something was handed over: a receipt to whoever sent it, and word to the seller."""

from datetime import timedelta
from typing import Any

import structlog
from django.utils import timezone

from buyers.branding import Branding, branding_of
from buyers.invitation_models import Invitation, Prospect
from buyers.pages.receipts import line_of
from nt24.documents.models import Document
from nt24.languages import language_of_country
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import render_mail
from nt24.partners.models import Organization, Seller

RECEIPT, ARRIVAL, PROSPECT_RECEIPT = "buyers.receipt", "buyers.arrival", "buyers.prospect_receipt"
TO_ONE_A_DAY = 3  # receipts to an address that nobody has confirmed

log = structlog.get_logger(__name__)


def mail_receipt(invitation: Invitation, filed: list[Document]) -> None:
    """Queue what was submitted, for the recipient of the link, in the language of the page."""
    assert invitation.buyer is not None
    about = {
        "papers": [line_of(document) for document in filed],
        "reference": invitation.uuid,
        "received_at": invitation.last_used_at,
    }
    queue_from(
        invitation.seller,
        "receipt",
        kind=RECEIPT,
        to=invitation.recipient_email,
        language=invitation.language,
        about=invitation,
        more=about,
    )


def mail_arrival(invitation: Invitation) -> None:
    """Tell the seller that documents have arrived, unless these mails are switched off. It names the company only."""
    seller, buyer = invitation.seller, invitation.buyer
    branding = branding_of(seller)
    if buyer is None or not branding.mails_arrivals:
        return
    content = render_mail(
        "arrival", {"buyer": buyer.company_name}, language=language_of_country(seller.country)
    )
    queue_mail(
        ARRIVAL,
        to=branding.reply_to,
        content=content,
        organization_id=seller.organization_id,
        about=invitation.uuid,
    )


def mail_prospect_receipt(prospect: Prospect) -> None:
    """Queue a receipt for the address that was typed, at most `TO_ONE_A_DAY` for one address.

    Whoever fills in the form may have typed a stranger's address, so nothing that was typed freely goes there.
    """
    if not has_room(prospect):
        log.info("prospect_receipt_left_out", prospect=str(prospect.uuid))
        return
    queue_from(
        prospect.seller,
        "prospect_receipt",
        kind=PROSPECT_RECEIPT,
        to=prospect.email,
        language=prospect.language,
        about=prospect,
        more={"vat_number": prospect.vat_number, "received_at": prospect.submitted_at},
    )


def has_room(prospect: Prospect) -> bool:
    """The organization's row is locked, so that two at once are counted one after the other."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=prospect.seller.organization_id)
    sent = Mail.objects.filter(
        organization=organization,
        kind=PROSPECT_RECEIPT,
        to__iexact=prospect.email,
        created_at__gt=timezone.now() - timedelta(days=1),
    )
    return sent.count() < TO_ONE_A_DAY


def queue_from(
    seller: Seller,
    template: str,
    *,
    kind: str,
    to: str,
    language: str,
    about: Invitation | Prospect,
    more: dict[str, Any],
) -> None:
    branding = branding_of(seller)
    content = render_mail(template, {**look_of(seller, branding), **more}, language=language)
    queue_mail(
        kind,
        to=to,
        content=content,
        organization_id=seller.organization_id,
        about=about.uuid,
        from_name=f"{branding.display_name} via NT24",
        reply_to=branding.reply_to,
        logo_png=branding.logo_png,
    )


def look_of(seller: Seller, branding: Branding) -> dict[str, Any]:
    """What every mail in the name of a seller is given."""
    return {
        "seller": branding.display_name,
        "contact": branding.contact,
        "accent": branding.accent,
        "has_logo": branding.logo_png is not None,
        "zone": seller.time_zone,
    }
