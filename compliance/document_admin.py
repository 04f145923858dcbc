"""The page of a document, with what it has to match: the room of documents knows neither orders nor buyers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from compliance.document_page import DocumentContext, context_of
from nt24.documents.admin import DocumentAdmin
from nt24.documents.models import Document
from nt24.documents.moves import ArchiveDocument


@admin.register(Document)
class DocumentOfCaseAdmin(DocumentAdmin):
    def page(self, request: HttpRequest, record: Document) -> dict[str, Any]:
        about = context_of(record)
        url = archive_url(request, record, about) if about is not None else ""
        return {**super().page(request, record), "about": about, "archive_url": url}


def archive_url(request: HttpRequest, document: Document, about: DocumentContext) -> str:
    """The move of the case or the buyer; empty when it is not possible now."""
    move, owner = ArchiveDocument, about.owner
    is_open = document.status == Document.Status.ACTIVE and not getattr(owner, "is_cancelled", False)
    if not is_open or not request.user.has_perm(move.permission):
        return ""
    name = f"admin:{owner._meta.app_label}_{owner._meta.model_name}_do_item"
    return reverse(name, args=[owner.pk, move.name, document.uuid])
