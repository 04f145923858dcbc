"""The case of an order on one page, its rollup, and the versions of its Export File."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from buyers.models import Buyer
from buyers.moves import FileKycPaper
from compliance import document_admin, moves  # noqa: F401  the former registers the page of documents
from compliance.api.views import pdf_response
from compliance.blockers import by_urgency, kind_of, main_of
from compliance.case_folder import case_folder_response
from compliance.case_page import CasePage, badge_of, case_page, orders_with_parts
from compliance.exports_page import EXPORTS_EVIDENCE, exports_page
from compliance.filters import (
    BlockerFilter,
    DeadlineFilter,
    FinalInvoiceFilter,
    MonthFilter,
    NewestFilter,
    OrganizationFilter,
    SellerFilter,
    StatusFilter,
)
from compliance.models import Decision, ExportFile, Override, Rollup
from compliance.people import people_of
from compliance.templatetags.ages import age
from compliance.verification import examine
from nt24.api.concurrency import etag
from nt24.documents.downloads import SameBytes, on_disk
from nt24.documents.storage import open_blob
from nt24.errors import DomainError
from nt24.people.staff import actor_of
from nt24.staff.chips import NOTHING, chip, chip_of, column
from nt24.staff.hidden import whole_number
from nt24.staff.moves import url_of
from nt24.staff.purposes import READS_PEOPLE, ask_purpose, purpose_for, require_reader
from nt24.staff.record_admin import RecordAdmin
from nt24.staff.timeline import before_in
from orders import moves as order_moves
from orders.admin import ToOrder
from orders.models import Order
from orders.moves import PlaceOrder
from orders.search import orders_matching
from transport import moves as transport_moves

BY_TWO_PEOPLE = "Decided by two people"  # the one reason for VAT that is no blocker
DECISIONS = (moves.AcceptOverride, moves.DeclineOverride, moves.WithdrawOverride)


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = (
        "order_number",
        "badge",
        "why",
        "company",
        column("seller", "Seller"),
        "total",
        "purchased",
    )
    list_filter = (
        StatusFilter,
        BlockerFilter,
        FinalInvoiceFilter,
        DeadlineFilter,
        MonthFilter,
        SellerFilter,
        OrganizationFilter,
        "rollup__compliance_status",
    )
    list_select_related = ("buyer", "seller", "rollup")
    search_fields = ("external_order_id", "=uuid", "=vehicles__vin")
    ordering = ("-pk",)

    page_template = "compliance/staff/case.html"
    creation = PlaceOrder
    parent_model = Buyer
    parent_search = ("company_name__begins_spelled", "vat_number__startswith")
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
        order_moves.ConfirmBuyerName,
        order_moves.ChangeInvoice,
        order_moves.ChangeFinalInvoice,
        order_moves.ChangePayment,
        moves.RegenerateExport,
        moves.ProposeOverride,
        moves.ProposeEndOfOverride,
        *DECISIONS,
        transport_moves.RevokePickup,
        transport_moves.RevokeDelivery,
        order_moves.CancelOrder,
        order_moves.ArchiveOrderDocument,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("vehicles")

    @admin.display(description="Order and VIN", ordering="external_order_id")
    def order_number(self, order: Order) -> SafeString:
        vehicles = order.vehicles_in_order
        return two_lines(
            order.external_order_id, with_more(vehicles[0].vin, len(vehicles) - 1) if vehicles else ""
        )

    @admin.display(description="Status", ordering="status")
    def badge(self, order: Order) -> str:
        return chip(badge_of(order, order.rollup))

    @admin.display(description="Reason")
    def why(self, order: Order) -> str:
        """The blocker that says most, and how many more there are."""
        codes = order.rollup.blocker_codes
        if main := main_of(codes, order.rollup.decision):
            return with_more(kind_of(main).title, len(codes) - 1)
        return BY_TWO_PEOPLE if order.rollup.decision == Decision.VAT_APPLICABLE else NOTHING

    @admin.display(description="Buyer", ordering="buyer__company_name")
    def company(self, order: Order) -> SafeString:
        return two_lines(order.buyer.company_name, order.buyer.vat_number)

    @admin.display(description="Total", ordering="total_amount")
    def total(self, order: Order) -> str:
        return str(order.total)

    @admin.display(description="Purchased, age", ordering="purchase_on")
    def purchased(self, order: Order) -> SafeString:
        return two_lines(date_format(order.purchase_on, "Y-m-d"), age(order.created_at, timezone.now()))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return (orders_matching(queryset, search_term) if search_term else queryset), False

    def record_for_page(self, request: HttpRequest, object_id: str) -> Order | None:
        return orders_with_parts().filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> Order:
        return Order.objects.for_change().select_related("buyer", "seller").get(pk=pk)

    def parents(self) -> QuerySet[Buyer]:
        return Buyer.objects.select_related("seller__organization", "kyc")

    def page(self, request: HttpRequest, record: Order) -> dict[str, Any]:
        shown = case_page(record, before_in(request.GET))
        buttons = self.buttons(request, record)
        by_name = {button.name: button for button in buttons}
        wanted = shown.step.moves if shown.step else ()
        return {
            "case": shown,
            "buttons": [by_name[name] for name in wanted if name in by_name],
            "remedies": by_name,
            "by_module": {
                panel.name: [one for one in buttons if one.place == panel.name] for panel in shown.panels
            },
            "archive": self.archive_buttons(request, shown),
            "decisions": {
                one.uuid: self.buttons(request, record, one.uuid, DECISIONS)
                for one in shown.proposals
                if one.is_pending
            },
            "buyer_url": reverse("admin:buyers_buyer_change", args=[record.buyer_id]),
            "upload_kyc_url": self.upload_kyc_url(request, record),
            "seller_url": reverse("admin:partners_seller_change", args=[record.seller_id]),
            "people_url": self.people_url(request, record),
            "can_export": request.user.has_perm(EXPORTS_EVIDENCE),
        }

    def upload_kyc_url(self, request: HttpRequest, record: Order) -> str:
        """The buyer's own form, which takes `?type=`; empty for whoever may not file documents."""
        if record.is_cancelled or not request.user.has_perm(FileKycPaper.permission):
            return ""
        return reverse("admin:buyers_buyer_do", args=[record.buyer_id, FileKycPaper.name])

    # --- People --------------------------------------------------------------------------------------------------

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/people/", wrap(self.people), name="orders_order_people"),
            path("<int:pk>/folder/", wrap(self.folder), name="orders_order_folder"),
            path("exports/", wrap(self.exports), name="exports"),
        ]

    def people_url(self, request: HttpRequest, record: Order) -> str:
        if not request.user.has_perm(READS_PEOPLE):
            return ""
        return reverse("admin:orders_order_people", args=[record.pk])

    def people(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Persons and the account of an order, behind the question what for."""
        record = self.found(request, str(pk))
        require_reader(request)
        if (purpose := purpose_for(request, record.uuid)) is None:
            return ask_purpose(request, record.uuid)
        shown = people_of(record, by=actor_of(request.user), purpose=purpose)
        context = {**self.frame(request, record), "people": shown, "purpose": purpose}
        response = TemplateResponse(request, "compliance/staff/people.html", context)
        response["Cache-Control"] = "no-store"
        return response

    # --- What an auditor takes along -----------------------------------------------------------------------------

    def folder(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The whole case as a ZIP, behind the question what for."""
        record = self.found(request, str(pk))
        if not request.user.has_perm(EXPORTS_EVIDENCE):
            raise PermissionDenied
        if (purpose := purpose_for(request, record.uuid)) is None:
            return ask_purpose(request, record.uuid)
        try:
            return case_folder_response(record, by=actor_of(request.user), purpose=purpose)
        except DomainError as refusal:
            return self.refused(request, record, refusal)

    def exports(self, request: HttpRequest) -> HttpResponseBase:
        return exports_page(request, self.admin_site.each_context(request))

    # --- Papers --------------------------------------------------------------------------------------------------

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


def two_lines(first: str, second: str) -> SafeString:
    return format_html('<span>{}<span class="second">{}</span></span>', first, second)


def with_more(first: str, more: int) -> str:
    return f"{first} +{more}" if more > 0 else first


@admin.register(Rollup)
class RollupAdmin(ToOrder):
    list_display = (
        "order",
        chip_of("compliance_status", "Compliance"),
        chip_of("decision", "Verdict"),
        "blockers",
        "version",
        column("updated_at", "Changed"),
    )
    list_filter = ("compliance_status", "decision")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    exclude = ("body",)
    ordering = ("-pk",)

    @admin.display(description="Blockers")
    def blockers(self, rollup: Rollup) -> str:
        return ", ".join(kind_of(code).title for code in by_urgency(rollup.blocker_codes)) or NOTHING


@admin.register(Override)
class OverrideAdmin(ToOrder):
    list_display = (
        "order",
        chip_of("decision", "Verdict"),
        column("decided_by_label", "Proposed by"),
        column("seconded_by_label", "Accepted by"),
        column("created_at", "Since"),
        column("ended_at", "Ended"),
    )
    list_filter = ("decision",)
    list_select_related = ("order",)
    search_fields = ("order__external_order_id", "=order__uuid")
    ordering = ("-pk",)


@admin.register(ExportFile)
class ExportFileAdmin(ToOrder, RecordAdmin):
    list_display = (
        "order",
        "number",
        chip_of("status", "Status"),
        chip_of("decision", "Verdict"),
        "reason",
        column("generated_at", "Sealed"),
        "failure",
    )
    list_filter = ("status", NewestFilter, "decision", "reason")
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
        try:
            return pdf_response(version, etag(version.number))
        except DomainError as refusal:  # the storage is away
            return self.refused(request, version, refusal)

    def verify(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Check the stored file as `/verify` checks a dropped one."""
        version = self.version(request, pk)
        try:
            with on_disk(SameBytes(open_blob(version.storage_key), version)) as stored:
                finding = examine(stored, sha256=version.sha256)
        except DomainError as refusal:  # the storage is away
            return self.refused(request, version, refusal)
        context = {**self.frame(request, version), "finding": finding, "order_url": url_of(version.order)}
        return TemplateResponse(request, "compliance/staff/verified.html", context)
