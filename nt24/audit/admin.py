"""The trail as staff read it."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.audit.models import Entry


@admin.register(Entry)
class EntryAdmin(FactsAdmin):
    list_display = ("at", "action", "actor_label", "subject_type", "subject_uuid", "purpose")
    list_filter = ("subject_type", "actor_kind", "retention")
    search_fields = ("=subject_uuid", "=order_uuid", "=trace_id")
    ordering = ("-pk",)
