"""Outgoing mail as staff find it: by kind, tenant and record, or by the exact address. What it says is not shown."""

from django.contrib import admin

from nt24.admin import FactsAdmin
from nt24.mail.models import Mail


@admin.register(Mail)
class MailAdmin(FactsAdmin):
    list_display = ("created_at", "kind", "organization", "status", "sent_at", "tries", "due_at", "failure")
    list_filter = ("status", "kind")
    list_select_related = ("organization",)
    search_fields = ("=to", "=uuid", "=about")
    # Personal data, which nobody reads without an entry in the access log (contract 13).
    exclude = ("to", "subject", "text", "html", "logo_png", "from_name", "reply_to")
    ordering = ("-pk",)
