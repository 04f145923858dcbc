"""The case of an order on one page, its rollup, and the versions of its Export File."""

from contextlib import closing
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from buyers.models import Buyer
from compliance import moves
from compliance.api.views import pdf_response
from compliance.case_page import CasePage, case_page
from compliance.models import ExportFile, Override, Rollup
from compliance.verification import examine
from nt24.admin import FactsAdmin
from nt24.api.concurrency import etag
from nt24.documents.downloads import SameBytes
from nt24.documents.storage import open_blob
from nt24.staff.moves import url_of
from nt24.staff.record_admin import RecordAdmin
from orders import moves as order_moves
from orders.models import Order
from orders.moves import PlaceOrder
from transport import moves as transport_moves

WITH_PARTS = ("buyer__kyc", "seller__organization")


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = ("external_order_id", "status", "buyer", "seller", "purchase_on", "created_at")
    list_filter = ("status",)
    list_select_related = ("buyer", "seller")
    search_fields = ("external_order_id", "=uuid", "=vehicles__vin")
    ordering = ("-pk",)

    page_template = "compliance/staff/case.html"
    creation = PlaceOrder
    parent_model = Buyer
    parent_search = ("company_name__istartswith", "vat_number__startswith")
    # In the order of the deal, so that the first possible one is most often the next step.
    moves = (
        order_moves.SubmitInvoice,
        order_moves.SubmitPayment,
        order_moves.MarkReadyForPickup,
        transport_moves.ConfirmPickup,
        transport_moves.ConfirmDelivery,
        order_moves.SubmitFinalInvoice,
        order_moves.FileInvoiceDocument,
        order_moves.FilePaymentDocument,
        order_moves.FileTransportDocument,
        order_moves.FileContract,
        order_moves.ChangeOrder,
        order_moves.ChangeInvoice,
        order_moves.ChangeFinalInvoice,
        order_moves.ChangePayment,
        moves.RegenerateExport,
        transport_moves.RevokePickup,
        transport_moves.RevokeDelivery,
        order_moves.CancelOrder,
        order_moves.ArchiveOrderDocument,
    )

    def record_for_page(self, request: HttpRequest, object_id: str) -> Order | None:
        rows = Order.objects.select_related(*WITH_PARTS).prefetch_related("vehicles")
        return rows.filter(pk=object_id).first() if object_id.isascii() and object_id.isdigit() else None

    def record_for_change(self, pk: Any) -> Order:
        return Order.objects.for_change().select_related("buyer", "seller").get(pk=pk)

    def parents(self) -> QuerySet[Buyer]:
        return Buyer.objects.select_related("seller__organization", "kyc")

    def page(self, request: HttpRequest, record: Order) -> dict[str, Any]:
        shown = case_page(record)
        return {
            "case": shown,
            "archive": self.archive_buttons(request, shown),
            "buyer_url": reverse("admin:buyers_buyer_change", args=[record.buyer_id]),
            "seller_url": reverse("admin:partners_seller_change", args=[record.seller_id]),
        }

    def archive_buttons(self, request: HttpRequest, shown: CasePage) -> dict[Any, str]:
        """Where each paper that still counts can be archived, by its uuid."""
        move = order_moves.ArchiveOrderDocument
        if shown.order.is_cancelled or not request.user.has_perm(move.permission):
            return {}
        return {
            paper.document.uuid: self.url_of_move(shown.order, move, paper.document.uuid)
            for papers in shown.papers.values()
            for paper in papers
            if paper.document.status == "ACTIVE"
        }


@admin.register(Rollup)
class RollupAdmin(FactsAdmin):
    list_display = ("order", "compliance_status", "decision", "blocker_codes", "version", "updated_at")
    list_filter = ("compliance_status", "decision")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    exclude = ("body",)
    ordering = ("-pk",)


@admin.register(Override)
class OverrideAdmin(FactsAdmin):
    list_display = ("order", "decision", "decided_by_label", "seconded_by_label", "created_at", "ended_at")
    list_filter = ("decision",)
    list_select_related = ("order",)
    search_fields = ("order__external_order_id", "=order__uuid")
    ordering = ("-pk",)


@admin.register(ExportFile)
class ExportFileAdmin(RecordAdmin):
    list_display = ("order", "number", "status", "decision", "reason", "generated_at", "tries", "failure")
    list_filter = ("status", "decision", "reason")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id", "=sha256")
    exclude = ("dossier",)
    ordering = ("-pk",)

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/download/", wrap(self.download), name="compliance_exportfile_download"),
            path("<int:pk>/verify/", wrap(self.verify), name="compliance_exportfile_verify"),
        ]

    def version(self, request: HttpRequest, pk: int) -> ExportFile:
        """:raises Http404: there is no such finished version. :raises PermissionDenied: not for this person."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = ExportFile.objects.select_related("order").filter(status=ExportFile.Status.READY, pk=pk)
        if (found := rows.first()) is None:
            raise Http404
        return found

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        version = self.version(request, pk)
        return pdf_response(version, etag(version.number))

    def verify(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Check the stored file as `/verify` checks a dropped one."""
        version = self.version(request, pk)
        with closing(SameBytes(open_blob(version.storage_key), version)) as content:
            finding = examine(b"".join(content))
        context = {**self.frame(request, version), "finding": finding, "order_url": url_of(version.order)}
        return TemplateResponse(request, "compliance/staff/verified.html", context)
