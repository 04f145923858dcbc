"""Buyers, their links and their verifications on pages of their own. Who somebody is, is read for a purpose only."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from unfold.views import ChangeList

from buyers import link_moves, verification_moves
from buyers import moves as buyer_moves
from buyers.actions import read_contacts, read_identity, read_kyc_profile
from buyers.buyer_page import BuyerPage, buyer_page
from buyers.identity_page import identities_of
from buyers.link_admin import SELLER_SEARCH, sellers
from buyers.list_filters import MemberState, WaitingFor
from buyers.models import Buyer, Kyc, VerificationSession, ViesCheck
from buyers.profile import kyc_profile, profile_of
from buyers.queries import overall_statuses
from nt24.admin import FactsAdmin, LeadingOn
from nt24.errors import DomainError
from nt24.partners.models import Seller
from nt24.people.staff import actor_of
from nt24.staff.chips import NOTHING, chip, chip_of, column
from nt24.staff.hidden import whole_number
from nt24.staff.moves import url_of
from nt24.staff.purposes import READS_PEOPLE, ask_purpose, purpose_for, require_reader
from nt24.staff.record_admin import Offered, RecordAdmin, new_below
from nt24.staff.timeline import before_in

WAITING_FIRST = Case(When(status=VerificationSession.Status.IN_REVIEW, then=Value(0)), default=Value(1))


class BuyerChangeList(LeadingOn):
    """The overall status follows from papers and answers, so a page of the list asks for all of its rows at once."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        buyers: list[Any] = list(self.result_list)
        statuses = overall_statuses(buyers)
        for buyer in buyers:
            buyer.overall_status = statuses[buyer.pk]
        self.result_list = buyers


@admin.register(Buyer)
class BuyerAdmin(RecordAdmin):
    list_display = (
        "company_name",
        "number",
        "seller",
        "mode",
        chip_of("status", "Status"),
        "overall",
        "verification",
        "screening",
    )
    list_filter = ("status", "kyc_mode", "kyc__verification_status", "kyc__aml_status")
    list_select_related = ("seller__organization", "kyc")
    search_fields = ("company_name__contains_spelled", "vat_number", "=uuid")
    ordering = ("-pk",)

    page_template = "buyers/staff/buyer.html"
    creation = buyer_moves.RegisterBuyer
    parent_model = Seller
    parent_search = SELLER_SEARCH
    bulk_moves = (buyer_moves.CheckVies, buyer_moves.BlockBuyer)
    # Each group stands where its facts stand.
    about_buyer = (buyer_moves.ChangeBuyer, buyer_moves.UnblockBuyer, buyer_moves.BlockBuyer)
    about_papers = (buyer_moves.FileKycPaper,)
    about_vies = (buyer_moves.CheckVies,)
    about_identity = (
        verification_moves.ApproveVerification,
        verification_moves.RejectVerification,
        verification_moves.ProposeClearing,
        verification_moves.ProposeAcceptance,
        verification_moves.StartVerification,
    )
    about_clearing = (
        verification_moves.AcceptClearing,
        verification_moves.DeclineClearing,
        verification_moves.WithdrawClearing,
    )
    about_links = (link_moves.InviteBuyer,)
    about_people = (buyer_moves.AddContact,)
    moves = (
        *about_buyer,
        *about_papers,
        *about_vies,
        *about_identity,
        *about_clearing,
        *about_links,
        *about_people,
        buyer_moves.RemoveContact,
        buyer_moves.ArchiveKycPaper,
    )

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/contacts/", wrap(self.contacts), name="buyers_buyer_contacts"),
            path("<int:pk>/identity/", wrap(self.identity), name="buyers_buyer_identity"),
            path("<int:pk>/kyc-profile/", wrap(self.kyc_profile), name="buyers_buyer_profile"),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BuyerChangeList

    @admin.display(description="VAT number", ordering="vat_number")
    def number(self, buyer: Buyer) -> str:
        return buyer.vat_number

    @admin.display(description="Mode", ordering="kyc_mode")
    def mode(self, buyer: Buyer) -> str:
        return "A" if buyer.kyc_mode == Buyer.KycMode.MARKETPLACE_LED else "B"

    @admin.display(description="KYC")
    def overall(self, buyer: Buyer) -> str:
        return chip(getattr(buyer, "overall_status", ""))

    @admin.display(description="Verification", ordering="kyc__verification_status")
    def verification(self, buyer: Buyer) -> str:
        """Mode A has none: the marketplace has identified the buyer."""
        return chip(buyer.kyc.verification_status) if buyer.kyc_mode == Buyer.KycMode.NT24_LED else NOTHING

    @admin.display(description="Screening", ordering="kyc__aml_status")
    def screening(self, buyer: Buyer) -> str:
        return chip(buyer.kyc.aml_status) if buyer.kyc_mode == Buyer.KycMode.NT24_LED else NOTHING

    def parents(self) -> QuerySet[Seller]:
        return sellers()

    def record_for_page(self, request: HttpRequest, object_id: str) -> Buyer | None:
        rows = Buyer.objects.select_related("seller__organization", "kyc")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> Buyer:
        return Buyer.objects.for_change().select_related("seller__organization").get(pk=pk)

    def buttons(self, request: HttpRequest, record: Any, item: Any = None, among: Any = None) -> Offered:
        return super().buttons(request, record, item, self.about_buyer if among is None else among)

    def page(self, request: HttpRequest, record: Buyer) -> dict[str, Any]:
        shown = buyer_page(record, before_in(request.GET))
        groups = {
            "papers": self.about_papers,
            "vies": self.about_vies,
            "identity": self.about_identity,
            "links": self.about_links,
        }
        offered = {name: self.buttons(request, record, among=group) for name, group in groups.items()}
        proposal = shown.proposal.uuid if shown.proposal else None
        offered["clearing"] = self.buttons(request, record, proposal, self.about_clearing if proposal else ())
        return {
            "page": shown,
            "offered": offered,
            "archive": self.archive_buttons(request, shown),
            "reads_people": request.user.has_perm(READS_PEOPLE),
            "new_order": new_below(request, "orders.order", record),
            "seller_url": url_of(record.seller),
        }

    def archive_buttons(self, request: HttpRequest, shown: BuyerPage) -> dict[Any, str]:
        """Where each paper that still counts can be archived, by its uuid."""
        move = buyer_moves.ArchiveKycPaper
        if not request.user.has_perm(move.permission):
            return {}
        return {
            paper.uuid: self.url_of_move(shown.buyer, move, paper.uuid)
            for paper in shown.papers
            if paper.status == "ACTIVE"
        }

    def contacts(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The people, for whoever has said what for; the read is noted."""
        buyer = self.found(request, str(pk))
        require_reader(request)
        if (purpose := purpose_for(request, buyer.uuid)) is None:
            return ask_purpose(request, buyer.uuid)
        people = read_contacts(buyer, by=actor_of(request.user), purpose=purpose)
        may_remove = request.user.has_perm(buyer_moves.RemoveContact.permission)
        context = {
            **self.frame(request, buyer),
            "subtitle": "Contacts",
            "purpose": purpose,
            "buttons": self.buttons(request, buyer, among=self.about_people),
            "people": [
                (one, self.url_of_move(buyer, buyer_moves.RemoveContact, one.uuid) if may_remove else "")
                for one in people
            ],
        }
        return TemplateResponse(request, "buyers/staff/contacts.html", context)

    def identity(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What iDenfy said of the person, for whoever decides on it."""
        buyer = self.found(request, str(pk))
        require_reader(request)
        if (purpose := purpose_for(request, buyer.uuid)) is None:
            return ask_purpose(request, buyer.uuid)
        read_identity(buyer, by=actor_of(request.user), purpose=purpose)
        context = {
            **self.frame(request, buyer),
            "subtitle": "Identity",
            "purpose": purpose,
            "identities": identities_of(buyer),
            "buttons": self.buttons(request, buyer, among=self.about_identity),
        }
        return TemplateResponse(request, "buyers/staff/identity.html", context)

    def kyc_profile(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The sealed PDF of a verified buyer, made anew for this reader."""
        buyer = self.found(request, str(pk))
        require_reader(request)
        if (purpose := purpose_for(request, buyer.uuid)) is None:
            return ask_purpose(request, buyer.uuid)
        try:
            pdf = kyc_profile(profile_of(buyer))
        except DomainError as refusal:
            context = {**self.frame(request, buyer), "refusal": refusal}
            return TemplateResponse(request, "staff/refused.html", context, status=refusal.status)
        read_kyc_profile(buyer, by=actor_of(request.user), purpose=purpose)
        response = HttpResponse(pdf, content_type="application/pdf")
        name = f"kyc-profile-{buyer.vat_number}.pdf"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response


@admin.register(Kyc)
class KycAdmin(FactsAdmin):
    list_display = (
        "buyer",
        chip_of("verification_status", "Verification"),
        chip_of("aml_status", "Screening"),
    )
    list_filter = ("verification_status", "aml_status")
    list_select_related = ("buyer",)
    ordering = ("-pk",)

    def leads_to(self, record: Kyc) -> str:
        return f"{url_of(record.buyer)}#identity"


class ToBuyer(FactsAdmin):
    """Facts of a buyer whose list leads to his page."""

    @admin.display(description="buyer", ordering="buyer__company_name")
    def buyer_link(self, row: Any) -> str:
        return format_html('<a href="{}">{}</a>', url_of(row.buyer), row.buyer.company_name)


@admin.register(VerificationSession)
class VerificationSessionAdmin(ToBuyer):
    """Those that wait for staff come first; they are decided on the buyer's page."""

    list_display = (
        column("created_at", "Started"),
        "buyer_link",
        chip_of("status", "Status"),
        chip_of("overall", "iDenfy says"),
        chip_of("aml_status", "Screening"),
        "authority",
        column("decided_at", "Decided"),
    )
    list_filter = (WaitingFor, "status", "aml_status")
    list_select_related = ("buyer",)
    search_fields = (
        "scan_ref",
        "=uuid",
        "buyer__company_name__contains_spelled",
        "buyer__vat_number",
    )
    ordering = (WAITING_FIRST.asc(), "-pk")

    def leads_to(self, record: VerificationSession) -> str:
        return f"{url_of(record.buyer)}#identity"

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What did not match is about a person's papers and face."""
        return () if request.user.has_perm(READS_PEOPLE) else ("reason",)


@admin.register(ViesCheck)
class ViesCheckAdmin(ToBuyer):
    list_display = (
        column("requested_at", "Requested"),
        "buyer_link",
        column("vat_number", "VAT number"),
        chip_of("status", "Status"),
        chip_of("result", "Result"),
        column("error_code", "Error"),
        "consultation_number",
    )
    list_filter = ("status", "result", MemberState, "cause")
    list_select_related = ("buyer",)
    search_fields = ("vat_number", "consultation_number")
    ordering = ("-pk",)
