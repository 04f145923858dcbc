"""What staff do with papers: file one, take one out of the evidence. The feature app says whose papers they are."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.db.models import Model

from nt24.api.json import Shape, Text
from nt24.documents.api.serializers import DocumentIn
from nt24.documents.models import Document
from nt24.documents.storage import discard_undone
from nt24.documents.types import DocumentType, Module, types_of
from nt24.documents.uploads import Upload, keep_upload
from nt24.errors import NotFound
from nt24.staff.fields import Choices
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move
from nt24.staff.timeline import sentence_of

R = TypeVar("R", bound=Model)


class ArchiveIn(Shape):
    """The contract's archiving (11), with the reason that staff always give."""

    reason = Text(max_length=500, help_text="Why it does not count any more; stands in the trail.")


class FileDocument(Move[R]):
    """Upload a paper into one module of the record; the subclass files it."""

    permission = "documents.add_document"
    about = (
        "To correct a document, upload a new one. The newest of each type counts; older ones stay on file."
    )
    shape = DocumentIn
    module: ClassVar[Module]
    stored: Upload | None = None

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
        """Examine and store the file, once everything else about it is right.

        :raises DomainError: why the file is refused.
        """
        form.validated["file"] = self.stored = keep_upload(form.files.get("file"))

    def undone(self, error: Exception) -> None:
        if self.stored is not None:
            discard_undone(self.stored.storage_key, error)

    def kept(self) -> None:
        """The serializer asks for the stored file; here that comes later, in `prepare`."""

    def guarded(self) -> None:
        """Adding writes over nothing."""

    def run(self, data: dict[str, Any]) -> Done:
        document = self.file(upload=data.pop("file"), **data)
        return Done(f"Filed: {sentence_of(document.type.lower())}.")

    def file(self, **about: Any) -> Document:
        raise NotImplementedError


class ArchiveDocument(Move[R]):
    """Take a paper out of the evidence; it is kept. `item` is its uuid."""

    name, label = "archive-document", "Archive"
    about = "The paper stays in the file for ever, and proves nothing from now on. This cannot be taken back."
    permission = "documents.change_document"
    shape = ArchiveIn
    is_danger = of_item = True

    def document(self) -> Document:
        found = Document.objects.filter(uuid=self.item).first()
        if found is None or not self.is_mine(found):
            raise NotFound("There is no such paper here.")
        return found

    def is_mine(self, document: Document) -> bool:
        """Whether the paper belongs to the record of the page."""
        return document.subject_uuid == getattr(self.record, "uuid", None)

    def guarded(self) -> Document:
        return self.document()

    def is_possible(self) -> bool:
        return self.document().status == Document.Status.ACTIVE

    def run(self, data: dict[str, Any]) -> Done:
        document = self.archive(self.document(), reason=data["reason"])
        return Done(f"Archived: {sentence_of(document.type.lower())}.")

    def archive(self, document: Document, *, reason: str) -> Document:
        raise NotImplementedError
