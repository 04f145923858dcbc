"""Documents of any parent. A feature app says which module, finds the parent and names its two actions."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from nt24.api.concurrency import etag, is_fresh, not_modified
from nt24.api.idempotency import REPLAYED
from nt24.api.json import JsonParser
from nt24.api.operation import operation
from nt24.api.views import BODY_FAILURES, ContractView
from nt24.documents.api.serializers import DocumentIn, DocumentOut, DocumentPatch, DocumentQuery
from nt24.documents.downloads import download_response
from nt24.documents.models import Document
from nt24.documents.storage import delete_blob, discard_undone
from nt24.documents.types import Module
from nt24.documents.uploads import FORM_BYTES, Upload, accept_evidence, keep_upload
from nt24.errors import FieldError, StateConflict, UnsupportedMediaType, ValidationFailed, VersionMismatch
from nt24.records import Record


class DocumentView(ContractView, ABC):
    """What list, one and content have in common: the parent's documents of one module."""

    module: ClassVar[Module]
    Out: ClassVar[type[BaseSerializer] | None] = DocumentOut
    document: Document

    @abstractmethod
    def subject_uuid(self) -> UUID:
        """The uuid of the parent that `locate_parent` has found."""

    @abstractmethod
    def locate_parent(self, **kwargs: Any) -> None:
        """Find the parent under the seller of the path; raise Http404."""

    def locate(self, **kwargs: Any) -> None:
        self.locate_parent(**kwargs)
        if (uuid := kwargs.get("documentUuid")) is not None:
            self.document = self.find(uuid)

    def find(self, uuid: UUID) -> Document:
        found = Document.objects.of(self.module, self.subject_uuid()).filter(uuid=uuid).first()
        if found is None:
            raise Http404
        return found

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Document,)


class DocumentsView(DocumentView):
    """`GET` list, `POST` upload."""

    parser_classes = (MultiPartParser, JsonParser)
    max_body_bytes = settings.DOCUMENT_MAX_BYTES + FORM_BYTES
    upload: Upload | None = None
    refusal: Exception | None = None

    @abstractmethod
    def file(self, *, upload: Upload, **about: Any) -> Document:
        """The feature app's action that files the document."""

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        accept_evidence(request)
        return super().initialize_request(request, *args, **kwargs)

    def prepare(self) -> Exception | None:
        """Examine and store the file outside of the transaction; what is wrong with it is said in its turn."""
        if "file" not in (self.raw_body or {}):
            return None
        if not self.request.content_type.startswith("multipart/"):
            return UnsupportedMediaType("Send the document as multipart/form-data.")
        try:
            self.upload = keep_upload(self.raw_body["file"])
        except BODY_FAILURES as refusal:
            self.refusal = refusal
            return refusal if isinstance(refusal, UnsupportedMediaType) else None
        return None

    def write(self, request: Request, handler: Callable[..., Any]) -> HttpResponse:
        """Nothing stays stored of an upload that was refused or that only replayed an earlier one.

        After any other failure the row may have been committed; then the daily sweep looks for it first.
        """
        try:
            response = super().write(request, handler)
        except (*BODY_FAILURES, Http404):
            self.discard()
            raise
        except OperationalError as error:
            if self.upload is not None:
                discard_undone(self.upload.storage_key, error)
            raise
        if REPLAYED in response:
            self.discard()
        return response

    def discard(self) -> None:
        if self.upload is not None:
            delete_blob(self.upload.storage_key)

    def kept(self) -> Upload:
        """:raises DomainError: why the file was refused, now that it is the file's turn."""
        if self.refusal is not None:
            raise self.refusal
        assert self.upload is not None
        return self.upload

    @operation(
        "List the documents",
        about="The papers of this module with their hashes, newest first. The newest `ACTIVE` one of a type "
        "counts.",
        query=DocumentQuery,
        answer=DocumentOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        rows = Document.objects.of(self.module, self.subject_uuid())
        wanted = {name: self.query[name] for name in ("type", "status") if name in self.query}
        return self.listed(rows.filter(**wanted), DocumentOut)

    @operation(
        "Upload a document",
        body=DocumentIn,
        answer=DocumentOut,
        status=201,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        about = {name: value for name, value in self.body.items() if name != "file"}
        document = self.file(upload=self.body["file"], **about)
        return self.created(document, f"{request.path}/{document.uuid}")


class OneDocumentView(DocumentView):
    """`GET` one, `PATCH` to archive."""

    @abstractmethod
    def archive(self, document: Document, **about: Any) -> Document:
        """The feature app's action that archives the document."""

    @operation("Read a document's data", answer=DocumentOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(self.document)

    @operation(
        "Archive a document",
        body=DocumentPatch,
        answer=DocumentOut,
        is_versioned=True,
        if_match=True,
        fails=(VersionMismatch, StateConflict),
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        if self.body.get("status", self.document.status) == Document.Status.ARCHIVED:
            reason = self.body.get("reason", "")
            return self.shown(self.archive(self.document, reason=reason, expected_version=self.expected))
        self.document.expect_version(self.expected)
        if self.document.status == Document.Status.ARCHIVED:
            raise ValidationFailed(FieldError("status", "Archived for good; upload the document again."))
        return self.shown(self.document)

    def present(self) -> Document:
        return self.document


class DocumentContentView(DocumentView):
    """`GET` the stored bytes."""

    def note(self, document: Document) -> None:
        """Called before the bytes leave; KYC writes its access log here."""

    @operation(
        "Download a document", answer="application/octet-stream", is_versioned=True, fails=(StateConflict,)
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        tag = etag(self.document.version)
        if self.document.is_released() and is_fresh(request, tag):
            return not_modified(tag)
        response = download_response(self.document)
        self.note(self.document)
        return response
