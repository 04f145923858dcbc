"""Takes a file in from the network: counts and hashes while it arrives, and stops when it gets too large."""

import hashlib
import io
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from nt24.documents.content import inspect
from nt24.documents.models import ScanStatus
from nt24.documents.scanning import scan
from nt24.documents.storage import UPLOADS, store_blob
from nt24.errors import FieldError, PayloadTooLarge, ValidationFailed

MEMORY_BYTES = 1024 * 1024  # a file up to this size never touches the disk here
FORM_BYTES = 64 * 1024  # what the other fields and the multipart frame may add to the file
LABEL_CHARACTERS = 150
EXTENSION_CHARACTERS = 10
UNNAMED = "document"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has been looked at, scanned and stored, and waits for its row."""

    file_name: str
    content_type: str
    size: int
    sha256: str
    storage_key: str
    scan_status: ScanStatus
    pages: int = 1


class ReceivedFile(UploadedFile):
    """A received file, in memory or in a temporary file that goes with it; `sha256` is of all its bytes."""

    def __init__(self, file: IO[bytes], name: str, *, size: int, sha256: str, content_type: str = "") -> None:
        super().__init__(file, clean_label(name), content_type, size)
        self.bytes = file
        self.sha256 = sha256

    def source(self) -> bytes | Path:
        """Where a helper process finds the bytes: on disk, or, when small, right here."""
        if isinstance(self.bytes, io.BytesIO):
            return self.bytes.getvalue()
        self.bytes.flush()
        return Path(self.bytes.name)


class EvidenceUploadHandler(FileUploadHandler):
    """Django's door for multipart files. Refuses a file that exceeds `max_bytes`, and a request whose files together
    exceed `max_total`, which is the same unless a form takes several.

    Set it before the form is parsed: `accept_evidence(request)`. The error passes through the parser to the
    caller.
    """

    chunk_size = 64 * 1024

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        max_bytes: int | None = None,
        max_total: int | None = None,
    ) -> None:
        super().__init__(request)
        self.max_bytes: int = max_bytes or settings.DOCUMENT_MAX_BYTES
        self.max_total: int = max_total or self.max_bytes
        self.received = 0  # over all files of the request: many files are no way round the limit

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],  # noqa: N803  Django passes it by this name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse a request that announces too much before a byte of it is read.

        :raises PayloadTooLarge: always before reading.
        """
        if content_length > self.max_total + FORM_BYTES:
            raise self.too_much()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.size = 0
        self.digest = hashlib.sha256()
        self.spool: IO[bytes] = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next bytes; whatever Content-Length said, what counts is what arrives.

        :raises PayloadTooLarge: at the first byte too many; the rest is not read.
        """
        self.received += len(raw_data)
        self.size += len(raw_data)
        if self.size > self.max_bytes or self.received > self.max_total:
            self.spool.close()
            raise too_large(self.max_bytes) if self.size > self.max_bytes else self.too_much()
        self.digest.update(raw_data)
        if self.size > MEMORY_BYTES and isinstance(self.spool, io.BytesIO):
            self.spool = moved_to_disk(self.spool)
        self.spool.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        self.spool.seek(0)
        return ReceivedFile(
            self.spool,
            self.file_name or "",
            size=self.size,
            sha256=self.digest.hexdigest(),
            content_type=self.content_type or "",
        )

    def too_much(self) -> PayloadTooLarge:
        """More than one request may have."""
        if self.max_total == self.max_bytes:
            return too_large(self.max_bytes)
        return PayloadTooLarge(
            f"The files of one form may have at most {self.max_total // (1024 * 1024)} MiB together."
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "spool"):
            self.spool.close()


def accept_evidence(request: HttpRequest, *, several: bool = False) -> None:
    """Let files of this request in only by `EvidenceUploadHandler`; call it before the form is read."""
    max_total = settings.DOCUMENTS_MAX_BYTES if several else None
    request.upload_handlers = [EvidenceUploadHandler(request, max_total=max_total)]


def accept_sealed_file(request: HttpRequest) -> None:
    """The same for a file that we have sealed, which may hold many documents."""
    handler = EvidenceUploadHandler(request, max_bytes=settings.EXPORT_FILE_MAX_BYTES)
    request.upload_handlers = [handler]


def too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A file may have at most {max_bytes // (1024 * 1024)} MiB.")


def moved_to_disk(memory: io.BytesIO) -> IO[bytes]:
    """A temporary file with the same bytes, open at their end; closing it deletes it."""
    file = tempfile.NamedTemporaryFile(prefix="upload-", dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
    file.write(memory.getbuffer())
    return file


def received(content: bytes, name: str) -> ReceivedFile:
    """Bytes that are here already (a fetched report, a fixture) in the shape of an upload."""
    return ReceivedFile(
        io.BytesIO(content), name, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def keep_upload(file: object, *, takes_heic: bool = False) -> Upload:
    """Look at the file, scan and store it. All of it is I/O: call it before the transaction begins.

    A stored file whose row never comes is swept later (`storage.sweep_orphans`).

    :raises ValidationFailed: no file was sent, or it is not acceptable (422 on `file`).
    :raises UnsupportedMediaType: it is no PDF, JPEG or PNG (415).
    :raises Unavailable: the storage or the examiner cannot take it now (503).
    """
    if not isinstance(file, ReceivedFile):
        raise ValidationFailed(FieldError("file", "Send the file as a multipart file part."))
    inspected = inspect(file, takes_heic=takes_heic)
    scan_status = scan(file)  # before the storage: some storages close what they have sent
    return Upload(
        file_name=str(file.name),
        content_type=inspected.content_type,
        size=int(file.size or 0),
        sha256=file.sha256,
        storage_key=store_blob(file, file.sha256, folder=UPLOADS),
        scan_status=scan_status,
        pages=inspected.pages or 1,
    )


def clean_label(name: str) -> str:
    """A given file name as a harmless label: no path, nothing invisible, at most 150 characters.

    Letters of every script stay. What decides anything is the content, so the label is only for people.
    """
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    # categories C*: control, format (right-to-left override), surrogate, private, unassigned; Zl, Zp: line
    # breaks
    visible = "".join(
        " " if unicodedata.category(character) in ("Zl", "Zp", "Zs", "Cc") else character
        for character in last
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")
    )
    label = re.sub(r" +", " ", visible).strip(" .") or UNNAMED
    return shortened(label)


def shortened(label: str) -> str:
    """Cut in the middle, so that the extension survives."""
    if len(label) <= LABEL_CHARACTERS:
        return label
    stem, dot, extension = label.rpartition(".")
    if not dot or len(extension) > EXTENSION_CHARACTERS:
        return label[:LABEL_CHARACTERS]
    return f"{stem[: LABEL_CHARACTERS - len(extension) - 1]}.{extension}"
