"""What staff do with documents: file some, take one out of the evidence. The feature app says whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from rest_framework import serializers

from nt24.api.json import Shape, Text
from nt24.documents.actions import errors_of_dates, errors_of_type
from nt24.documents.api.serializers import DocumentIn
from nt24.documents.models import Document
from nt24.documents.storage import delete_blob, discard_undone
from nt24.documents.types import DocumentType, Module, types_of
from nt24.documents.uploads import Upload, keep_upload
from nt24.errors import (
    DomainError,
    FieldError,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
from nt24.partners.days import latest_day
from nt24.staff.fields import Choices
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move, PaperShown, url_of
from nt24.staff.purposes import READS_PEOPLE, ask_purpose, purpose_for
from nt24.staff.timeline import sentence_of

R = TypeVar("R", bound=Model)
MOST_DOCUMENTS = 10  # on one form
NONE_FILED = "No document was filed. Correct what is marked and choose the files again."


def paper_shown(document: Document, request: HttpRequest) -> PaperShown:
    """As its own page would show it: of a KYC document, pictures take a purpose."""
    title, url = sentence_of(document.type.lower()), url_of(document)
    if document.module == Module.KYC and purpose_for(request, document.subject_uuid) is None:
        return PaperShown(title, url, asks=ask_purpose(request, document.subject_uuid).url)
    if not document.is_released():
        return PaperShown(title, url)
    return PaperShown(title, url, reverse("admin:documents_document_preview", args=[document.pk]))


def papers_shown(
    request: HttpRequest, subject: UUID, module: Module, *types: DocumentType
) -> list[PaperShown]:
    """The newest active document of each type, or of these alone; nothing for whoever may not look at them."""
    permissions = ["documents.view_document", *([READS_PEOPLE] if module == Module.KYC else [])]
    if not request.user.has_perms(permissions):
        return []
    found = Document.objects.of(module, subject).filter(status=Document.Status.ACTIVE).order_by("pk")
    newest = {document.type: document for document in (found.filter(type__in=types) if types else found)}
    return [paper_shown(document, request) for document in newest.values()]


class ArchiveIn(Shape):
    """The contract's archiving (11), with the reason that staff always give."""

    reason = Text(max_length=500, help_text="Why it no longer counts. Recorded in the audit trail.")


def with_more(shape: type[DocumentIn]) -> type[DocumentIn]:
    """The shape of one document, with a list for those that come with it: `more` has the same members."""
    about = "Leave it empty if there is no other one. All documents are filed together, or none is."
    more: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=shape(), required=False, max_length=MOST_DOCUMENTS - 1, help_text=about
    )
    return type(f"{shape.__name__}AndMore", (shape,), {"more": more, "__doc__": shape.__doc__})


class FileDocument(Move[R]):
    """Upload documents into one module of the record, all or none; the subclass files them."""

    permission = "documents.add_document"
    about = (
        "To correct a document, upload a new one. The newest of each type counts; older ones stay on file."
    )
    shape: ClassVar[type[DocumentIn]] = with_more(DocumentIn)
    files = MOST_DOCUMENTS
    module: ClassVar[Module]

    def __init__(self, record: R, request: HttpRequest, item: Any = None) -> None:
        super().__init__(record, request, item)
        self.stored: list[Upload] = []

    def choices(self) -> Mapping[str, Choices]:
        return {"type": [(type.value, sentence_of(type.value.lower())) for type in types_of(self.module)]}

    def wanted_type(self) -> DocumentType | None:
        """The type that the record waits for."""
        return None

    def wire(self) -> Mapping[str, Any]:
        """The type that a link names, else the one that is waited for."""
        offered = {code for code, _ in self.choices()["type"]}
        asked = self.request.GET.get("type", "")
        return {"type": asked if asked in offered else self.wanted_type()}

    def prepare(self, form: ShapeForm) -> None:
        """Examine and store the files, once everything else about them is right. All of them, or none.

        :raises DomainError: why a file is refused; of several, `ValidationFailed` names each at its own field.
        """
        documents = [form.validated, *form.validated.pop("more", [])]
        prefixes = ["", *(f"more[{index}]." for index in range(len(documents) - 1))]
        if wrong := [
            error for each in zip(prefixes, documents, strict=True) for error in self.wrong_in(*each)
        ]:
            raise ValidationFailed(*wrong)
        self.stored = keep_all([f"{prefix}file" for prefix in prefixes], form.files)
        uploaded = zip(documents, self.stored, strict=True)
        form.validated = {"documents": [{**about, "upload": upload} for about, upload in uploaded]}

    def wrong_in(self, prefix: str, about: dict[str, Any]) -> list[FieldError]:
        """What filing would refuse, before its file is stored."""
        about.pop("file")
        days = about["document_on"], about.get("expires_on"), latest_day(self.seller, self.by)
        errors = [*errors_of_type(self.module, about["type"]), *errors_of_dates(about["type"], *days)]
        return [replace(error, field=f"{prefix}{error.field}") for error in errors]

    def undone(self, error: Exception) -> None:
        for upload in self.stored:
            discard_undone(upload.storage_key, error)

    def kept(self) -> None:
        """The serializer asks for the stored file; here that comes later, in `prepare`."""

    def guarded(self) -> None:
        """Adding writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        filed = self.file(data["documents"])
        return Done(f"Filed: {', '.join(sentence_of(document.type.lower()) for document in filed)}.")

    def file(self, documents: Sequence[dict[str, Any]]) -> list[Document]:
        """:param documents: each with its `upload` and what was said about it."""
        raise NotImplementedError


def keep_all(fields: Sequence[str], files: Mapping[str, Any]) -> list[Upload]:
    """Examine and store the file of each field; when one is refused, what was stored of the others is removed.

    :raises DomainError: a single file is refused, or none can be taken now.
    :raises ValidationFailed: some of several are refused; each is named at its field.
    """
    kept: list[Upload] = []
    refused: list[FieldError] = []
    try:
        for name in fields:
            try:
                kept.append(keep_upload(files.get(name)))
            except (ValidationFailed, UnsupportedMediaType, PayloadTooLarge) as error:
                if len(fields) == 1:
                    raise
                refused.append(FieldError(name, said_by(error)))
        if refused:
            raise ValidationFailed(*refused, FieldError("", NONE_FILED))
    except DomainError:
        for upload in kept:
            delete_blob(upload.storage_key)
        raise
    return kept


def said_by(error: DomainError) -> str:
    """The sentence without the name of the field that it will be shown at."""
    return " ".join(one.message for one in getattr(error, "errors", ())) or str(error.detail)


class ArchiveDocument(Move[R]):
    """Take a document out of the evidence; it is kept. `item` is its uuid."""

    name, label = "archive-document", "Archive"
    about = "The document is kept, but no longer counts as evidence. This cannot be undone."
    permission = "documents.change_document"
    shape = ArchiveIn
    is_danger = of_item = True

    def document(self) -> Document:
        found = Document.objects.filter(uuid=self.item).first()
        if found is None or not self.is_mine(found):
            raise NotFound("There is no such document here.")
        return found

    def is_mine(self, document: Document) -> bool:
        """Whether the document belongs to the record of the page."""
        return document.subject_uuid == getattr(self.record, "uuid", None)

    def papers(self) -> list[PaperShown]:
        document = self.document()
        may_look = document.module != Module.KYC or self.request.user.has_perm(READS_PEOPLE)
        return [paper_shown(document, self.request)] if may_look else []

    def guarded(self) -> Document:
        return self.document()

    def is_possible(self) -> bool:
        return self.document().status == Document.Status.ACTIVE

    def run(self, data: dict[str, Any]) -> Done:
        document = self.archive(self.document(), reason=data["reason"])
        return Done(f"Archived: {sentence_of(document.type.lower())}.")

    def archive(self, document: Document, *, reason: str) -> Document:
        raise NotImplementedError
