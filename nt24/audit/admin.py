"""The trail as staff and auditors read it, and take copies of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from nt24.actors import Actor, ActorKind
from nt24.admin import FactsAdmin
from nt24.audit.actions import note_export
from nt24.audit.export import FORMATS
from nt24.audit.models import Checkpoint, Entry, Link


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
class EntryAdmin(FactsAdmin):
    list_display = ("at", "action", "actor_label", "subject_type", "subject_uuid", "purpose", "position")
    list_filter = ("subject_type", "actor_kind", "retention")
    list_select_related = ("link",)
    search_fields = ("=subject_uuid", "=order_uuid", "=trace_id")
    ordering = ("-pk",)
    actions = ("export_as_csv", "export_as_json_lines")
    fields = readonly_fields = (*(field.name for field in Entry._meta.fields), "position")

    def position(self, entry: Entry) -> int | str:
        return entry.link.position if hasattr(entry, "link") else "not sealed yet"

    @admin.action(description="Export selected as CSV", permissions=["view"])
    def export_as_csv(self, request: HttpRequest, entries: QuerySet[Entry]) -> StreamingHttpResponse:
        return download(request, entries, "csv")

    @admin.action(description="Export selected as JSON lines", permissions=["view"])
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
