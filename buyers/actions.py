"""Every way a buyer changes. The caller holds the buyer's lock (`Buyer.objects.for_change()`).

Facts of a buyer reach his open orders by `evidence_changed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from buyers.models import Buyer, BuyerQuerySet, Contact, Kyc
from buyers.names import keep_words, renew_words
from nt24.actors import Actor
from nt24.audit.access import note_access
from nt24.documents.actions import archive_document, file_document
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.documents.uploads import Upload
from nt24.errors import StateConflict
from nt24.events import announce, evidence_changed
from nt24.lifecycle import move
from nt24.partners.authentication import SellerRef
from nt24.partners.models import Seller
from nt24.records import action, assigned, create_or_match
from nt24.vat_numbers import identity_of


class ModeCannotGoBack(StateConflict):
    def __init__(self, buyer: Buyer) -> None:
        super().__init__(
            "NT24_LED cannot become MARKETPLACE_LED again: NT24 has taken over identifying this buyer.",
            current=buyer,
        )


def assess_orders(buyer: Buyer, *, by: Actor) -> None:
    evidence_changed.send(sender=Buyer, buyer_id=buyer.pk, by=by)


@action
def register_buyer(
    seller: Seller | SellerRef,
    *,
    vat_number: str,
    by: Actor,
    contacts: Iterable[Mapping[str, str]] = (),
    **content: Any,
) -> tuple[Buyer, bool]:
    """Create the buyer, or find the one with this VAT number; contacts count only at creation (contract 6).

    GR and EL are one number: who was registered first keeps the spelling (contract 17.12).

    :raises ExistsWithOtherBody: the seller has this VAT number with other content.
    """
    key = {"seller_id": seller.pk, "vat_identity": identity_of(vat_number), "twin_of": None}
    buyer, is_new = create_or_match(Buyer, key, content, vat_number=vat_number)
    if is_new:
        mode_b = buyer.kyc_mode == Buyer.KycMode.NT24_LED
        Kyc.objects.create(buyer=buyer, aml_status=Kyc.Aml.PENDING if mode_b else Kyc.Aml.NOT_APPLICABLE)
        Contact.objects.bulk_create(Contact(buyer=buyer, **contact) for contact in contacts)
        keep_words(buyer.pk, buyer.company_name)
        announce(buyer, "buyer.registered", by=by, seller=seller, changes={"vatNumber": [None, vat_number]})
    return buyer, is_new


@action
def update_buyer(
    buyer: Buyer, *, by: Actor, expected_version: int | None, reason: str = "", **sent: Any
) -> Buyer:
    """Change `company_name`, `address` or `kyc_mode` (only towards NT24_LED); equal values change nothing.

    :raises VersionMismatch: the buyer has another version.
    :raises ModeCannotGoBack: NT24_LED stays.
    """
    buyer.expect_version(expected_version)
    if buyer.kyc_mode == Buyer.KycMode.NT24_LED and sent.get("kyc_mode") == Buyer.KycMode.MARKETPLACE_LED:
        raise ModeCannotGoBack(buyer)
    if not (changes := assigned(buyer, sent)):
        return buyer
    buyer.save_changes(*changes)
    if "company_name" in changes:
        renew_words(buyer.pk, buyer.company_name)
    if "kyc_mode" in changes:
        kyc = Kyc.objects.get(buyer=buyer)
        kyc.aml_status = Kyc.Aml.PENDING
        kyc.save_changes("aml_status")
    announce(buyer, "buyer.updated", by=by, seller=buyer.seller, changes=changes, reason=reason)
    assess_orders(buyer, by=by)
    return buyer


@action
def block_buyer(buyer: Buyer, *, by: Actor, reason: str = "") -> Buyer:
    """No new order for this buyer, and a blocker on the open ones; repeating it changes nothing."""
    if buyer.is_blocked:
        return buyer
    for row in (buyer, *twins_of(buyer).filter(status=Buyer.Status.ACTIVE)):
        row.blocked_at = timezone.now()
        move(row, Buyer.Status.BLOCKED, by=by, also=("blocked_at",), reason=reason, seller=buyer.seller)
        assess_orders(row, by=by)
    return buyer


@action
def unblock_buyer(buyer: Buyer, *, by: Actor, reason: str = "") -> Buyer:
    """Take the block back; repeating it changes nothing."""
    if not buyer.is_blocked:
        return buyer
    for row in (buyer, *twins_of(buyer).filter(status=Buyer.Status.BLOCKED)):
        row.blocked_at = None
        move(row, Buyer.Status.ACTIVE, by=by, also=("blocked_at",), reason=reason, seller=buyer.seller)
        assess_orders(row, by=by)
    return buyer


def twins_of(buyer: Buyer) -> BuyerQuerySet:
    """Other rows of the same number, from before GR and EL were one (ADR 0026): a block is about the company."""
    same = Buyer.objects.for_change().filter(seller=buyer.seller_id, vat_identity=buyer.vat_identity)
    return same.exclude(pk=buyer.pk).order_by("pk")


@action
def add_contact(buyer: Buyer, *, by: Actor, purpose: str = "", **person: str) -> Contact:
    """Add a person; who it is stays out of the trail."""
    contact = Contact.objects.create(buyer=buyer, **person)
    note_access(
        buyer, "contact.added", by=by, seller=buyer.seller, purpose=purpose, contact=str(contact.uuid)
    )
    return contact


@action
def remove_contact(contact: Contact, *, buyer: Buyer, by: Actor, purpose: str = "") -> None:
    """Erase a person's data; that it happened stays in the trail."""
    note_access(
        buyer, "contact.removed", by=by, seller=buyer.seller, purpose=purpose, contact=str(contact.uuid)
    )
    contact.delete()


@action
def read_contacts(buyer: Buyer, *, by: Actor, purpose: str = "") -> list[Contact]:
    """The buyer's persons, with an entry in the PII access log."""
    note_access(buyer, "contacts.read", by=by, seller=buyer.seller, purpose=purpose)
    return list(Contact.objects.filter(buyer=buyer).order_by("pk"))


@action
def read_kyc_profile(buyer: Buyer, *, by: Actor, purpose: str = "") -> None:
    """Write the access log entry of a download of the KYC profile."""
    note_access(buyer, "kyc_profile.read", by=by, seller=buyer.seller, purpose=purpose)


@action
def read_identity(buyer: Buyer, *, by: Actor, purpose: str = "") -> None:
    """Write the access log entry of a look at what iDenfy said; the purpose, as every word about it, stays inside."""
    note_access(buyer, "verification.read", by=by, seller=buyer.seller, purpose=purpose)


@action
def add_kyc_document(buyer: Buyer, *, upload: Upload, by: Actor, reason: str = "", **about: Any) -> Document:
    """File a document of the buyer.

    :raises ValidationFailed: the type is no KYC type, or the date lies in the future.
    """
    return add_kyc_documents(buyer, [{**about, "upload": upload}], by=by, reason=reason)[0]


@action
def add_kyc_documents(
    buyer: Buyer, documents: Sequence[Mapping[str, Any]], *, by: Actor, reason: str = ""
) -> list[Document]:
    """File several at once, each with its `upload` and what is said about it.

    :raises ValidationFailed: as `add_kyc_document`; none is filed then.
    """
    about = {
        "module": Module.KYC,
        "subject_uuid": buyer.uuid,
        "seller": buyer.seller,
        "by": by,
        "reason": reason,
    }
    filed = [file_document(**{"signed_wet": None, **document, **about}) for document in documents]
    assess_orders(buyer, by=by)
    return filed


@action
def retire_kyc_document(
    document: Document, *, buyer: Buyer, by: Actor, expected_version: int | None, reason: str = ""
) -> Document:
    """Archive a document of the buyer.

    :raises VersionMismatch: the document has another version.
    """
    if document.expect_version(expected_version).status == Document.Status.ARCHIVED:
        return document
    archive_document(document, reason=reason, by=by, expected_version=expected_version)
    assess_orders(buyer, by=by)
    return document
