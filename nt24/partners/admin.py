"""Tenants as staff see them: facts only. Secrets are not here, not even their digests."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.partners.models import ApiClient, Organization, Seller


@admin.register(Organization)
class OrganizationAdmin(FactsAdmin):
    list_display = ("name", "slug", "rate_limit_tier", "dpa_version", "disabled_at")
    list_filter = ("rate_limit_tier", "dpa_version")
    search_fields = ("name", "slug", "uuid")


@admin.register(ApiClient)
class ApiClientAdmin(FactsAdmin):
    list_display = ("client_id", "organization", "label", "disabled_at")
    list_select_related = ("organization",)
    search_fields = ("client_id", "label")


@admin.register(Seller)
class SellerAdmin(FactsAdmin):
    list_display = ("name", "vat_number", "country", "organization", "disabled_at")
    list_select_related = ("organization",)
    search_fields = ("name", "vat_number", "uuid")
