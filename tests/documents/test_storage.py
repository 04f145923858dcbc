"""Where the bytes lie: files by default, S3 by setting; an outage leaves no row."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from nt24.documents.actions import file_document
from nt24.documents.models import Document
from nt24.documents.storage import (
    UPLOADS,
    StorageUnavailable,
    delete_blob,
    open_blob,
    store_blob,
    sweep_orphans,
)
from nt24.documents.types import Module
from nt24.documents.uploads import keep_upload, received
from tests.documents.conftest import s3_storage
from tests.factories.documents import SMALL_PDF, DocumentFactory

DIGEST = "0" * 64
TWO_DAYS = timedelta(days=2)


def stored(content: bytes = b"evidence") -> str:
    return store_blob(ContentFile(content, name="../../given.pdf"), DIGEST, folder=UPLOADS)


def read(key: str) -> bytes:
    with open_blob(key) as file:
        return file.read()


def test_a_key_is_made_here_and_owes_nothing_to_the_given_name(files):
    key = stored()

    assert re.fullmatch(rf"documents/{timezone.now():%Y/%m}/[0-9a-f]{{32}}", key)
    assert (files / key).read_bytes() == b"evidence"
    assert (files / key).stat().st_mode & 0o777 == 0o600


def test_equal_contents_have_keys_of_their_own():
    assert stored() != stored()


def test_s3_keeps_and_returns_the_bytes(bucket):
    key = stored(b"x" * 100_000)

    assert read(key) == b"x" * 100_000
    assert [object.key for object in bucket.objects.all()] == [key]


def test_a_whole_upload_goes_to_s3(bucket):
    upload = keep_upload(received(SMALL_PDF, "a.pdf"))

    assert read(upload.storage_key) == SMALL_PDF


def test_a_folder_that_cannot_be_written_is_an_outage(files):
    files.write_bytes(b"a file where the folder should be")

    with pytest.raises(StorageUnavailable) as outage:
        stored()

    assert (outage.value.status, outage.value.slug) == (503, "service-unavailable")
    assert str(files) not in outage.value.detail


@pytest.mark.parametrize("touch", [stored, lambda: read("documents/2026/01/x"), lambda: delete_blob("x")])
def test_an_s3_that_does_not_answer_is_an_outage(settings, touch):
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage("http://127.0.0.1:9", "evidence")}

    with pytest.raises(StorageUnavailable):
        touch()


def test_an_s3_without_the_bucket_is_an_outage(settings, s3_url):
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage(s3_url, "missing")}

    with pytest.raises(StorageUnavailable):
        stored()


def test_a_blob_that_is_gone_is_an_outage():
    with pytest.raises(StorageUnavailable):
        open_blob("documents/2026/01/00000000000000000000000000000000")


def test_bytes_that_got_lost_on_the_way_are_noticed(files, monkeypatch):
    def save_half(storage, name, content, max_length=None):
        return save(storage, name, ContentFile(content.read()[:-1]))

    save = FileSystemStorage.save
    monkeypatch.setattr(FileSystemStorage, "save", save_half)

    with pytest.raises(StorageUnavailable):
        stored()

    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_an_outage_leaves_no_row(seller, files, client_actor):
    files.write_bytes(b"a file where the folder should be")

    with pytest.raises(StorageUnavailable):
        file_document(
            module=Module.TRANSPORT,
            subject_uuid=uuid4(),
            seller=seller,
            type="TRANSPORT_CMR",
            document_on=datetime(2026, 4, 22, tzinfo=UTC).date(),
            upload=keep_upload(received(SMALL_PDF, "a.pdf")),
            by=client_actor,
        )

    assert Document.objects.count() == 0


def test_old_blobs_without_a_row_are_swept(db):
    document = DocumentFactory()
    orphans = [stored(), stored()]

    assert sweep_orphans(timezone.now() + TWO_DAYS) == 2

    assert read(document.storage_key) == SMALL_PDF
    assert not any(default_storage.exists(key) for key in orphans)
    assert sweep_orphans(timezone.now() + TWO_DAYS) == 0


def test_a_young_blob_may_still_get_its_row(db):
    key = stored()

    assert sweep_orphans(timezone.now() + timedelta(hours=23)) == 0
    assert read(key) == b"evidence"


def test_what_others_keep_in_the_storage_is_left_alone(db):
    others = [
        default_storage.save(name, ContentFile(b"x"))
        for name in ("exports/2026/01/file.pdf", "documents/2026/01/readme.txt", "documents/logo.png")
    ]
    others.append(store_blob(ContentFile(b"an Export File"), DIGEST))

    assert sweep_orphans(timezone.now() + TWO_DAYS) == 0
    assert all(default_storage.exists(name) for name in others)


def test_more_orphans_than_one_query_takes_are_swept(db, monkeypatch):
    monkeypatch.setattr("nt24.documents.storage.KEYS_PER_QUERY", 2)
    for _ in range(5):
        stored()

    assert sweep_orphans(timezone.now() + TWO_DAYS) == 5


def test_orphans_are_swept_from_s3_too(db, bucket):
    document = DocumentFactory()
    stored()

    assert sweep_orphans(timezone.now() + TWO_DAYS) == 1
    assert [object.key for object in bucket.objects.all()] == [document.storage_key]


def test_an_empty_storage_has_no_orphans(db):
    assert sweep_orphans(timezone.now()) == 0
