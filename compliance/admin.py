"""Rollups and Export File versions as staff read them."""

from django.contrib import admin

from compliance.filters import NewestFilter
from compliance.models import ExportFile, Rollup
from nt24.admin import FactsAdmin


@admin.register(Rollup)
class RollupAdmin(FactsAdmin):
    list_display = ("order", "compliance_status", "decision", "blocker_codes", "version", "updated_at")
    list_filter = ("compliance_status", "decision")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id",)
    exclude = ("body",)
    ordering = ("-pk",)


@admin.register(ExportFile)
class ExportFileAdmin(FactsAdmin):
    list_display = ("order", "number", "status", "decision", "reason", "generated_at", "tries", "failure")
    list_filter = ("status", NewestFilter, "decision", "reason")
    list_select_related = ("order",)
    search_fields = ("order__external_order_id", "=sha256")
    exclude = ("dossier",)
    ordering = ("-pk",)
