"""Hands a document's bytes out so that no browser runs them, and only while they are still the same bytes."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.core.files.base import File
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from nt24.documents.models import HEIC, RELEASED, ContentType, ScanStatus
from nt24.documents.storage import open_blob, storage_faults
from nt24.errors import StateConflict

CHUNK_BYTES = 64 * 1024
EXTENSIONS: dict[str, tuple[str, ...]] = {
    ContentType.PDF: (".pdf",),
    ContentType.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    ContentType.PNG: (".png",),
    HEIC: (".heic", ".heif"),
}

log = structlog.get_logger(__name__)


class ContentHeldBack(StateConflict):
    """Infected files stay in quarantine; files the scanner has not seen wait (409)."""

    def __init__(self, document: "Received") -> None:
        why = {
            ScanStatus.INFECTED.value: "The virus scanner found something in this file; it is quarantined.",
            ScanStatus.PENDING.value: "This file is not yet scanned for viruses. Please try again later.",
        }
        super().__init__(why[document.scan_status], current=document)


class BlobAltered(RuntimeError):
    """What lies in the storage is not what was received; the answer breaks off before its last bytes."""


class Stored(Protocol):
    """A row that says where its bytes lie and what they must be: a document, an Export File."""

    uuid: Any
    storage_key: Any
    sha256: Any


class Received(Stored, Protocol):
    """A row of a received file: a document, or the draft of one that a buyer has not submitted yet."""

    file_name: Any
    content_type: Any
    scan_status: Any


class Handed(Received, Protocol):
    """A received file that people may take home."""

    size: Any
    version: Any

    def is_released(self) -> bool: ...


def download_response(document: Handed) -> StreamingHttpResponse:
    """Stream the file as an attachment. The caller has checked who asks, and writes the access log.

    :raises ContentHeldBack: infected or not scanned yet (409).
    :raises StorageUnavailable: the stored file cannot be opened (503).
    """
    if not document.is_released():
        raise ContentHeldBack(document)
    file = open_blob(document.storage_key)
    return StreamingHttpResponse(
        SameBytes(file, document),
        content_type=document.content_type,
        headers={
            "Content-Length": str(document.size),
            "Content-Disposition": content_disposition_header(True, download_name(document)) or "attachment",
            "ETag": f'"{document.version}"',
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def original_of(file: Received) -> bytes:
    """All of its bytes, for a reader in this process; nothing larger than `DOCUMENT_MAX_BYTES` was ever stored.

    :raises ContentHeldBack: infected or not scanned yet (409).
    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises BlobAltered: they are not the bytes that were received.
    """
    if file.scan_status not in RELEASED:
        raise ContentHeldBack(file)
    return bytes_of(file)


def bytes_of(file: Stored) -> bytes:
    """All of its bytes, also of one that the scanner has not seen: for the confined process only.

    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises BlobAltered: they are not the bytes that were received.
    """
    with closing(SameBytes(open_blob(file.storage_key), file)) as content:
        return b"".join(content)


class SameBytes:
    """The stored bytes, the last chunk only when all of them together are the bytes that were received."""

    def __init__(self, file: File, stored: Stored) -> None:
        self.file = file
        self.stored = stored

    def __iter__(self) -> Iterator[bytes]:
        """:raises BlobAltered: they are not the same; the client sees an incomplete answer."""
        digest, kept = hashlib.sha256(), b""
        while chunk := read_chunk(self.file, self.stored.storage_key):
            if kept:
                yield kept
            digest.update(chunk)
            kept = chunk
        if digest.hexdigest() != self.stored.sha256:
            log.error("blob_altered", record=str(self.stored.uuid), key=self.stored.storage_key)
            raise BlobAltered(str(self.stored.uuid))
        yield kept

    def close(self) -> None:
        """Called with the answer's end, also when the client went away."""
        self.file.close()


@contextmanager
def on_disk(content: SameBytes) -> Iterator[Path]:
    """A temporary file with the stored bytes, for a reader that needs a path.

    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises BlobAltered: they are not the bytes that were stored.
    """
    with closing(content), NamedTemporaryFile(prefix="stored-", dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        for chunk in content:
            file.write(chunk)
        file.flush()
        yield Path(file.name)


def read_chunk(file: File, key: str) -> bytes:
    with storage_faults("read", key):
        return bytes(file.read(CHUNK_BYTES))


def download_name(document: Received) -> str:
    """The label, ending as its content demands: `scan.exe` that is a PDF is saved as `scan.exe.pdf`."""
    endings = EXTENSIONS[document.content_type]
    name = document.file_name
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"
