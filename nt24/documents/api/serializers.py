"""The shape of documents on the wire (contract 11)."""

from typing import Any

from rest_framework import serializers

from nt24.api.json import Day, Shape, Text
from nt24.api.pagination import PageQuery
from nt24.documents.models import Document, ScanStatus
from nt24.documents.types import DocumentType
from nt24.documents.uploads import Upload


class DocumentIn(Shape):
    """Multipart: every field arrives as text but the file."""

    type = serializers.ChoiceField(
        [type.value for type in DocumentType], help_text="What kind of document it is."
    )
    document_date = Day(source="document_on", help_text="The date on the document.")
    signed_wet = serializers.BooleanField(required=False, help_text="Signed by hand on paper.")
    file = serializers.FileField(help_text="PDF, JPEG or PNG, at most 20 MiB.")

    def validate_file(self, file: Any) -> Upload:
        """The view has examined and stored the file before the transaction; here it takes its result."""
        return self.context["view"].kept()


class DocumentPatch(Shape):
    status = serializers.ChoiceField(
        Document.Status.choices, help_text="ARCHIVED takes it out of the evidence, for good."
    )
    reason = Text(max_length=500, required=False)


class DocumentOut(Shape):
    uuid = serializers.UUIDField()
    type = serializers.ChoiceField([type.value for type in DocumentType])
    status = serializers.ChoiceField(Document.Status.choices)
    document_date = serializers.DateField(source="document_on")
    file_name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    signed_wet = serializers.BooleanField(required=False)
    scan_status = serializers.ChoiceField(ScanStatus.choices)
    source = serializers.ChoiceField(["API", "WEB_APP", "SYSTEM"])  # type: ignore[assignment]
    expires_at = serializers.DateField(source="expires_on", required=False)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DocumentQuery(PageQuery):
    SORTS = {"createdAt": "created_at", "documentDate": "document_on"}

    type = serializers.ChoiceField([type.value for type in DocumentType], required=False)
    status = serializers.ChoiceField(Document.Status.choices, required=False)
