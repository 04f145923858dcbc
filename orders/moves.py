"""What staff do to an order by hand: everything the API does, by the same actions and shapes."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson

from buyers.models import Buyer
from buyers.moves import require_business
from buyers.own_state import own_state_warnings
from nt24.api.json import Shape
from nt24.documents.models import Document
from nt24.documents.moves import ArchiveDocument, FileDocument, papers_shown
from nt24.documents.types import DocumentType, Module
from nt24.errors import StateConflict
from nt24.partners.gates import capability_is_granted
from nt24.records import Record
from nt24.staff.moves import Done, Move, PaperShown, url_of
from orders import actions
from orders.api.serializers import (
    CancelIn,
    InvoiceIn,
    InvoiceOut,
    InvoicePatch,
    OrderIn,
    OrderOut,
    OrderPatch,
    PaymentIn,
    PaymentOut,
    PaymentPatch,
)
from orders.models import Invoice, Order, Payment
from orders.refusals import BuyerIsBlocked
from orders.similar_names import confirm_names, similar_names
from orders.staff_shapes import FinalInvoiceByHand

VINS_NAMED = 5
PLACES_WITH_PAPERS = frozenset(module.value.lower() for module in Module if module != Module.KYC)


class OnOrder(Move[Order]):
    """After a verdict every change says why (contract 14)."""

    permission = "orders.change_order"

    def is_possible(self) -> bool:
        return not self.record.is_cancelled

    def asks_reason(self) -> bool:
        return self.record.is_judged

    def facts(self) -> list[tuple[str, str]]:
        """What every document of the case has to agree with."""
        order, buyer = self.record, self.record.buyer
        vins = [vehicle.vin for vehicle in order.vehicles_in_order]
        more = f" and {len(vins) - VINS_NAMED} more" if len(vins) > VINS_NAMED else ""
        return [
            ("Buyer", f"{buyer.company_name}, {buyer.vat_number}"),
            ("Order total", str(order.total)),
            *[(f"{one.get_type_display()} invoice", invoice_in_words(one)) for one in order.invoices.all()],
            *[("Paid", paid_in_words(payment)) for payment in [getattr(order, "payment", None)] if payment],
            ("Vehicles", ", ".join(vins[:VINS_NAMED]) + more),
        ]

    def papers(self) -> list[PaperShown]:
        """The newest document of each type in this part of the case."""
        if self.place not in PLACES_WITH_PAPERS:
            return []
        return papers_shown(self.request, self.record.uuid, Module(self.place.upper()))


class GoesOn(OnOrder):
    """Lets the vehicles go. What the buyer, the invoice or the payment still lack is settled before, or gone on with
    by a tick and a reason; the API has neither (contract 8, 9).
    """

    REMOVES = "NOT_READY_FOR_PICKUP"

    def open_points(self) -> Mapping[str, str]:
        blockers = orjson.loads(self.record.rollup.content_json)["blockers"]
        return {
            one["code"]: one["message"]
            for one in blockers
            if one["module"] != "transport" and one["code"] != self.REMOVES
        }

    def require_reason(self) -> None:
        """:raises StateConflict: something has come up between the form and the locked order."""
        if self.open_points() and not self.reason:
            raise StateConflict("Something else is open now. Open the form again and read it.")


def invoice_in_words(invoice: Invoice) -> str:
    return f"{invoice.invoice_number}: {invoice.money}, {'with' if invoice.vat_included else 'without'} VAT"


def paid_in_words(payment: Payment) -> str:
    return f"{payment.bank} by bank, {payment.cash} in cash"


class PlaceOrder(Move[Buyer]):
    name, label = "place-order", "Create the case"
    about = "Opens the case. The vehicles' prices have to add up to the total."
    permission = "orders.add_order"
    shape = OrderIn

    def given(self) -> Mapping[str, Any]:
        return {"buyerId": str(self.record.uuid)}

    def require_possible(self) -> None:
        require_business(self.record.seller)
        if self.record.is_blocked:
            raise BuyerIsBlocked

    def single_rows(self) -> Sequence[str]:
        return () if self.record.seller.organization.allow_multi_vin_orders else ("vins",)

    def guarded(self) -> None:
        """A new order writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        organization = self.record.seller.organization
        if len(data["vehicles"]) > 1:
            capability_is_granted(organization, "allow_multi_vin_orders")
        data.pop("buyer_id")
        order, is_new = actions.place_order(buyer=self.record, by=self.by, **data)
        sentence = "Order placed." if is_new else "This order was there already, with the same content."
        warnings = own_state_warnings(self.record, self.record.seller, field="buyerId")
        return Done(sentence, url=url_of(order), warnings=[one.message for one in warnings])


class ChangeOrder(OnOrder):
    name, label, place = "change", "Change date or contact", "order"
    about = "Leave the contact empty to keep the current one. Personal data is hidden here."
    shape, is_edit = OrderPatch, True

    def wire(self) -> Mapping[str, Any]:
        return {"purchaseDate": OrderOut(self.record).data["purchaseDate"]}

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_order(
            self.record, by=self.by, expected_version=self.expected, **data, reason=self.reason
        )
        return Done("Order changed.")


class CancelOrder(OnOrder):
    name, label, place = "cancel", "Cancel the order", "order"
    about = "The order ends without a verdict and takes nothing more. This cannot be taken back."
    shape = CancelIn
    is_danger = True

    def is_possible(self) -> bool:
        return super().is_possible() and not self.record.is_judged

    def run(self, data: dict[str, Any]) -> Done:
        actions.cancel_order(self.record, reason=data["reason"], by=self.by)
        return Done("Order cancelled.")


# --- Invoices ------------------------------------------------------------------------------------------------------


class OnInvoice(OnOrder):
    place = "invoice"
    type: Invoice.Type = Invoice.Type.PRELIMINARY

    def invoice(self) -> Invoice | None:
        return next((one for one in self.record.invoices.all() if one.type == self.type), None)

    def present_invoice(self) -> Invoice | None:
        return self.invoice()


class SubmitInvoice(OnInvoice):
    name, label = "submit-invoice", "Submit the preliminary invoice"
    about = "Enter the data first, then upload the PDF."
    permission = "orders.add_invoice"
    shape: ClassVar[type[Shape]] = InvoiceIn

    def is_possible(self) -> bool:
        return super().is_possible() and self.invoice() is None

    def wire(self) -> Mapping[str, Any]:
        return {"amount": OrderOut(self.record).data["totalAmount"]}

    def given(self) -> Mapping[str, Any]:
        return {"type": self.type.value}

    def run(self, data: dict[str, Any]) -> Done:
        content = {name: value for name, value in data.items() if name != "type"}
        actions.submit_invoice(self.record, type=self.type, by=self.by, **content, reason=self.reason)
        return Done("Invoice submitted. Now upload its PDF.")


class SubmitFinalInvoice(SubmitInvoice):
    name, label = "submit-final-invoice", "Submit the final invoice"
    shape, type = FinalInvoiceByHand, Invoice.Type.FINAL

    @property
    def about(self) -> str:  # type: ignore[override]
        if not self.shows_vat():
            return "This invoice shows no VAT."
        return "VAT applies. Enter net, rate and gross as on the invoice; they have to add up."

    def shows_vat(self) -> bool:
        """After VAT_APPLICABLE, except under the margin scheme, whose tax no invoice shows (contract 17.21)."""
        invoices = self.record.invoices.all()
        return self.record.rollup.decision == "VAT_APPLICABLE" and not any(
            one.margin_scheme for one in invoices
        )

    def is_possible(self) -> bool:
        return super().is_possible() and self.record.is_judged

    def left_out(self) -> Sequence[str]:
        return ("vatAmount",) if self.shows_vat() else ("netAmount", "vatRate", "vatAmount")

    def wire(self) -> Mapping[str, Any]:
        """Agreed prices are net; what the buyer pays with VAT stands on the invoice alone."""
        total = super().wire()["amount"]
        is_margin = any(one.margin_scheme for one in self.record.invoices.all())
        if not self.shows_vat():
            return {"amount": total, "vatIncluded": False, "marginScheme": is_margin}
        return {"netAmount": total, "vatIncluded": True, "amount": None}

    def asks_reason(self) -> bool:
        """A final invoice is what a verdict waits for; it needs no excuse."""
        return False


class ChangeInvoice(OnInvoice):
    name, label = "change-invoice", "Correct the preliminary invoice"
    permission = "orders.change_invoice"
    shape, is_edit = InvoicePatch, True

    def is_possible(self) -> bool:
        return super().is_possible() and self.invoice() is not None

    def wire(self) -> Mapping[str, Any]:
        return InvoiceOut(self.invoice()).data

    def guarded(self) -> Record | None:
        return self.invoice()

    def run(self, data: dict[str, Any]) -> Done:
        invoice = self.invoice()
        assert invoice is not None
        actions.update_invoice(
            invoice, order=self.record, by=self.by, expected_version=self.expected, **data, reason=self.reason
        )
        return Done("Invoice corrected.")


class ChangeFinalInvoice(ChangeInvoice):
    name, label = "change-final-invoice", "Correct the final invoice"
    type = Invoice.Type.FINAL


class ConfirmBuyerName(OnInvoice):
    name, label = "confirm-buyer-name", "Confirm the buyer's name"
    about = (
        "The name on the invoice is similar to the buyer's, not the same. Confirm it if both are one company."
    )
    permission = "orders.change_invoice"

    def is_possible(self) -> bool:
        return super().is_possible() and bool(similar_names(self.record))

    def guarded(self) -> Record | None:
        """It writes over nothing; a name that has changed meanwhile is asked about anew."""
        return None

    def run(self, data: dict[str, Any]) -> Done:
        confirm_names(self.record, by=self.by, reason=self.reason)
        return Done("The buyer's name is confirmed.")


# --- Payment -------------------------------------------------------------------------------------------------------


class OnPayment(OnOrder):
    place = "payment"

    def present_payment(self) -> Payment | None:
        """The payment as it is; serializers ask for it too."""
        return getattr(self.record, "payment", None)


class SubmitPayment(OnPayment):
    name, label = "submit-payment", "Submit the payment"
    about = "Enter the data first, then upload the proof."
    permission = "orders.add_payment"
    shape = PaymentIn

    def is_possible(self) -> bool:
        return super().is_possible() and self.present_payment() is None

    def wire(self) -> Mapping[str, Any]:
        return {
            "bankAmount": OrderOut(self.record).data["totalAmount"],
            "cashAmount": {"value": 0, "currency": self.record.currency},
        }

    def run(self, data: dict[str, Any]) -> Done:
        actions.submit_payment(self.record, by=self.by, **data, reason=self.reason)
        return Done("Payment submitted. Now upload its proof.")


class ChangePayment(OnPayment):
    name, label = "change-payment", "Correct the payment"
    about = "The account number stays as it is when the field is left empty."
    permission = "orders.change_payment"
    shape, is_edit = PaymentPatch, True

    def is_possible(self) -> bool:
        return super().is_possible() and self.present_payment() is not None

    def wire(self) -> Mapping[str, Any]:
        """Without the account number: it is shown masked, and in full to nobody who did not ask."""
        return {
            name: value
            for name, value in PaymentOut(self.present_payment()).data.items()
            if name != "sourceIban"
        }

    def guarded(self) -> Record | None:
        return self.present_payment()

    def run(self, data: dict[str, Any]) -> Done:
        payment = self.present_payment()
        assert payment is not None
        actions.update_payment(
            payment, order=self.record, by=self.by, expected_version=self.expected, **data, reason=self.reason
        )
        return Done("Payment corrected.")


class MarkReadyForPickup(OnPayment, GoesOn):
    name, label = "ready-for-pickup", "Mark ready for pickup"
    about = "Releases the vehicles for pickup. The VAT number is checked daily from now on."
    permission = "orders.change_payment"

    def is_possible(self) -> bool:
        payment = self.present_payment()
        return super().is_possible() and payment is not None and not payment.is_ready_for_pickup

    def run(self, data: dict[str, Any]) -> Done:
        self.require_reason()
        actions.mark_ready_for_pickup(self.record, by=self.by, reason=self.reason)
        return Done("Ready for pickup.")


# --- Documents -----------------------------------------------------------------------------------------------------


class FileOrderDocument(FileDocument[Order]):
    """One of the order's modules; a subclass names it."""

    is_possible = OnOrder.is_possible
    asks_reason = OnOrder.asks_reason
    facts = OnOrder.facts

    def file(self, documents: Sequence[dict[str, Any]]) -> list[Document]:
        return actions.add_documents(
            self.record, documents, module=self.module, by=self.by, reason=self.reason
        )


class FileContract(FileOrderDocument):
    name, label, module = "file-order-document", "Upload a contract", Module.ORDER
    place = "order"


class FileInvoiceDocument(FileOrderDocument):
    name, label, module = "file-invoice-document", "Upload an invoice PDF", Module.INVOICE
    place = "invoice"

    def wanted_type(self) -> DocumentType | None:
        """Of the invoice whose PDF is missing; the final one is the later one."""
        drafts = {one.type for one in self.record.invoices.all() if one.status == Invoice.Status.DRAFT}
        if Invoice.Type.FINAL in drafts:
            return DocumentType.SHIPMENT_INVOICE
        return DocumentType.SHIPMENT_PRELIMINARY_INVOICE if drafts else None


class FilePaymentDocument(FileOrderDocument):
    name, label, module = "file-payment-document", "Upload a payment proof", Module.PAYMENT
    place = "payment"

    def wanted_type(self) -> DocumentType | None:
        payment: Payment | None = getattr(self.record, "payment", None)
        is_missing = payment is not None and payment.status == Payment.Status.DRAFT
        return DocumentType.PAYMENT_CONFIRMATION if is_missing else None


OPEN_PAPERS = frozenset({"MISSING_CMR", "MISSING_PICKUP_DECLARATION", "MISSING_DELIVERY_PROOF"})
PAPERS_OF: Mapping[str, Sequence[DocumentType]] = {
    "": (),
    "COMPANY_TRANSPORT": (DocumentType.TRANSPORT_CMR, DocumentType.TRANSPORT_CMR_DELIVERY),
    "SELF_PICKUP": (
        DocumentType.TRANSPORT_PICKUP_DECLARATION,
        DocumentType.TRANSPORT_CONFIRMATION_OF_ARRIVAL,
    ),
}


class FileTransportDocument(FileOrderDocument):
    name, label, module = "file-transport-document", "Upload a transport document", Module.TRANSPORT
    place = "transport"

    def wanted_type(self) -> DocumentType | None:
        """The paper of the start, then that of the arrival, each of the kind of the transport (contract 10)."""
        if not OPEN_PAPERS.intersection(self.record.rollup.blocker_codes):
            return None
        papers = Document.objects.filter(subject_uuid=self.record.uuid, status=Document.Status.ACTIVE)
        filed = set(papers.values_list("type", flat=True))
        return next((type for type in PAPERS_OF[self.record.transport.type] if type not in filed), None)


class ArchiveOrderDocument(ArchiveDocument[Order]):
    def is_possible(self) -> bool:
        return super().is_possible() and not self.record.is_cancelled

    def archive(self, document: Document, *, reason: str) -> Document:
        return actions.retire_document(
            document, order=self.record, by=self.by, expected_version=self.expected, reason=reason
        )
