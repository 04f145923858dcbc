"""What staff do to a buyer by hand: his data, his people, his papers. Everything by the API's actions and shapes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from buyers import actions
from buyers.api.serializers import BuyerByHand, BuyerOut, BuyerPatch, ContactIn
from buyers.checks import request_vies_check
from buyers.models import Buyer, Contact, ViesCheck
from buyers.own_state import own_state_warnings
from nt24.api.json import Day
from nt24.documents.api.serializers import DocumentIn
from nt24.documents.models import Document
from nt24.documents.moves import ArchiveDocument, FileDocument, with_more
from nt24.documents.types import MAY_EXPIRE, Module
from nt24.errors import ExistsWithOtherBody, Forbidden, NotFound
from nt24.partners.gates import capability_is_granted, dpa_is_accepted
from nt24.partners.models import Organization, Seller
from nt24.staff.fields import Choices
from nt24.staff.moves import Done, Move, url_of
from nt24.staff.purposes import purpose_for
from nt24.staff.timeline import sentence_of

MODE_A, MODE_B = Buyer.KycMode.MARKETPLACE_LED, Buyer.KycMode.NT24_LED


class SellerIsDisabled(Forbidden):
    def __init__(self, seller: Seller) -> None:
        super().__init__(f"{seller} is disabled. Enable the seller and its organization first.")


def require_business(seller: Seller) -> None:
    """What binds the organization binds staff who act for it: nothing new for whom the API would refuse.

    :raises SellerIsDisabled: it, or its organization, is shut out.
    :raises DpaNotAccepted: without the agreement there is no new business.
    """
    if seller.disabled_at or seller.organization.disabled_at:
        raise SellerIsDisabled(seller)
    dpa_is_accepted(seller.organization, {})


def require_mode(organization: Organization, kyc_mode: str) -> None:
    """:raises CapabilityRequired: it may not identify buyers itself."""
    if kyc_mode == MODE_A:
        capability_is_granted(organization, "allow_marketplace_led_kyc")


def modes_of(organization: Organization) -> Choices:
    """Who may identify a new buyer of it."""
    modes = [MODE_A, MODE_B] if organization.allow_marketplace_led_kyc else [MODE_B]
    return [(mode.value, f"{mode.value}: {mode.label}") for mode in modes]


class RegisterBuyer(Move[Seller]):
    name, label = "register", "Register the buyer"
    about = "A company that buys from several sellers is registered once for each seller."
    permission = "buyers.add_buyer"
    shape = BuyerByHand

    def require_possible(self) -> None:
        require_business(self.record)

    def choices(self) -> Mapping[str, Choices]:
        return {"kycMode": modes_of(self.record.organization)}

    def guarded(self) -> None:
        """A new buyer writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        require_mode(self.record.organization, data["kyc_mode"])
        try:
            buyer, is_new = actions.register_buyer(self.record, by=self.by, **data)
        except ExistsWithOtherBody as error:
            raise ExistsWithOtherBody(
                f"{error.current} is a buyer of this seller already, with other data. Find it in the list of buyers"
                " and change it there.",
                current=error.current,
            ) from error
        sentence = "Buyer registered." if is_new else "This buyer was there already, with the same data."
        warnings = own_state_warnings(buyer, self.record, field="vatNumber")
        return Done(sentence, url=url_of(buyer), warnings=[one.message for one in warnings])


class ChangeBuyer(Move[Buyer]):
    name, label = "change", "Change the buyer"
    about = "The VAT number stays: another number is another buyer. The open orders are assessed again."
    permission = "buyers.change_buyer"
    shape, is_edit = BuyerPatch, True

    def wire(self) -> Mapping[str, Any]:
        return BuyerOut(self.record).data

    def choices(self) -> Mapping[str, Choices]:
        """Who is identified by NT24 stays so."""
        modes = [MODE_B] if self.record.kyc_mode == MODE_B else [MODE_A, MODE_B]
        return {"kycMode": [(mode.value, f"{mode.value}: {mode.label}") for mode in modes]}

    def asks_reason(self) -> bool:
        return True

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_buyer(
            self.record, by=self.by, expected_version=self.expected, **data, reason=self.reason
        )
        return Done("Buyer changed.")


class BlockBuyer(Move[Buyer]):
    name, label = "block", "Block"
    about = "No new orders for this buyer. Open orders cannot become valid until the buyer is unblocked."
    permission = "buyers.change_buyer"
    is_danger = True

    def is_possible(self) -> bool:
        return not self.record.is_blocked

    def asks_reason(self) -> bool:
        return True

    def run(self, data: dict[str, Any]) -> Done:
        actions.block_buyer(self.record, by=self.by, reason=self.reason)
        return Done("Buyer blocked.")


class UnblockBuyer(Move[Buyer]):
    name, label = "unblock", "Unblock"
    about = "New orders are taken again, and the open ones are assessed without the block."
    permission = "buyers.change_buyer"

    def is_possible(self) -> bool:
        return self.record.is_blocked

    def asks_reason(self) -> bool:
        return True

    def run(self, data: dict[str, Any]) -> Done:
        actions.unblock_buyer(self.record, by=self.by, reason=self.reason)
        return Done("Buyer unblocked.")


class CheckVies(Move[Buyer]):
    name, label = "check-vies", "Start VIES check"
    about = "Asks VIES now and again later if it does not answer. Until then the last answer is kept."
    permission = "buyers.change_buyer"

    def guarded(self) -> None:
        """A question writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        request_vies_check(self.record, cause=ViesCheck.Cause.REQUESTED, by=self.by)
        return Done("VIES is being asked. The answer will be in the VIES history in a moment.")


# --- Contacts ------------------------------------------------------------------------------------------------------


class OnContacts(Move[Buyer]):
    """Works with a person's data, so it takes a purpose: the one of the page, or the one that the form asks for."""

    def guarded(self) -> None:
        """Contacts have no version."""

    def asks_reason(self) -> bool:
        return purpose_for(self.request, self.record.uuid) is None

    @property
    def purpose(self) -> str:
        return self.reason or purpose_for(self.request, self.record.uuid) or ""

    def done(self, sentence: str) -> Done:
        """Back to the people, for as long as the page shows them."""
        if purpose_for(self.request, self.record.uuid) is None:
            return Done(sentence)
        return Done(sentence, url=reverse("admin:buyers_buyer_contacts", args=[self.record.pk]))


class AddContact(OnContacts):
    name, label = "add-contact", "Add a contact"
    permission = "buyers.add_contact"
    shape = ContactIn

    def run(self, data: dict[str, Any]) -> Done:
        actions.add_contact(self.record, by=self.by, purpose=self.purpose, **data)
        return self.done("Contact added.")


class RemoveContact(OnContacts):
    """`item` is the contact's uuid."""

    name, label = "remove-contact", "Remove the contact"
    about = "The person's data is erased. The audit trail keeps that there was a contact, not who it was."
    permission = "buyers.change_contact"
    is_danger = of_item = True

    def contact(self) -> Contact:
        """:raises NotFound: he is gone, or belongs to another buyer."""
        found = Contact.objects.filter(buyer=self.record, uuid=self.item).first()
        if found is None:
            raise NotFound("This contact is not there any more.")
        return found

    def is_possible(self) -> bool:
        return Contact.objects.filter(buyer=self.record, uuid=self.item).exists()

    def run(self, data: dict[str, Any]) -> Done:
        actions.remove_contact(self.contact(), buyer=self.record, by=self.by, purpose=self.purpose)
        return self.done("Contact removed.")


# --- Papers --------------------------------------------------------------------------------------------------------

EXPIRING = ", ".join(sorted(sentence_of(type.lower()).lower() for type in MAY_EXPIRE))


class KycPaperIn(DocumentIn):
    """The API's shape with the end date that a paper carries; partners have no member for it (contract 11)."""

    expires_at = Day(
        source="expires_on",
        required=False,
        help_text=f"The last day on which it counts, where the document names one: {EXPIRING}.",
    )


class FileKycPaper(FileDocument[Buyer]):
    name, label, module = "file-kyc-document", "Upload a KYC document", Module.KYC
    shape = with_more(KycPaperIn)

    def file(self, documents: Sequence[dict[str, Any]]) -> list[Document]:
        # A box that is not ticked says nothing about how the document was signed.
        said = [{**about, "signed_wet": about.get("signed_wet") or None} for about in documents]
        return actions.add_kyc_documents(self.record, said, by=self.by)


class ArchiveKycPaper(ArchiveDocument[Buyer]):
    def archive(self, document: Document, *, reason: str) -> Document:
        return actions.retire_kyc_document(
            document, buyer=self.record, by=self.by, expected_version=self.expected, reason=reason
        )
