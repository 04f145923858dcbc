"""Tenants as staff see and run them. Secrets are shown once, where they are made; their digests never."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from nt24.documents.downloads import download_response
from nt24.errors import DomainError
from nt24.partners import moves
from nt24.partners.actions import note_agreement_read
from nt24.partners.models import Agreement, ApiClient, Organization, Seller
from nt24.partners.organization_page import clients_shown, organization_page
from nt24.people.staff import actor_of
from nt24.staff.chips import column, words_of
from nt24.staff.choices import CountryFilter
from nt24.staff.purposes import READS_PEOPLE, ask_purpose, purpose_for, require_reader
from nt24.staff.record_admin import RecordAdmin, new_below
from nt24.staff.timeline import before_in, moments

SEES_CLIENTS = "partners.view_apiclient"
LISTS_OF_A_SELLER = (
    ("Orders, newest first", "orders_order", "orders.view_order"),
    ("Buyers", "buyers_buyer", "buyers.view_buyer"),
    ("Invitations", "buyers_invitation", "buyers.view_invitation"),
    ("Prospects", "buyers_prospect", "buyers.view_prospect"),
    ("Branding", "buyers_sellerbranding", "buyers.view_sellerbranding"),
)


@admin.register(Organization)
class OrganizationAdmin(RecordAdmin):
    list_display = (
        "name",
        "slug",
        words_of("rate_limit_tier", "Tier"),
        column("dpa_version", "DPA"),
        "disabled_at",
    )
    list_filter = ("rate_limit_tier", "dpa_version")
    search_fields = ("name__contains_spelled", "slug", "uuid")

    page_template = "partners/staff/organization.html"
    creation = moves.CreateOrganization
    moves = (
        moves.AcceptAgreement,
        moves.ChangeTerms,
        moves.ChangeOrganization,
        moves.AddSeller,
        moves.AddClient,
        moves.DisableOrganization,
        moves.EnableOrganization,
    )

    def page(self, request: HttpRequest, record: Organization) -> dict[str, Any]:
        buttons = self.buttons(request, record)
        return {
            "shown": organization_page(record, before_in(request.GET)),
            "buttons": [button for button in buttons if not button.place],
            "agreement_buttons": [
                button for button in buttons if button.place == moves.AcceptAgreement.place
            ],
            "sees_people": request.user.has_perm(READS_PEOPLE),
            "sees_clients": request.user.has_perm(SEES_CLIENTS),
            "new_endpoint": new_below(request, "webhooks.endpoint", record),
            "all_sellers_url": f"{reverse('admin:partners_seller_changelist')}?organization__id__exact={record.pk}",
        }

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view(self.agreement)
        return [path("<int:pk>/agreements/<uuid:item>/", wrap, name="partners_organization_agreement")]

    def agreement(self, request: HttpRequest, pk: int, item: UUID) -> HttpResponseBase:
        """The signed file. It names a person: that takes the permission and a purpose, and is written down."""
        organization = self.found(request, str(pk))
        require_reader(request)
        agreement = (
            Agreement.objects.filter(organization=organization, uuid=item).exclude(storage_key="").first()
        )
        if agreement is None:
            raise Http404
        if (purpose := purpose_for(request, organization.uuid)) is None:
            return ask_purpose(request, organization.uuid)
        try:
            response = download_response(agreement)
        except DomainError as error:
            return self.refused(request, organization, error)
        note_agreement_read(agreement, by=actor_of(request.user), purpose=purpose)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(ApiClient)
class ApiClientAdmin(RecordAdmin):
    list_display = ("client_id", "organization", "label", "disabled_at")
    list_select_related = ("organization",)
    search_fields = ("client_id", "label__contains_spelled")

    page_template = "partners/staff/client.html"
    creation = moves.AddClient
    parent_model = Organization
    parent_search = ("name__begins_spelled", "slug__startswith")
    moves = (
        moves.RotateClientSecret,
        moves.ConfirmClientSecret,
        moves.DisableClient,
        moves.EnableClient,
    )

    def page(self, request: HttpRequest, record: ApiClient) -> dict[str, Any]:
        [shown] = clients_shown([record])
        return {"shown": shown, "moments": moments(about=[record.uuid], before=before_in(request.GET))}


@admin.register(Seller)
class SellerAdmin(RecordAdmin):
    list_display = ("name", column("vat_number", "VAT number"), "country", "organization", "disabled_at")
    list_select_related = ("organization",)
    list_filter = (("country", CountryFilter),)
    search_fields = ("name__contains_spelled", "vat_number", "uuid")

    page_template = "partners/staff/seller.html"
    creation = moves.AddSeller
    parent_model = Organization
    parent_search = ("name__begins_spelled", "slug__startswith")
    moves = (moves.ChangeSeller, moves.DisableSeller, moves.EnableSeller)

    def page(self, request: HttpRequest, record: Seller) -> dict[str, Any]:
        """What stands to the right of this app is named by its address alone."""
        return {
            "moments": moments(about=[record.uuid], before=before_in(request.GET)),
            "lists": [
                (title, f"{reverse(f'admin:{route}_changelist')}?seller__id__exact={record.pk}")
                for title, route, permission in LISTS_OF_A_SELLER
                if request.user.has_perm(permission)
            ],
        }
