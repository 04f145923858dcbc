"""Bytes on their way out."""

import pytest
from django.core.files.storage import default_storage

from nt24.documents.downloads import BlobAltered, ContentHeldBack, download_response
from nt24.documents.storage import StorageUnavailable, open_blob
from tests.documents.hostile import picture
from tests.factories.documents import SMALL_PDF, DocumentFactory


def test_a_document_is_handed_out_as_it_was_received(db):
    document = DocumentFactory(version=4)

    response = download_response(document)

    assert b"".join(response) == SMALL_PDF
    assert dict(response.headers) == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(SMALL_PDF)),
        "Content-Disposition": 'attachment; filename="cmr.pdf"',
        "ETag": '"4"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def test_a_large_file_is_streamed_in_pieces(db):
    content = picture("PNG", size=(800, 600))
    document = DocumentFactory(content=content, content_type="image/png")

    pieces = list(download_response(document))

    assert len(pieces) > 2
    assert b"".join(pieces) == content


@pytest.mark.parametrize(
    ("label", "header"),
    [
        ("cmr.PDF", 'attachment; filename="cmr.PDF"'),
        ("setup.exe", 'attachment; filename="setup.exe.pdf"'),
        ("scan", 'attachment; filename="scan.pdf"'),
        ('a"b\\c.pdf', 'attachment; filename="a\\"b\\\\c.pdf"'),
        ("Lieferschein Köln.pdf", "attachment; filename*=utf-8''Lieferschein%20K%C3%B6ln.pdf"),
        ("Договор.pdf", "attachment; filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf"),
    ],
)
def test_the_label_becomes_a_safe_file_name_with_the_right_ending(db, label, header):
    document = DocumentFactory(file_name=label)

    assert download_response(document)["Content-Disposition"] == header


@pytest.mark.parametrize(
    ("content_type", "name"),
    [("image/jpeg", "car.jpeg"), ("image/jpeg", "car.JPG"), ("image/png", "car.png")],
)
def test_a_picture_keeps_its_own_ending(db, content_type, name):
    document = DocumentFactory(content_type=content_type, file_name=name)

    assert download_response(document)["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("trait", "why"),
    [
        ("infected", "The virus scanner found something in this file; it is quarantined."),
        ("unscanned", "This file is not yet scanned for viruses. Please try again later."),
    ],
)
def test_a_file_that_is_not_released_stays_inside(db, trait, why):
    document = DocumentFactory(**{trait: True})

    with pytest.raises(ContentHeldBack) as refusal:
        download_response(document)

    assert (refusal.value.status, refusal.value.slug, refusal.value.detail) == (409, "state-conflict", why)


def test_an_archived_document_can_still_be_read(db):
    assert b"".join(download_response(DocumentFactory(archived=True))) == SMALL_PDF


def test_altered_bytes_never_arrive_whole(db, files):
    document = DocumentFactory()
    (files / document.storage_key).chmod(0o600)
    (files / document.storage_key).write_bytes(SMALL_PDF.replace(b"99 99", b"66 66"))

    with pytest.raises(BlobAltered):
        list(download_response(document))


def test_a_missing_blob_is_an_outage(db):
    document = DocumentFactory()
    default_storage.delete(document.storage_key)

    with pytest.raises(StorageUnavailable):
        download_response(document)


def test_the_file_is_closed_with_the_answer(db, monkeypatch):
    opened = []

    def open_and_note(key):
        opened.append(open_blob(key))
        return opened[0]

    monkeypatch.setattr("nt24.documents.downloads.open_blob", open_and_note)

    download_response(DocumentFactory()).close()

    assert [file.closed for file in opened] == [True]


def test_s3_hands_out_the_same_bytes(db, bucket):
    assert b"".join(download_response(DocumentFactory())) == SMALL_PDF
