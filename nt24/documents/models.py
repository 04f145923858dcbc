"""The evidence room: one row per received file. Rows are added and archived, never rewritten or deleted."""

import uuid
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from nt24.actors import Source
from nt24.documents.types import MAY_EXPIRE, DocumentType, Module, types_of
from nt24.records import Record


class ScanStatus(models.TextChoices):
    """What the virus scanner said (contract 11); SKIPPED means that none is configured."""

    PENDING = "PENDING"
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"
    SKIPPED = "SKIPPED"


# An infected file is quarantined for good; one that the scanner has not seen yet is held back.
RELEASED = (ScanStatus.CLEAN, ScanStatus.SKIPPED)


class ContentType(models.TextChoices):
    """What is accepted, told by content and never by name (contract 11)."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


HEIC = "image/heic"  # taken from buyers only, and as a part of a PDF (`Original`)


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, module: Module, subject_uuid: UUID) -> "DocumentQuerySet":
        """The documents of one parent: an order's in one module, or a buyer's KYC."""
        return self.filter(subject_uuid=subject_uuid, module=module)

    def counting(self, on: date) -> "DocumentQuerySet":
        """Those that prove something on that day: active, released by the scanner, not expired."""
        return self.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=on),
            status=Document.Status.ACTIVE,
            scan_status__in=RELEASED,
        )

    def newest_counting(self, on: date) -> dict[str, "Document"]:
        """Type → the newest counting document of that type; meant for the documents of one subject.

        A newer file that is infected, unscanned or expired does not hide an older one that still proves the
        fact.
        """
        return {document.type: document for document in self.counting(on).order_by("pk")}

    def waiting_for_scan(self) -> "DocumentQuerySet":
        return self.filter(scan_status=ScanStatus.PENDING).order_by("pk")


def is_one_of_its_modules_types() -> Q:
    """The database's own copy of the table in `types.py`."""
    pairs = Q()
    for module in Module:
        pairs |= Q(module=module.value, type__in=[type.value for type in types_of(module)])
    return pairs


class Document(Record):
    """One file as it was received: the stored bytes are the received bytes, and `sha256` is theirs.

    `subject_uuid` is the order's uuid, for KYC the buyer's: this app knows neither of them.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        ARCHIVED = "ARCHIVED"

    # A correction is a new row, so an archived document never comes back.
    MOVES: ClassVar[dict[str, set[str]]] = {Status.ACTIVE: {Status.ARCHIVED}, Status.ARCHIVED: set()}
    EVENT_PREFIX: ClassVar[str] = "document"

    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="documents")
    module = models.CharField(max_length=10, choices=[(module.value, module.value) for module in Module])
    subject_uuid = models.UUIDField()
    type = models.CharField(max_length=40, choices=[(type.value, type.value) for type in DocumentType])
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    document_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    file_name = models.CharField(max_length=150)  # a label for people, never a path
    content_type = models.CharField(max_length=20, choices=ContentType.choices)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # lower-case hex
    storage_key = models.CharField(max_length=100, unique=True)
    signed_wet = models.BooleanField(null=True, blank=True)
    scan_status = models.CharField(max_length=8, choices=ScanStatus.choices)
    source = models.CharField(max_length=8, choices=[(source.value, source.value) for source in Source])
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_reason = models.CharField(max_length=500, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["subject_uuid", "module", "type", "status"], name="document_by_subject"),
            models.Index(fields=["sha256"], name="document_by_sha256"),
            models.Index(
                fields=["id"], condition=Q(scan_status=ScanStatus.PENDING), name="document_waiting_for_scan"
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(scan_status=ScanStatus.INFECTED),
                name="document_in_quarantine",
            ),
            models.Index(
                fields=["expires_on"], condition=Q(expires_on__isnull=False), name="document_that_expires"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="document_type_belongs_to_its_module", condition=is_one_of_its_modules_types()
            ),
            models.CheckConstraint(
                name="document_archived_has_a_time",
                condition=Q(status="ACTIVE", archived_at__isnull=True, archived_reason="")
                | Q(status="ARCHIVED", archived_at__isnull=False),
            ),
            models.CheckConstraint(
                name="document_scan_status_is_known", condition=Q(scan_status__in=ScanStatus.values)
            ),
            models.CheckConstraint(
                name="document_content_type_is_accepted", condition=Q(content_type__in=ContentType.values)
            ),
            models.CheckConstraint(
                name="document_source_is_known", condition=Q(source__in=[source.value for source in Source])
            ),
            models.CheckConstraint(name="document_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="document_only_some_types_expire",
                condition=Q(expires_on__isnull=True) | Q(type__in=sorted(type.value for type in MAY_EXPIRE)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.uuid}"

    def is_released(self) -> bool:
        """True when its content may be handed out."""
        return self.scan_status in RELEASED

    def order_uuid(self) -> UUID | None:
        """The order it belongs to; a buyer's KYC document belongs to none."""
        return None if self.module == Module.KYC else self.subject_uuid


class Original(models.Model):
    """A file as its sender had it, beside the document that was put together from it and others."""

    version = 0  # only what the scanner says of it changes

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="originals")
    position = models.PositiveSmallIntegerField()  # of its pages in the document
    file_name = models.CharField(max_length=150)  # a label for people, never a path
    content_type = models.CharField(max_length=20, choices=[*ContentType.choices, (HEIC, "Heic")])
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # lower-case hex
    storage_key = models.CharField(max_length=100, unique=True)
    scan_status = models.CharField(max_length=8, choices=ScanStatus.choices)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "position"], name="original_has_its_own_position")
        ]

    def __str__(self) -> str:
        return f"Original {self.uuid}"

    def is_released(self) -> bool:
        """True when its content may be handed out."""
        return self.scan_status in RELEASED


class SealedFile(models.Model):
    """The register of everything NT24 has sealed, by the hash of the whole file; `/verify` asks it.

    It holds no file. `subject_uuid` is the order's uuid, of a paper about a buyer the buyer's.
    """

    class Kind(models.TextChoices):
        EXPORT_FILE = "EXPORT_FILE", "Export File"
        KYC_PROFILE = "KYC_PROFILE", "KYC profile"
        AML_DECLARATION = "AML_DECLARATION", "AML declaration"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    sha256 = models.CharField(max_length=64, unique=True)  # lower-case hex
    subject_uuid = models.UUIDField()
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256}"
