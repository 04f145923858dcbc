"""The trail as staff and auditors read it, and take copies of it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse

from nt24.actors import Actor, ActorKind
from nt24.admin import FactsAdmin
from nt24.audit.actions import note_export
from nt24.audit.entry_page import entry_page
from nt24.audit.export import FORMATS
from nt24.audit.filters import FamilyFilter, PeriodFilter
from nt24.audit.models import Checkpoint, Entry, Link
from nt24.staff.exact_ids import uuid_in
from nt24.staff.record_admin import RecordAdmin
from nt24.staff.timeline import WHO, sentence_of

EXPORTS = "audit.export_evidence"


def download(request: HttpRequest, entries: QuerySet[Entry], format: str) -> StreamingHttpResponse:
    """The entries as a file; taking it is an entry of its own."""
    by = Actor(ActorKind.STAFF, str(request.user.pk), request.user.get_username())
    about = {"format": format, "entries": entries.count(), "filters": request.GET.urlencode()}
    export = note_export(by=by, about=about)
    write, media_type = FORMATS[format]
    disposition = f'attachment; filename="audit-{export}.{format}"'
    return StreamingHttpResponse(
        write(entries), content_type=media_type, headers={"Content-Disposition": disposition}
    )


@admin.register(Entry)
class EntryAdmin(RecordAdmin):
    list_display = ("at", "what", "who", "subject_type", "purpose", "position")
    list_display_links = ("at", "what")
    list_filter = (FamilyFilter, PeriodFilter, "actor_kind", "retention")
    list_select_related = ("link",)
    search_fields = ("uuid",)  # what is looked for in truth is below
    search_help_text = "The whole id of a record, an order or an entry, or a trace id."
    ordering = ("-pk",)
    sortable_by = ("at",)
    actions = ("export_as_csv", "export_as_json_lines")
    list_disable_select_all = False  # an auditor takes a copy of all that a filter shows

    page_template = "audit/staff/entry.html"

    @admin.display(description="What")
    def what(self, entry: Entry) -> str:
        return sentence_of(entry.action)

    @admin.display(description="Who")
    def who(self, entry: Entry) -> str:
        kind = WHO[ActorKind(entry.actor_kind)]
        return kind if entry.actor_kind == ActorKind.SYSTEM else f"{kind}: {entry.actor_label}"

    @admin.display(description="Link")
    def position(self, entry: Entry) -> int | str:
        return entry.link.position if hasattr(entry, "link") else "not sealed yet"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """Whole ids, each of which has an index; no part of a text is looked for in millions of rows."""
        words = search_term.strip()
        if not words:
            return queryset, False
        wanted = Q(trace_id=words)
        if (uuid := uuid_in(words)) is not None:
            wanted |= Q(subject_uuid=uuid) | Q(order_uuid=uuid) | Q(uuid=uuid)
        return queryset.filter(wanted), False

    def page(self, request: HttpRequest, record: Entry) -> dict[str, Any]:
        trail = reverse("admin:audit_entry_changelist")
        return {
            "shown": entry_page(record),
            "title": sentence_of(record.action),
            "subject_url": f"{trail}?q={record.subject_uuid}",
            "order_url": f"{trail}?q={record.order_uuid}" if record.order_uuid else "",
            "request_url": f"{trail}?q={record.trace_id}" if record.trace_id else "",
        }

    # --- Copies --------------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The copies below: they change nothing, so they are no moves."""
        found: dict[str, Any] = FactsAdmin.get_actions(self, request)
        return found

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(EXPORTS))

    @admin.action(description="Export selected as CSV", permissions=["export"])
    def export_as_csv(self, request: HttpRequest, entries: QuerySet[Entry]) -> StreamingHttpResponse:
        return download(request, entries, "csv")

    @admin.action(description="Export selected as JSON lines", permissions=["export"])
    def export_as_json_lines(self, request: HttpRequest, entries: QuerySet[Entry]) -> StreamingHttpResponse:
        return download(request, entries, "jsonl")


@admin.register(Link)
class LinkAdmin(FactsAdmin):
    list_display = ("position", "entry_uuid", "digest", "chain", "sealed_at")
    search_fields = ("=entry_uuid",)
    ordering = ("-position",)
    # Not the entry itself: the link is to be shown also when the entry has been removed.
    fields = ("position", "entry_uuid", "digest", "chain", "sealed_at")


@admin.register(Checkpoint)
class CheckpointAdmin(FactsAdmin):
    list_display = ("position", "chain", "signed_at")
    ordering = ("-position",)
