"""Orders, invoices and payments over HTTP: parse, one action, respond."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from buyers.models import Buyer
from buyers.own_state import own_state_warnings
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.audit.api.serializers import AuditEntryOut, AuditQuery
from nt24.audit.api.views import entries_for_list
from nt24.documents.api.views import DocumentContentView, DocumentsView, DocumentView, OneDocumentView
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.errors import ExistsWithOtherBody, StateConflict, VersionMismatch
from nt24.partners.gates import capability_is_granted
from nt24.records import Record
from orders import actions
from orders.api.serializers import (
    CancelIn,
    FinalInvoiceIn,
    InvoiceIn,
    InvoiceOut,
    InvoicePatch,
    InvoiceQuery,
    OrderIn,
    OrderOut,
    OrderPatch,
    OrderQuery,
    PaymentIn,
    PaymentOut,
    PaymentPatch,
)
from orders.models import Invoice, Order, Payment

FILTERS = {
    "status": "status",
    "created_after": "created_at__gt",
    "updated_after": "updated_at__gt",
    "buyer_id": "buyer__uuid",
    "external_order_id": "external_order_id",
}
WITH_PARTS = ("buyer", "seller")


def orders_for_list(seller_id: int, wanted: dict[str, Any]) -> QuerySet[Order]:
    """The seller's orders that match the query's filters."""
    rows = Order.objects.visible_to(seller_id).filter(
        **{FILTERS[name]: value for name, value in wanted.items() if name in FILTERS}
    )
    if "vin" in wanted:
        rows = rows.filter(pk__in=Order.objects.filter(vehicles__vin=wanted["vin"]).values("pk"))
    match wanted.get("compliance_status"):
        case "VALID":
            rows = rows.filter(status=Order.Status.COMPLIANCE_VALID)
        case "INVALID":
            rows = rows.filter(status=Order.Status.COMPLIANCE_INVALID)
        case "INCOMPLETE":
            rows = rows.exclude(status__in=Order.JUDGED)
    return rows


class OnOrder(ContractView):
    """A view below one order of the path's seller."""

    order: Order

    def locate(self, **kwargs: Any) -> None:
        rows = Order.objects.visible_to(self.seller.pk)
        if self.is_writing:
            rows = rows.for_change()
        found = rows.select_related(*WITH_PARTS).filter(uuid=kwargs["orderUuid"]).first()
        if found is None:
            raise Http404
        self.order = found


class OrdersView(ContractView):
    Out = OrderOut

    def check_body_capabilities(self, body: Any) -> None:
        if isinstance(vins := body.get("vins"), list) and len(vins) > 1:
            capability_is_granted(self.caller, "allow_multi_vin_orders")

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Order,)

    @operation(
        "List orders",
        about="The orders of this seller. Poll with `updatedAfter`, or subscribe to webhooks instead.",
        query=OrderQuery,
        answer=OrderOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        rows = orders_for_list(self.seller.pk, self.query)
        return self.listed(rows.select_related("buyer").prefetch_related("vehicles__order"), OrderOut)

    @operation(
        "Create an order",
        body=OrderIn,
        answer=OrderOut,
        status=201,
        warns=True,
        is_matched=True,
        is_versioned=True,
        capability_of_body="allow_multi_vin_orders",
        fails=(ExistsWithOtherBody, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        data = dict(self.body)
        buyer = self.buyer_of_the_body(data.pop("buyer_id"))
        order, is_new = actions.place_order(buyer=buyer, by=self.by, **data)
        warnings = own_state_warnings(buyer, self.seller, field="buyerId")
        return self.created(order, f"{request.path}/{order.uuid}", is_new=is_new, warnings=warnings)

    def buyer_of_the_body(self, uuid: UUID) -> Buyer:
        rows = Buyer.objects.visible_to(self.seller.pk).for_change().select_related("seller", "kyc")
        buyer = rows.filter(uuid=uuid).first()
        if buyer is None:
            raise serializers.ValidationError(
                {"buyerId": ["This seller has no such buyer; create the buyer first."]}
            )
        return buyer


class OrderView(OnOrder):
    Out = OrderOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Order,)

    @operation("Read an order", answer=OrderOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(self.order)

    @operation(
        "Change an order",
        body=OrderPatch,
        answer=OrderOut,
        is_versioned=True,
        if_match=True,
        fails=(VersionMismatch, StateConflict),
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(
            actions.update_order(self.order, by=self.by, expected_version=self.expected, **self.body)
        )

    def present(self) -> Order:
        return self.order


class CancelView(OnOrder):
    Out = OrderOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Order,)

    @operation(
        "Cancel an order",
        about="Before a verdict only, and for good: it takes no invoice, payment, transport or document "
        "afterwards.",
        body=CancelIn,
        answer=OrderOut,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.cancel_order(self.order, reason=self.body["reason"], by=self.by))


class OrderAuditView(OnOrder):
    @operation(
        "List the audit entries of an order",
        about="What was done to this order and everything below it, newest first.",
        query=AuditQuery,
        answer=AuditEntryOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.listed(entries_for_list(self.query, order_uuid=self.order.uuid), AuditEntryOut)


# --- Invoices ------------------------------------------------------------------------------------------------------


class OnInvoice(OnOrder):
    Out = InvoiceOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Invoice,)

    def submit(self, type: str, location: str) -> HttpResponseBase:
        content = {name: value for name, value in self.body.items() if name != "type"}
        invoice, is_new = actions.submit_invoice(self.order, type=type, by=self.by, **content)
        return self.created(invoice, f"{location}?type={type}", is_new=is_new)


class InvoiceView(OnInvoice):
    def locate(self, **kwargs: Any) -> None:
        """Where an invoice is read or changed, it is an object of the path: missing before the body is looked at."""
        super().locate(**kwargs)
        query = self.request.query_params
        is_readable = query.keys() <= {"type"} and query.get("type", "FINAL") in Invoice.Type.values
        if self.request.method != "POST" and is_readable and not self.invoices(query).exists():
            raise Http404

    def invoices(self, query: Mapping[str, Any]) -> QuerySet[Invoice]:
        """Those that `?type=` means."""
        rows = Invoice.objects.filter(order=self.order)
        return rows.filter(type=query["type"]) if "type" in query else rows

    def wanted(self) -> Invoice:
        """The invoice of `?type=`; without it the final one if there is one, else the preliminary."""
        invoice = self.invoices(self.query).order_by("type").first()  # FINAL sorts before PRELIMINARY
        if invoice is None:
            raise Http404
        return invoice

    def present(self) -> Invoice:
        return self.wanted()

    def present_invoice(self) -> Invoice:
        """For checks that need members which a PATCH leaves out."""
        return self.wanted()

    @operation("Read the invoice", query=InvoiceQuery, answer=InvoiceOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(self.wanted())

    @operation(
        "Submit an invoice",
        body=InvoiceIn,
        answer=InvoiceOut,
        status=201,
        is_matched=True,
        is_versioned=True,
        fails=(ExistsWithOtherBody, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.submit(self.body["type"], request.path)

    @operation(
        "Change the invoice",
        body=InvoicePatch,
        query=InvoiceQuery,
        answer=InvoiceOut,
        is_versioned=True,
        if_match=True,
        fails=(VersionMismatch, StateConflict),
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        invoice = actions.update_invoice(
            self.wanted(), order=self.order, by=self.by, expected_version=self.expected, **self.body
        )
        return self.shown(invoice)


class FinalInvoiceView(OnInvoice):
    @operation(
        "Submit the final invoice",
        body=FinalInvoiceIn,
        answer=InvoiceOut,
        status=201,
        is_matched=True,
        is_versioned=True,
        fails=(ExistsWithOtherBody, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        below_order = request.path.removesuffix("/finalization/final-invoice")
        return self.submit(Invoice.Type.FINAL, f"{below_order}/invoice")


# --- Payment -------------------------------------------------------------------------------------------------------


class OnPayment(OnOrder):
    Out = PaymentOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Payment,)

    def present_payment(self) -> Payment | None:
        """The payment as it is, for checks that need members which a PATCH leaves out."""
        return Payment.objects.filter(order=self.order).first()


class PaymentView(OnPayment):
    payment: Payment

    def locate(self, **kwargs: Any) -> None:
        super().locate(**kwargs)
        if self.request.method != "POST":
            payment = self.present_payment()
            if payment is None:
                raise Http404
            self.payment = payment

    def present_payment(self) -> Payment | None:
        return None if self.request.method == "POST" else super().present_payment()

    @operation("Read the payment", answer=PaymentOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(self.payment)

    @operation(
        "Submit the payment",
        body=PaymentIn,
        answer=PaymentOut,
        status=201,
        is_matched=True,
        is_versioned=True,
        fails=(ExistsWithOtherBody, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        payment, is_new = actions.submit_payment(self.order, by=self.by, **self.body)
        return self.created(payment, request.path, is_new=is_new)

    @operation(
        "Change the payment",
        body=PaymentPatch,
        answer=PaymentOut,
        is_versioned=True,
        if_match=True,
        fails=(VersionMismatch, StateConflict),
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        payment = actions.update_payment(
            self.payment, order=self.order, by=self.by, expected_version=self.expected, **self.body
        )
        return self.shown(payment)

    def present(self) -> Payment:
        return self.payment


class ReadyForPickupView(OnPayment):
    @operation(
        "Mark ready for pickup",
        about="Says that the money is there: pickup can be confirmed, and the daily VIES checks begin. It may "
        "be repeated.",
        answer=PaymentOut,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.mark_ready_for_pickup(self.order, by=self.by))


# --- Documents -----------------------------------------------------------------------------------------------------


class OnOrderDocument(DocumentView):
    """Documents whose parent is an order; the module comes with the path (`as_view(module=…)`)."""

    module = Module.ORDER
    order: Order

    def locate_parent(self, **kwargs: Any) -> None:
        OnOrder.locate(self, **kwargs)  # type: ignore[arg-type]

    def subject_uuid(self) -> UUID:
        return self.order.uuid


class OrderDocumentsView(OnOrderDocument, DocumentsView):
    def file(self, **about: Any) -> Document:
        return actions.add_document(self.order, module=self.module, by=self.by, **about)


class OrderDocumentView(OnOrderDocument, OneDocumentView):
    def archive(self, document: Document, **about: Any) -> Document:
        return actions.retire_document(document, order=self.order, by=self.by, **about)


class OrderDocumentContentView(OnOrderDocument, DocumentContentView):
    pass
