"""Links, what came in by them and the look behind them, on pages of their own. People are read for a purpose only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from buyers import branding_moves, link_moves
from buyers.colours import WHITE, contrast, readable_on_dark
from buyers.invitation_models import Invitation, Prospect, SellerBranding
from buyers.link_secrets import masked_email, read_recipient
from buyers.links import held
from buyers.list_filters import ExpiringSoon
from buyers.pages.branding import brand_of
from buyers.prospects import read_prospect
from nt24.errors import NotFound
from nt24.partners.models import Seller
from nt24.people.staff import actor_of
from nt24.staff.chips import chip_of, column, words_of
from nt24.staff.hidden import whole_number
from nt24.staff.moves import url_of
from nt24.staff.purposes import READS_PEOPLE, ask_purpose, purpose_for, require_reader
from nt24.staff.record_admin import RecordAdmin
from nt24.staff.timeline import before_in, moments

SELLER_SEARCH = ("name__begins_spelled", "vat_number__startswith", "organization__name__begins_spelled")


def sellers() -> QuerySet[Seller]:
    """Those that staff may act for."""
    return Seller.objects.select_related("organization").filter(
        disabled_at=None, organization__disabled_at=None
    )


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin):
    list_display = (
        column("created_at", "Created"),
        words_of("kind", "Kind"),
        chip_of("status", "Status"),
        "seller",
        "buyer",
        "recipient",
        "label",
        column("expires_at", "Expires"),
        column("usage_count", "Used"),
    )
    list_filter = ("status", "kind", ExpiringSoon, "language")
    list_select_related = ("seller__organization", "buyer")
    search_fields = (
        "=uuid",
        "label__contains_spelled",
        "buyer__company_name__contains_spelled",
        "buyer__vat_number",
    )
    ordering = ("-pk",)

    page_template = "buyers/staff/invitation.html"
    creation = link_moves.MakeProspectLink
    parent_model = Seller
    parent_search = SELLER_SEARCH
    moves = (link_moves.ShowLink, link_moves.ResendInvitation, link_moves.RevokeInvitation)
    bulk_moves = (link_moves.ResendInvitation, link_moves.RevokeInvitation)

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/recipient/", wrap(self.recipient_page), name="buyers_invitation_recipient")]

    @admin.display(description="recipient")
    def recipient(self, invitation: Invitation) -> str:
        return masked_email(invitation.recipient_email)

    def parents(self) -> QuerySet[Seller]:
        return sellers()

    def record_for_page(self, request: HttpRequest, object_id: str) -> Invitation | None:
        rows = Invitation.objects.select_related("seller__organization", "buyer")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> Invitation:
        return held(Invitation.objects.get(pk=pk))

    def page(self, request: HttpRequest, record: Invitation) -> dict[str, Any]:
        return {
            "recipient": masked_email(record.recipient_email),
            "prospect_count": record.prospects.count(),
            "reads_people": request.user.has_perm(READS_PEOPLE),
            "buyer_url": url_of(record.buyer) if record.buyer else "",
            "seller_url": url_of(record.seller),
            "moments": moments(about=[record.uuid], before=before_in(request.GET)),
        }

    def recipient_page(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Whom the link was mailed to, and why it was revoked, which a partner may have written about a person."""
        invitation = self.found(request, str(pk))
        require_reader(request)
        about = invitation.buyer.uuid if invitation.buyer else invitation.uuid
        if (purpose := purpose_for(request, about)) is None:
            return ask_purpose(request, about)
        read_recipient(invitation, by=actor_of(request.user), purpose=purpose)
        context = {**self.frame(request, invitation), "subtitle": "Recipient", "purpose": purpose}
        return TemplateResponse(request, "buyers/staff/recipient.html", context)


@admin.register(Prospect)
class ProspectAdmin(RecordAdmin):
    list_display = (
        column("submitted_at", "Submitted"),
        words_of("type", "Type"),
        chip_of("status", "Status"),
        "company_name",
        column("vat_number", "VAT number"),
        "seller",
    )
    list_filter = ("type", "status", "language")
    list_select_related = ("seller",)
    search_fields = ("=uuid", "company_name__contains_spelled", "vat_number")
    ordering = ("-pk",)

    page_template = "buyers/staff/prospect.html"
    moves = (link_moves.ConvertProspect,)

    def more_urls(self) -> list[URLPattern]:
        return [
            path("<int:pk>/person/", self.admin_site.admin_view(self.person), name="buyers_prospect_person")
        ]

    def record_for_page(self, request: HttpRequest, object_id: str) -> Prospect | None:
        rows = Prospect.objects.select_related("seller__organization", "buyer", "invitation")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> Prospect:
        return Prospect.objects.for_change().select_related("seller__organization").get(pk=pk)

    def page(self, request: HttpRequest, record: Prospect) -> dict[str, Any]:
        return {
            "reads_people": request.user.has_perm(READS_PEOPLE),
            "buyer_url": url_of(record.buyer) if record.buyer else "",
            "seller_url": url_of(record.seller),
            "invitation_url": url_of(record.invitation),
            "moments": moments(about=[record.uuid], before=before_in(request.GET)),
        }

    def person(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Who has filled in the form, for whoever has said what for; the read is noted."""
        prospect = self.found(request, str(pk))
        require_reader(request)
        if (purpose := purpose_for(request, prospect.uuid)) is None:
            return ask_purpose(request, prospect.uuid)
        read_prospect(prospect, by=actor_of(request.user), purpose=purpose)
        context = {**self.frame(request, prospect), "subtitle": "Person", "purpose": purpose}
        return TemplateResponse(request, "buyers/staff/person.html", context)


@admin.register(SellerBranding)
class SellerBrandingAdmin(RecordAdmin):
    list_display = ("display_name", "seller", "accent", "reply_to")
    list_select_related = ("seller",)
    search_fields = ("display_name__contains_spelled", "seller__name__contains_spelled")
    ordering = ("display_name",)

    page_template = "buyers/staff/branding.html"
    creation = branding_moves.ChooseBranding
    parent_model = Seller
    parent_search = SELLER_SEARCH
    moves = (branding_moves.ChangeBranding, branding_moves.ClearBranding)

    def parents(self) -> QuerySet[Seller]:
        """Who has none yet; a look that is there is changed on its page."""
        return sellers().exclude(pk__in=SellerBranding.objects.values("seller"))

    def parent_for_change(self, pk: Any) -> Seller:
        return sellers().select_for_update(of=("self",), no_key=True).get(pk=pk)

    def record_for_page(self, request: HttpRequest, object_id: str) -> SellerBranding | None:
        rows = SellerBranding.objects.select_related("seller__organization")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> SellerBranding:
        """:raises NotFound: it was taken away meanwhile."""
        rows = SellerBranding.objects.select_related("seller").select_for_update(of=("self",), no_key=True)
        if (found := rows.filter(pk=pk).first()) is None:
            raise NotFound("The look of this seller was taken away meanwhile.")
        return found

    def page(self, request: HttpRequest, record: SellerBranding) -> dict[str, Any]:
        return {
            "brand": brand_of(record.seller),
            "on_white": round(contrast(record.accent, WHITE), 1),
            "on_dark": readable_on_dark(record.accent),
            "seller_url": url_of(record.seller),
            "moments": moments(about=[record.uuid], before=before_in(request.GET)),
        }
