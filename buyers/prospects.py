"""Prospects: what somebody fills in behind a PROSPECT link, and how a company among them becomes a buyer."""

import math
from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from buyers.actions import register_buyer
from buyers.invitation_models import Invitation, Prospect
from buyers.invitations import named, note_used
from buyers.links import held, require_open
from buyers.models import Buyer
from buyers.submission_mail import mail_prospect_receipt
from nt24.actors import Actor
from nt24.addresses import Address
from nt24.audit.access import note_access
from nt24.errors import ExistsWithOtherBody, FieldError, RateLimited, StateConflict, ValidationFailed
from nt24.events import announce
from nt24.lifecycle import move
from nt24.records import action
from nt24.vat_numbers import FORM, tidied

OF_ONE_LINK, WITHIN = 60, timedelta(minutes=10)  # more than the stand of a trade fair needs


class TooManyProspects(RateLimited):
    """A published link fills nobody's list, from however many addresses."""


class NoCompany(StateConflict):
    def __init__(self, prospect: Prospect) -> None:
        super().__init__("Only a company can become a buyer; this prospect is a consumer.", current=prospect)


@action
def submit_prospect(
    invitation: Invitation,
    *,
    type: Prospect.Type,
    address: Address,
    person: Mapping[str, str],
    language: str,
    by: Actor,
    company_name: str = "",
    vat_number: str = "",
) -> Prospect:
    """Keep what was filled in; the link stays open for the next one.

    `person` has `first_name`, `last_name`, `email` and `phone` (may be empty). Spaces, dots and hyphens in the VAT
    number are dropped; a consumer has neither company nor VAT number.

    :raises LinkEnded: the link does not open any more.
    :raises StateConflict: it is a KYC link.
    :raises ValidationFailed: on `companyName` or `vatNumber`.
    :raises TooManyProspects: the link has taken its number for now.
    """
    invitation = held(invitation)
    require_open(invitation)
    if invitation.kind != Invitation.Kind.PROSPECT:
        raise StateConflict("A KYC link takes papers and no form.", current=invitation)
    vat_number = tidied(vat_number)
    require_fitting(type, company_name, vat_number)
    require_room(invitation)
    prospect = Prospect.objects.create(
        seller=invitation.seller,
        invitation=invitation,
        type=type,
        company_name=company_name,
        vat_number=vat_number,
        address=address,
        language=language,
        **person,
    )
    note_used(invitation)
    invitation.save_changes("usage_count", "last_used_at")
    announce_submitted(prospect, invitation, by=by)
    mail_prospect_receipt(prospect)
    return prospect


def require_room(invitation: Invitation) -> None:
    """:raises TooManyProspects: `OF_ONE_LINK` came through it within ten minutes; the caller holds its row."""
    now = timezone.now()
    lately = Prospect.objects.filter(invitation=invitation, submitted_at__gt=now - WITHIN)
    oldest = lately.order_by("-submitted_at").values_list("submitted_at", flat=True)[
        OF_ONE_LINK - 1 : OF_ONE_LINK
    ]
    for submitted_at in oldest:
        wait = math.ceil((submitted_at + WITHIN - now).total_seconds())
        raise TooManyProspects(
            "This link has taken many forms in a short time. Try again later.", retry_after=wait
        )


def announce_submitted(prospect: Prospect, invitation: Invitation, *, by: Actor) -> None:
    submitted = {"prospectUuid": prospect.uuid, "type": prospect.type, "submittedAt": prospect.submitted_at}
    used = {**named(invitation), "prospectUuid": prospect.uuid, "usedAt": invitation.last_used_at}
    seller = invitation.seller
    announce(
        prospect,
        "prospect.submitted",
        by=by,
        seller=seller,
        changes={"type": [None, prospect.type]},
        message=submitted,
    )
    announce(invitation, "invitation.used", by=by, seller=seller, message=used)


def require_fitting(type: Prospect.Type, company_name: str, vat_number: str) -> None:
    """:raises ValidationFailed: a company without its name or VAT number, or a consumer with one of them."""
    if type == Prospect.Type.CONSUMER:
        wrong = {"companyName": bool(company_name), "vatNumber": bool(vat_number)}
        why = "A consumer has none."
    else:
        wrong = {"companyName": not company_name, "vatNumber": not FORM.fullmatch(vat_number)}
        why = "A company has one; the VAT number starts with its country, for example DE123456789."
    if errors := [FieldError(name, why) for name, is_wrong in wrong.items() if is_wrong]:
        raise ValidationFailed(*errors)


@action
def convert_prospect(
    prospect: Prospect, *, kyc_mode: str, keeps_contact: bool, by: Actor
) -> tuple[Buyer, bool]:
    """Make the company a buyer, or find the buyer with its VAT number; true when the buyer is new.

    With `keeps_contact` the person becomes the first contact of a new buyer. Converting again finds the same buyer.

    :raises NoCompany: a consumer buys with VAT and is no buyer here.
    :raises ExistsWithOtherBody: the buyer exists in the other KYC mode.
    """
    prospect = Prospect.objects.for_change().select_related("seller").get(pk=prospect.pk)
    if prospect.type != Prospect.Type.COMPANY:
        raise NoCompany(prospect)
    buyer, is_new = buyer_for(prospect, kyc_mode=kyc_mode, keeps_contact=keeps_contact, by=by)
    if prospect.status == Prospect.Status.SUBMITTED:
        prospect.buyer = buyer
        move(prospect, Prospect.Status.CONVERTED, by=by, also=("buyer",), seller=prospect.seller)
    return buyer, is_new


def buyer_for(prospect: Prospect, *, kyc_mode: str, keeps_contact: bool, by: Actor) -> tuple[Buyer, bool]:
    """:raises ExistsWithOtherBody: name and address may differ from a buyer's that is there, the mode may not."""
    known = Buyer.objects.identified_by(prospect.vat_number).filter(seller=prospect.seller)
    there = known.for_change().first()
    if there is not None:
        if there.kyc_mode != kyc_mode:
            raise ExistsWithOtherBody(f"The buyer exists and is {there.kyc_mode}.", current=there)
        return there, False
    person = {name: getattr(prospect, name) for name in ("first_name", "last_name", "email", "phone")}
    return register_buyer(
        prospect.seller,
        vat_number=prospect.vat_number,
        by=by,
        contacts=[person] if keeps_contact else [],
        company_name=prospect.company_name,
        address=prospect.address,
        kyc_mode=kyc_mode,
    )


@action
def read_prospect(prospect: Prospect, *, by: Actor, purpose: str = "") -> None:
    """Write the access log entry of a read of the person behind a prospect."""
    note_access(prospect, "prospect.read", by=by, seller=prospect.seller, purpose=purpose)
