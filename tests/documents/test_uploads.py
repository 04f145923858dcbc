"""Files on their way in: counted, hashed, cut off, named harmlessly."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from nt24.documents.content import NotAcceptedType, UnacceptableContent
from nt24.documents.models import ScanStatus
from nt24.documents.uploads import (
    ReceivedFile,
    Upload,
    accept_evidence,
    clean_label,
    keep_upload,
    received,
)
from nt24.errors import PayloadTooLarge, ValidationFailed
from tests.documents.hostile import encrypted_pdf
from tests.factories.documents import SMALL_PDF

MIB = 1024 * 1024
BOUNDARY = "frame"


def posted(*parts: tuple[str, bytes], announced: int | None = None, encoding: str = "") -> WSGIRequest:
    """A multipart request with files; `announced` is its Content-Length when that is to be wrong."""
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
        + f"{encoding}\r\n".encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    body += f"--{BOUNDARY}--\r\n".encode()
    frame = {
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(len(body) if announced is None else announced),
        "wsgi.input": CountingStream(body),
    }
    request = WSGIRequest({**RequestFactory().post("/").environ, **frame})
    accept_evidence(request)
    return request


class CountingStream(io.BytesIO):
    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.taken += len(content)
        return content


@pytest.mark.parametrize("size", [1, 64 * 1024, MIB, MIB + 1, 3 * MIB])
def test_a_file_is_hashed_while_it_arrives(size):
    content = bytes(range(256)) * (size // 256 + 1)
    file = posted(("a.pdf", content[:size])).FILES["file"]

    assert file.size == size
    assert file.sha256 == hashlib.sha256(content[:size]).hexdigest()
    assert file.read() == content[:size]


def test_a_small_file_stays_in_memory():
    file = posted(("a.pdf", bytes(MIB))).FILES["file"]

    assert file.source() == bytes(MIB)


def test_a_larger_file_lies_on_disk_as_long_as_it_is_open():
    file = posted(("a.pdf", bytes(MIB + 1))).FILES["file"]

    place = file.source()
    assert isinstance(place, Path)
    assert place.read_bytes() == bytes(MIB + 1)

    file.close()
    assert not place.exists()


def test_the_announced_encoding_of_a_part_is_undone():
    file = posted(
        ("a.pdf", base64.b64encode(SMALL_PDF)), encoding="Content-Transfer-Encoding: base64\r\n"
    ).FILES["file"]

    assert file.read() == SMALL_PDF
    assert file.sha256 == hashlib.sha256(SMALL_PDF).hexdigest()


def test_twenty_mebibytes_are_the_limit(settings):
    assert settings.DOCUMENT_MAX_BYTES == 20 * MIB
    assert posted(("a.pdf", bytes(20 * MIB))).FILES["file"].size == 20 * MIB

    with pytest.raises(PayloadTooLarge) as refusal:
        _ = posted(("a.pdf", bytes(20 * MIB + 1))).FILES

    assert (refusal.value.status, refusal.value.detail) == (413, "A file may have at most 20 MiB.")


def test_a_request_that_announces_too_much_is_not_read_at_all():
    request = posted(("a.pdf", b"x"), announced=21 * MIB)

    with pytest.raises(PayloadTooLarge):
        _ = request.FILES

    assert request.environ["wsgi.input"].taken == 0


def test_reading_stops_when_the_limit_is_passed_whatever_was_announced(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.DOCUMENT_MAX_BYTES = 2 * MIB
    request = posted(("a.pdf", bytes(12 * MIB)), announced=2 * MIB + 60_000)

    with pytest.raises(PayloadTooLarge):
        _ = request.FILES

    assert request.environ["wsgi.input"].taken <= 2 * MIB + 64 * 1024
    assert list(tmp_path.iterdir()) == []


def test_many_files_are_no_way_round_the_limit(settings):
    settings.DOCUMENT_MAX_BYTES = 100_000

    with pytest.raises(PayloadTooLarge):
        _ = posted(("a.pdf", bytes(60_000)), ("b.pdf", bytes(60_000))).FILES


def test_a_file_that_ends_early_is_what_arrived():
    file = posted(("a.pdf", SMALL_PDF), announced=10_000).FILES["file"]

    assert file.read() == SMALL_PDF


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("Rechnung Müller & Söhne.pdf", "Rechnung Müller & Söhne.pdf"),
        ("Ελληνικά Договор 契約.pdf", "Ελληνικά Договор 契約.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\k\\cmr.pdf", "cmr.pdf"),
        ("/abs/..", "document"),
        ("", "document"),
        (" . ", "document"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("a\x00b\x1b[31m.pdf", "a b [31m.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("zero\u200bwidth\ufeff.pdf", "zerowidth.pdf"),
        ("line\u2028break.pdf", "line break.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 300, "x" * 150),
        ("a." + "x" * 300, "a." + "x" * 148),
        ('quote".pdf', 'quote".pdf'),
    ],
)
def test_a_given_name_becomes_a_harmless_label(given, label):
    assert clean_label(given) == label


def test_an_upload_has_the_label_and_not_the_path():
    file = posted(("../../cmr.pdf", SMALL_PDF)).FILES["file"]

    assert isinstance(file, ReceivedFile)
    assert file.name == "cmr.pdf"


def test_a_good_file_is_looked_at_and_stored(files):
    upload = keep_upload(received(SMALL_PDF, "C:\\scans\\cmr.exe"))

    assert upload == Upload(
        file_name="cmr.exe",
        content_type="application/pdf",
        size=len(SMALL_PDF),
        sha256=hashlib.sha256(SMALL_PDF).hexdigest(),
        storage_key=upload.storage_key,
        scan_status=ScanStatus.SKIPPED,
    )
    assert (files / upload.storage_key).read_bytes() == SMALL_PDF


def test_a_large_file_is_looked_at_where_it_lies(files):
    padding = b"%" + b"-" * 2 * MIB + b"\n"
    start = SMALL_PDF.index(b"xref\n0")
    content = (
        SMALL_PDF[:start]
        + padding
        + SMALL_PDF[start:].replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + len(padding)))
    )

    upload = keep_upload(posted(("a.pdf", content)).FILES["file"])

    assert (upload.content_type, upload.size) == ("application/pdf", len(content))
    assert (files / upload.storage_key).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", NotAcceptedType), (b"MZ", NotAcceptedType), (encrypted_pdf(user="secret"), UnacceptableContent)],
)
def test_nothing_of_a_refused_file_is_stored(files, content, kind):
    with pytest.raises(kind):
        keep_upload(received(content, "a.pdf"))

    assert not files.exists()


@pytest.mark.parametrize("file", [None, "text", SimpleUploadedFile("a.pdf", SMALL_PDF)])
def test_what_did_not_come_through_the_door_is_no_file(file):
    with pytest.raises(ValidationFailed) as refusal:
        keep_upload(file)

    assert [(error.field, error.message) for error in refusal.value.errors] == [
        ("file", "Send the file as a multipart file part.")
    ]
