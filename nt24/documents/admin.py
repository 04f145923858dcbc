"""Documents as staff read them; the files themselves are served by the API only."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.documents.models import Document


@admin.register(Document)
class DocumentAdmin(FactsAdmin):
    list_display = ("created_at", "type", "status", "scan_status", "file_name", "seller")
    list_filter = ("module", "status", "scan_status", "type")
    list_select_related = ("seller",)
    search_fields = ("=subject_uuid", "=sha256", "file_name")
    ordering = ("-pk",)
