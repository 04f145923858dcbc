"""Documents as staff look at them: what is known about one, and its pages drawn anew as pictures.

Registered at the end of the arrows (compliance/document_admin.py), where it is known what a document belongs to.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from nt24.documents.actions import note_document_read
from nt24.documents.display import page_count, page_response
from nt24.documents.downloads import download_response
from nt24.documents.models import Document, Original
from nt24.documents.types import Module
from nt24.errors import DomainError
from nt24.people.staff import actor_of
from nt24.staff.chips import chip_of, column, words_of
from nt24.staff.hidden import whole_number
from nt24.staff.purposes import ask_purpose, purpose_for, require_reader
from nt24.staff.record_admin import RecordAdmin


class DocumentAdmin(RecordAdmin):
    list_display = (
        column("created_at", "Received"),
        words_of("type", "Document"),
        words_of("module", "Module"),
        chip_of("status", "Status"),
        chip_of("scan_status", "Virus scan"),
        "seller",
    )
    list_filter = ("module", "status", "scan_status", "type")
    list_select_related = ("seller",)
    search_fields = ("=subject_uuid", "=sha256", "=uuid")
    ordering = ("-pk",)
    page_template = "documents/staff/document.html"

    def more_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/page/<int:number>/", wrap(self.drawn_page), name="documents_document_page"),
            path("<int:pk>/preview/", wrap(self.preview), name="documents_document_preview"),
            path("<int:pk>/download/", wrap(self.download), name="documents_document_download"),
            path(
                "<int:pk>/originals/<int:position>/",
                wrap(self.download_original),
                name="documents_document_original",
            ),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        document = self.found(request, object_id)
        if (refusal := self.asked_first(request, document)) is not None:
            return refusal
        return super().change_view(request, object_id, form_url, extra_context)

    def page(self, request: HttpRequest, record: Document) -> dict[str, Any]:
        """How many pages there are to look at, or why there is nothing to see."""
        wanted = whole_number(request.GET.get("page")) or 1
        try:
            pages = page_count(record)
        except DomainError as refusal:
            return {"refusal": refusal, "pages": 0, "number": 0}
        note_document_read(
            record, by=actor_of(request.user), purpose=purpose_for(request, record.subject_uuid) or ""
        )
        return {"pages": pages, "number": min(max(wanted, 1), pages), "is_kyc": record.module == Module.KYC}

    def drawn_page(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """One page as a picture; the look at it was noted with the page around it."""
        document = self.found(request, str(pk))
        if self.asked_first(request, document) is not None:
            raise PermissionDenied
        try:
            return page_response(document, number)
        except DomainError as refusal:
            return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain")

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The first page, shown beside a form. The document's own page is not opened, so the access is logged here."""
        answer = self.drawn_page(request, pk, 1)
        if answer.status_code == HTTPStatus.OK:
            document = self.found(request, str(pk))
            note_document_read(
                document, by=actor_of(request.user), purpose=purpose_for(request, document.subject_uuid) or ""
            )
        return answer

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        document = self.found(request, str(pk))
        return self.handed_out(request, document, document)

    def download_original(self, request: HttpRequest, pk: int, position: int) -> HttpResponseBase:
        """A file from which the document was put together."""
        document = self.found(request, str(pk))
        original = document.originals.filter(position=position).first()
        if original is None:
            raise Http404
        return self.handed_out(request, document, original)

    def handed_out(
        self, request: HttpRequest, document: Document, file: Document | Original
    ) -> HttpResponseBase:
        if (refusal := self.asked_first(request, document)) is not None:
            return refusal
        try:
            response = download_response(file)
        except DomainError as error:
            return self.refused(request, document, error)
        note_document_read(
            document, by=actor_of(request.user), purpose=purpose_for(request, document.subject_uuid) or ""
        )
        response["Cache-Control"] = "no-store"
        return response

    def asked_first(self, request: HttpRequest, document: Document) -> HttpResponseBase | None:
        """A KYC paper shows people: it takes the permission, and a purpose.

        :raises PermissionDenied: this person may not see personal data.
        """
        if document.module != Module.KYC:
            return None
        require_reader(request)
        if purpose_for(request, document.subject_uuid) is None:
            return ask_purpose(request, document.subject_uuid)
        return None
