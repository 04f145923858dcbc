"""One case as a folder, in a ZIP: every sealed Export File, the originals, the trail, and what the API says of it.

Evidence that is missing is loud: what is not in the folder is named, with the reason, in the first lines of its
README, in the manifest, in the log and in the trail. Only a storage that does not answer stops the whole.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.http import FileResponse
from django.template.loader import render_to_string
from django.utils import timezone

from compliance.case_record import CaseRecord, case_record
from compliance.dossier import plain_name
from compliance.models import ExportFile
from nt24.actors import Actor
from nt24.api.json import encode
from nt24.audit.access import note_access
from nt24.audit.extract import checkpoint_row, entry_rows, link_rows, spans_of
from nt24.audit.form import serialised
from nt24.documents.downloads import BlobAltered, SameBytes, download_name
from nt24.documents.models import Document, ScanStatus
from nt24.documents.storage import StorageUnavailable, open_blob
from nt24.errors import FieldError, ValidationFailed
from orders.models import Order

FORMAT = "nt24.case-folder/1"
MANIFEST, README, RECORD = "manifest.json", "README.txt", "order.json"
TRAIL, LINKS, CHECKPOINTS = "audit.jsonl", "audit-links.jsonl", "audit-checkpoints.json"
IN_MEMORY = 1024 * 1024  # of a file while it is checked; more of it waits on the disk
CHUNK_BYTES = 64 * 1024
MAX_PURPOSE = 1000  # characters; what an entry of the trail holds
PACKED = (".pdf", ".jpg", ".jpeg", ".png")  # packing them again costs time and saves nothing
EARLIEST, LATEST = (
    datetime(1980, 1, 1, tzinfo=UTC),
    datetime(2107, 12, 31, tzinfo=UTC),
)  # that a ZIP can write
HELD_BACK = {
    ScanStatus.INFECTED.value: "The virus scanner found something in it; it is quarantined.",
    ScanStatus.PENDING.value: "The virus scanner has not looked at it yet.",
}
MISSING = "The storage does not have it any more."
ALTERED = "What lies in the storage is not what was received."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of the case that is not in the folder."""

    path: str
    uuid: UUID
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it; `sha256` is that of the manifest, which names those of all files."""

    name: str
    files: int
    left_out: tuple[LeftOut, ...]
    sha256: str

    @property
    def is_complete(self) -> bool:
        return not self.left_out


def case_folder_response(order: Order, *, by: Actor, purpose: str) -> FileResponse:
    """The folder as a download. It is finished before the first byte is sent. The caller has checked who asks.

    :raises ValidationFailed, StorageUnavailable: as `write_case_folder`.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    try:
        written = write_case_folder(order, file, by=by, purpose=purpose)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, as_attachment=True, filename=f"{written.name}.zip", headers=headers)


def write_case_folder(order: Order, file: IO[bytes], *, by: Actor, purpose: str) -> Written:
    """Write the ZIP into `file`, a chunk at a time, and the entry of the access log. Takes seconds.

    :raises ValidationFailed: no purpose is given, or a novel; the folder is full of personal data.
    :raises StorageUnavailable: the storage does not answer, or has none of the files (503). `file` is useless then.
    """
    if not 0 < len(purpose.strip()) <= MAX_PURPOSE:
        why = f"Say in at most {MAX_PURPOSE} characters what the personal data is needed for."
        raise ValidationFailed(FieldError("purpose", why))
    record = case_record(order)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        folder = Folder(archive, record, by, purpose)
        write_evidence(folder)
        write_record(folder)
        folder.add(README, [readme_of(folder)])
        manifest = folder.add(MANIFEST, [as_text(manifest_of(folder))])
    note_access(
        record.order,
        "case.exported",
        by=by,
        seller=record.order.seller,
        purpose=purpose,
        manifest=[None, manifest],
        files=[None, len(folder.files)],
        left_out=[None, [str(one.uuid) for one in folder.left_out]],
    )
    return Written(folder.name, len(folder.files), tuple(folder.left_out), manifest)


@dataclass(slots=True)
class Folder:
    """A folder that is being written: what has gone in, and what could not."""

    archive: zipfile.ZipFile
    record: CaseRecord
    by: Actor
    purpose: str
    at: datetime = field(default_factory=timezone.now)
    files: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    checkpoints: int = 0  # signatures of the chain that are in it

    @property
    def name(self) -> str:
        return f"case-{plain_name(f'{self.record.order.external_order_id}.zip').removesuffix('.zip')}"

    def add(self, path: str, content: Iterable[bytes], *, at: datetime | None = None, **about: Any) -> str:
        """Write one file and take it into the manifest; its SHA-256."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(self.entry(path, at or self.at), "w", force_zip64=True) as target:
            for chunk in content:
                digest.update(chunk)
                size += target.write(chunk)
        self.files.append({"path": path, "sha256": digest.hexdigest(), "size": size, **about})
        return digest.hexdigest()

    def entry(self, path: str, at: datetime) -> zipfile.ZipInfo:
        moment = min(max(at, EARLIEST), LATEST).astimezone(UTC)
        entry = zipfile.ZipInfo(f"{self.name}/{path}", moment.timetuple()[:6])
        is_packed_already = PurePosixPath(path).suffix in PACKED
        entry.compress_type = zipfile.ZIP_STORED if is_packed_already else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return entry


# --- The evidence --------------------------------------------------------------------------------------------------


def write_evidence(folder: Folder) -> None:
    """Export Files and originals, each only when its bytes are those of its row.

    :raises StorageUnavailable: it does not answer, or nothing at all lies there, as on a disk that is not mounted.
    """
    missing = 0
    for path, row in evidence_of(folder.record):
        reason = HELD_BACK.get(getattr(row, "scan_status", ""))
        if reason is None and (reason := write_same_bytes(folder, path, row)):
            log.error("case_file_lost", order=str(folder.record.order.uuid), record=str(row.uuid), why=reason)
            missing += reason == MISSING
        if reason is not None:
            folder.left_out.append(LeftOut(path, row.uuid, row.sha256, reason))
    if missing and not folder.files:
        raise StorageUnavailable


def evidence_of(record: CaseRecord) -> Iterator[tuple[str, ExportFile | Document]]:
    for version in record.versions:
        yield f"export-files/export-file-v{version.number}.pdf", version
    for number, document in enumerate(record.documents, start=1):
        archived = "-archived" if document.status == Document.Status.ARCHIVED else ""
        label = PurePosixPath(plain_name(download_name(document)))
        yield f"originals/{number:03d}-{document.type}{archived}-{label}", document


def write_same_bytes(folder: Folder, path: str, row: ExportFile | Document) -> str | None:
    """Why it could not be written, if so. It waits on the disk until all of it has been compared with its hash.

    :raises StorageUnavailable: the storage does not answer.
    """
    at = row.generated_at if isinstance(row, ExportFile) else row.created_at
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as checked:
        try:
            with closing(SameBytes(open_blob(row.storage_key), row)) as content:
                for chunk in content:
                    checked.write(chunk)
        except BlobAltered:
            return ALTERED
        except StorageUnavailable as failure:
            if isinstance(failure.__cause__, FileNotFoundError):
                return MISSING
            raise
        checked.seek(0)
        folder.add(path, iter(lambda: checked.read(CHUNK_BYTES), b""), at=at, uuid=row.uuid)
    return None


# --- What is told beside it ----------------------------------------------------------------------------------------


def write_record(folder: Folder) -> None:
    """The case as the API shows it, its part of the trail, and what ties that to our signature."""
    entries = folder.record.entries
    spans = spans_of(entries)
    folder.checkpoints = len(spans)
    folder.add(RECORD, [as_text(folder.record.members)])
    folder.add(TRAIL, as_lines(entry_rows(entries)))
    folder.add(LINKS, as_lines(link_rows(spans)))
    folder.add(CHECKPOINTS, [as_text([checkpoint_row(span.checkpoint) for span in spans])])


def manifest_of(folder: Folder) -> dict[str, Any]:
    order = folder.record.order
    return {
        "format": FORMAT,
        "order": {"uuid": order.uuid, "externalOrderId": order.external_order_id},
        "writtenAt": folder.at,
        "writtenBy": folder.by.label,
        "purpose": folder.purpose,
        "isComplete": not folder.left_out,
        "files": folder.files,
        "leftOut": [
            {"path": one.path, "uuid": one.uuid, "sha256": one.sha256, "reason": one.reason}
            for one in folder.left_out
        ],
    }


def readme_of(folder: Folder) -> bytes:
    return render_to_string(
        "compliance/case_folder/README.txt",
        {
            "order": folder.record.order,
            "rollup": folder.record.members["compliance"],
            "folder": folder,
            "public_url": settings.PUBLIC_URL,
            "sealed": sum(hasattr(entry, "link") for entry in folder.record.entries),
        },
    ).encode()


def as_text(members: Any) -> bytes:
    """The API's JSON, for people to read."""
    return orjson.dumps(orjson.loads(encode(members)), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    return (serialised(row) + b"\n" for row in rows)
