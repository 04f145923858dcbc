"""Outgoing mail as staff find it: by kind, tenant and record, or by the exact address. What it says is not shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from nt24.mail import moves as mails
from nt24.mail.models import Mail
from nt24.mail.sending import PAUSES
from nt24.staff.chips import chip_of, column, words_of
from nt24.staff.record_admin import RecordAdmin
from nt24.staff.timeline import before_in, moments


@admin.register(Mail)
class MailAdmin(RecordAdmin):
    list_display = (
        column("created_at", "Created"),
        words_of("kind", "Kind"),
        "organization",
        chip_of("status", "Status"),
        column("sent_at", "Sent"),
        "tries",
        column("due_at", "Next attempt"),
        "failure",
    )
    list_filter = ("status", ("failure", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("organization",)
    search_fields = ("=to", "=uuid", "=about")
    ordering = ("-pk",)

    page_template = "mail/staff/mail.html"
    moves = (mails.TryAgain,)
    bulk_moves = (mails.TryAgain,)

    def page(self, request: HttpRequest, record: Mail) -> dict[str, Any]:
        return {
            "moments": moments(about=[record.uuid], before=before_in(request.GET)),
            "most_tries": len(PAUSES) + 1,
        }
