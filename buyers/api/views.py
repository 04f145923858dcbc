"""Buyers, contacts and KYC over HTTP (contract 6)."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework.request import Request
from rest_framework.response import Response

from buyers import actions, checks, verification
from buyers.api.serializers import (
    BlockIn,
    BuyerIn,
    BuyerOut,
    BuyerPatch,
    BuyerQuery,
    ContactIn,
    ContactOut,
    KycOut,
    QueuedOut,
    SandboxViesIn,
    VerificationOut,
    ViesCheckOut,
    ViesCheckQuery,
)
from buyers.idenfy import IdenfyUnavailable, Opened
from buyers.models import Buyer, Contact, ViesCheck
from buyers.own_state import own_state_warnings
from buyers.profile import kyc_profile, profile_of
from buyers.queries import kyc_status_of
from buyers.vies import set_next
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.documents.actions import note_document_read
from nt24.documents.api.views import DocumentContentView, DocumentsView, DocumentView, OneDocumentView
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.errors import ExistsWithOtherBody, MalformedRequest, StateConflict, VersionMismatch
from nt24.partners.gates import capability_is_granted
from nt24.records import Record
from nt24.vat_numbers import identity_of

FILTERS = {
    "status": "status",
    "kyc_mode": "kyc_mode",
    "created_after": "created_at__gt",
    "updated_after": "updated_at__gt",
}


class OnBuyer(ContractView):
    """A view below one buyer of the path's seller."""

    Out = BuyerOut
    buyer: Buyer

    def locate(self, **kwargs: Any) -> None:
        rows = Buyer.objects.visible_to(self.seller.pk).select_related("seller")
        if self.is_writing:
            rows = rows.for_change()
        found = rows.filter(uuid=kwargs["buyerId"]).first()
        if found is None:
            raise Http404
        self.buyer = found

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Buyer,)


class BuyersView(ContractView):
    Out = BuyerOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Buyer,)

    def check_body_capabilities(self, body: Any) -> None:
        if body.get("kycMode") == Buyer.KycMode.MARKETPLACE_LED:
            capability_is_granted(self.caller, "allow_marketplace_led_kyc")
        if body.get("contacts"):
            capability_is_granted(self.caller, "allow_contact_personal_data")

    @operation(
        "List buyers",
        about="The buyers of this seller, newest first unless `sort` says otherwise.",
        query=BuyerQuery,
        answer=BuyerOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        rows = Buyer.objects.visible_to(self.seller.pk).filter(
            **{FILTERS[name]: value for name, value in self.query.items() if name in FILTERS}
        )
        if number := self.query.get("vat_number"):
            rows = rows.filter(vat_identity=identity_of(number))
        if text := self.query.get("q"):
            number = Q(vat_number__icontains=text) | Q(vat_identity__icontains=identity_of(text) or text)
            rows = rows.filter(Q(company_name__contains_spelled=text) | number)
        return self.listed(rows, BuyerOut)

    @operation(
        "Register a buyer",
        body=BuyerIn,
        answer=BuyerOut,
        status=201,
        warns=True,
        is_matched=True,
        is_versioned=True,
        capability_of_body="allow_marketplace_led_kyc",
        fails=(ExistsWithOtherBody,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        buyer, is_new = actions.register_buyer(self.seller, by=self.by, **self.body)
        warnings = own_state_warnings(buyer, self.seller, field="vatNumber")
        return self.created(buyer, f"{request.path}/{buyer.uuid}", is_new=is_new, warnings=warnings)


class BuyerView(OnBuyer):
    @operation("Read a buyer", answer=BuyerOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(self.buyer)

    @operation(
        "Change a buyer",
        body=BuyerPatch,
        answer=BuyerOut,
        is_versioned=True,
        if_match=True,
        fails=(VersionMismatch, StateConflict),
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(
            actions.update_buyer(self.buyer, by=self.by, expected_version=self.expected, **self.body)
        )

    def present(self) -> Buyer:
        return self.buyer


class BlockView(OnBuyer):
    @operation(
        "Block a buyer",
        about="The buyer takes no new order, and open ones get the blocker `BUYER_BLOCKED`.",
        body=BlockIn,
        answer=BuyerOut,
        is_versioned=True,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.block_buyer(self.buyer, by=self.by, **self.body))


class UnblockView(OnBuyer):
    @operation(
        "Unblock a buyer", about="The buyer may take orders again.", answer=BuyerOut, is_versioned=True
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.unblock_buyer(self.buyer, by=self.by))


# --- Contacts ------------------------------------------------------------------------------------------------------

PERSONAL = {"capability": "allow_contact_personal_data", "reads_personal_data": True}


class ContactsView(OnBuyer):
    @operation("List the buyer's contacts", answer=ContactOut, is_array=True, **PERSONAL)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        contacts = actions.read_contacts(self.buyer, by=self.by, purpose=self.purpose)
        return Response(ContactOut(contacts, many=True).data)

    @operation("Add a contact", body=ContactIn, answer=ContactOut, status=201, has_location=False, **PERSONAL)
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        contact = actions.add_contact(self.buyer, by=self.by, purpose=self.purpose, **self.body)
        return Response(ContactOut(contact).data, status=201)


class ContactView(OnBuyer):
    contact: Contact

    def locate(self, **kwargs: Any) -> None:
        super().locate(**kwargs)
        found = Contact.objects.filter(buyer=self.buyer, uuid=kwargs["contactUuid"]).first()
        if found is None:
            raise Http404
        self.contact = found

    @operation("Delete a contact", status=204, **PERSONAL)
    def delete(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        actions.remove_contact(self.contact, buyer=self.buyer, by=self.by, purpose=self.purpose)
        return HttpResponse(status=204)


# --- KYC -----------------------------------------------------------------------------------------------------------


class KycView(OnBuyer):
    @operation(
        "Read the KYC status",
        about="Where the buyer stands: papers, VIES, verification and screening, and which papers are missing.",
        answer=KycOut,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return Response(KycOut(kyc_status_of(self.buyer)).data)


class ViesCheckView(OnBuyer):
    @operation(
        "Queue a VIES check",
        about="Asks VIES for the buyer's VAT number as soon as possible. An order for a buyer who was never "
        "checked does this by itself.",
        answer=QueuedOut,
        status=202,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        check = checks.request_vies_check(self.buyer, cause=ViesCheck.Cause.REQUESTED, by=self.by)
        return Response({"status": check.status}, status=202)


class ViesChecksView(OnBuyer):
    @operation(
        "List the VIES checks",
        about="Every check with its time, result, consultation number and the hash of the raw answer.",
        query=ViesCheckQuery,
        answer=ViesCheckOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.listed(ViesCheck.objects.filter(buyer=self.buyer), ViesCheckOut)


class VerifyView(OnBuyer):
    opened: Opened | None = None

    def prepare(self) -> Exception | None:
        """Ask iDenfy outside of the transaction, where a session is needed; a body is refused in its turn."""
        if self.raw_body:
            return None
        try:
            self.opened = verification.open_if_needed(self.seller.pk, self.kwargs["buyerId"])
        except IdenfyUnavailable as outage:
            return outage
        return None

    @operation(
        "Start the identity verification",
        about="Mode B only: opens a session with iDenfy and answers the address at which the buyer's "
        "representative is identified.",
        answer=VerificationOut,
        shows_secret=True,
        fails=(MalformedRequest, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        session = verification.start_verification(self.buyer, opened=self.opened, by=self.by)
        shown = {"uuid": session.uuid, "link": verification.link_of(session)}
        return Response(VerificationOut(shown).data)


class KycProfileView(OnBuyer):
    @operation(
        "Download the KYC profile",
        answer="application/pdf",
        capability="allow_kyc_document_download",
        reads_personal_data=True,
        fails=(StateConflict,),
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        pdf = kyc_profile(profile_of(self.buyer))
        actions.read_kyc_profile(self.buyer, by=self.by, purpose=self.purpose)
        name = content_disposition_header(True, f"kyc-profile-{self.buyer.vat_number}.pdf") or "attachment"
        return HttpResponse(
            pdf,
            content_type="application/pdf",
            headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"},
        )


class OnKycDocument(DocumentView):
    """Documents whose parent is a buyer."""

    module = Module.KYC
    buyer: Buyer

    def locate_parent(self, **kwargs: Any) -> None:
        OnBuyer.locate(self, **kwargs)  # type: ignore[arg-type]

    def subject_uuid(self) -> UUID:
        return self.buyer.uuid


class KycDocumentsView(OnKycDocument, DocumentsView):
    def file(self, **about: Any) -> Document:
        return actions.add_kyc_document(self.buyer, by=self.by, **about)


class KycDocumentView(OnKycDocument, OneDocumentView):
    def archive(self, document: Document, **about: Any) -> Document:
        return actions.retire_kyc_document(document, buyer=self.buyer, by=self.by, **about)


class KycDocumentContentView(OnKycDocument, DocumentContentView):
    @operation(
        "Download a KYC document",
        answer="application/octet-stream",
        capability="allow_kyc_document_download",
        reads_personal_data=True,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, **kwargs)

    def note(self, document: Document) -> None:
        note_document_read(document, by=self.by, purpose=self.purpose)


# --- Sandbox -------------------------------------------------------------------------------------------------------


class SandboxViesView(ContractView):
    def locate(self, **kwargs: Any) -> None:
        if settings.VIES_PROVIDER != "sandbox":
            raise Http404

    @operation(
        "Set the next sandbox VIES answers",
        about="Only where VIES is the sandbox: the next checks of this number get these answers in turn.",
        body=SandboxViesIn,
        status=204,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        set_next(self.body["vat_number"], self.body["next"], times=self.body.get("times", 1))
        return HttpResponse(status=204)
