"""Every write to the evidence room: file, archive, and note what the scanner said.

This app knows no orders and no buyers, so it cannot say whose facts have changed: whoever calls one of
these sends `nt24.events.evidence_changed` for the order or buyer, in the same transaction.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils import timezone

from nt24.actors import Actor
from nt24.audit.access import note_access
from nt24.documents.models import Document, Original, ScanStatus
from nt24.documents.types import MAY_EXPIRE, DocumentType, Module, module_of, types_of
from nt24.documents.uploads import Upload
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.events import announce
from nt24.lifecycle import move
from nt24.partners.days import latest_day
from nt24.partners.models import Seller
from nt24.records import action


@action
def file_document(
    *,
    module: Module,
    subject_uuid: UUID,
    seller: Seller,
    type: str,
    document_on: date,
    upload: Upload,
    signed_wet: bool | None = None,
    by: Actor,
    expires_on: date | None = None,
    reason: str = "",
    originals: Sequence[Upload] = (),
) -> Document:
    """Add a document to an order's module (`subject_uuid` is the order) or to a buyer's KYC (the buyer).

    `originals` are kept beside a document that was put together from them, in this order.

    The same file may be filed twice: rows are only added, and the newest active one of a type counts.
    Afterwards the caller sends `evidence_changed`.

    :raises ValidationFailed: unknown type, a type of another module, a date in the future, an end date
        before it.
    """
    require_valid(
        module=module,
        type=type,
        document_on=document_on,
        expires_on=expires_on,
        latest=latest_day(seller, by),
    )
    document = Document.objects.create(
        module=module,
        subject_uuid=subject_uuid,
        seller=seller,
        type=type,
        document_on=document_on,
        expires_on=expires_on,
        signed_wet=signed_wet,
        source=by.source,
        file_name=upload.file_name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=upload.sha256,
        storage_key=upload.storage_key,
        scan_status=upload.scan_status,
    )
    keep_originals(document, originals)
    announce(
        document,
        "document.filed",
        by=by,
        seller=seller,
        order_uuid=document.order_uuid(),
        changes={
            "type": [None, document.type],
            "sha256": [None, document.sha256],
            "scanStatus": [None, document.scan_status],
            **({"originals": [None, [original.sha256 for original in originals]]} if originals else {}),
        },
        reason=reason,
    )
    return document


def keep_originals(document: Document, originals: Sequence[Upload]) -> None:
    Original.objects.bulk_create(
        Original(
            document=document,
            position=position,
            file_name=original.file_name,
            content_type=original.content_type,
            size=original.size,
            sha256=original.sha256,
            storage_key=original.storage_key,
            scan_status=original.scan_status,
        )
        for position, original in enumerate(originals)
    )


@action
def archive_document(document: Document, *, reason: str, by: Actor, expected_version: int | None) -> Document:
    """Take it out of the evidence; row and bytes stay. Afterwards the caller sends `evidence_changed`.

    :raises VersionMismatch: `expected_version` is not its version, or somebody changes it at the same time.
    :raises MoveNotAllowed: it is archived already.
    """
    document.expect_version(expected_version)
    document.archived_at = timezone.now()
    document.archived_reason = reason
    move(
        document,
        Document.Status.ARCHIVED,
        by=by,
        also=("archived_at", "archived_reason"),
        reason=reason,
        seller=document.seller,
        order_uuid=document.order_uuid(),
    )
    return document


@action
def record_scan(document: Document, result: ScanStatus, *, by: Actor) -> Document:
    """Note what the scanner said about a document that was waiting for it; still waiting changes nothing.

    Afterwards the caller sends `evidence_changed`: the document may have begun to count.

    :raises StateConflict: it has a result already, and a result is final.
    """
    if document.scan_status != ScanStatus.PENDING:
        raise StateConflict(f"This document has been scanned: {document.scan_status}.", current=document)
    if result == ScanStatus.PENDING:
        return document
    document.scan_status = result
    document.save_changes("scan_status")
    announce(
        document,
        f"document.scan_{result.lower()}",
        by=by,
        seller=document.seller,
        order_uuid=document.order_uuid(),
        changes={"scanStatus": [ScanStatus.PENDING.value, result.value]},
    )
    return document


def record_scan_of_original(original: Original, result: ScanStatus, *, by: Actor) -> None:
    """Note what the scanner said about a file behind a document; of two at once, one writes.

    It changes no evidence: the document that was put together from it has been scanned on its own.
    """
    waiting = Original.objects.filter(pk=original.pk, scan_status=ScanStatus.PENDING)
    if result == ScanStatus.PENDING or not waiting.update(scan_status=result):
        return
    announce(
        original.document,
        f"document.original_scan_{result.lower()}",
        by=by,
        seller=original.document.seller,
        order_uuid=original.document.order_uuid(),
        changes={"sha256": [None, original.sha256], "scanStatus": [ScanStatus.PENDING.value, result.value]},
    )


def require_valid(
    *, module: Module, type: str, document_on: date, expires_on: date | None, latest: date
) -> None:
    """Say everything that is wrong at once; `latest` is the last day that is not in the future.

    :raises ValidationFailed: with one error per member.
    """
    errors = [*errors_of_type(module, type), *errors_of_dates(type, document_on, expires_on, latest)]
    if errors:
        raise ValidationFailed(*errors)


def errors_of_type(module: Module, type: str) -> list[FieldError]:
    if type in types_of(module):
        return []
    if type in set(DocumentType):
        belongs = module_of(DocumentType(type)).value.lower()
        return [FieldError("type", f"{type} belongs to {belongs} documents.", type)]
    return [FieldError("type", f"Must be one of {', '.join(types_of(module))}.", type)]


def errors_of_dates(type: str, document_on: date, expires_on: date | None, latest: date) -> list[FieldError]:
    errors = []
    if document_on > latest:
        errors.append(FieldError("documentDate", "Must not be in the future.", document_on.isoformat()))
    if expires_on is not None and type not in MAY_EXPIRE:
        errors.append(
            FieldError("expiresAt", "This type of document does not expire.", expires_on.isoformat())
        )
    elif expires_on is not None and expires_on < document_on:
        errors.append(FieldError("expiresAt", "Must not be before documentDate.", expires_on.isoformat()))
    return errors


@action
def note_document_read(document: Document, *, by: Actor, purpose: str = "") -> None:
    """Write the access log entry of a look at a buyer's KYC paper; papers of orders are business data."""
    if document.module == Module.KYC:
        note_access(
            document, "kyc_document.read", by=by, seller=document.seller, purpose=purpose, type=document.type
        )
