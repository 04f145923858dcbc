"""Tenants as staff see them: facts only. Secrets are not here, not even their digests."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from nt24.partners.models import ApiClient, Organization, Seller


class FactsAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted here: writes are actions with an entry in the trail."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organization)
class OrganizationAdmin(FactsAdmin):
    list_display: ClassVar = ["name", "slug", "rate_limit_tier", "dpa_version", "disabled_at"]
    list_filter: ClassVar = ["rate_limit_tier", "dpa_version"]
    search_fields: ClassVar = ["name", "slug", "uuid"]


@admin.register(ApiClient)
class ApiClientAdmin(FactsAdmin):
    list_display: ClassVar = ["client_id", "organization", "label", "disabled_at"]
    list_select_related: ClassVar = ["organization"]
    search_fields: ClassVar = ["client_id", "label"]


@admin.register(Seller)
class SellerAdmin(FactsAdmin):
    list_display: ClassVar = ["name", "vat_number", "country", "organization", "disabled_at"]
    list_select_related: ClassVar = ["organization"]
    search_fields: ClassVar = ["name", "vat_number", "uuid"]
