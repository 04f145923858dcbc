"""Messages as staff read them; what is in them goes to the partner alone."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.webhooks.models import Message


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    list_display = ("created_at", "type", "organization", "event_id")
    list_filter = ("type",)
    list_select_related = ("organization",)
    search_fields = ("=event_id",)
    exclude = ("body",)
    ordering = ("-pk",)
