"""Where the bytes lie: Django's default storage, under keys made here; no given name becomes a key."""

import re
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import connection
from django.utils import timezone

from nt24.documents.models import Document, Original
from nt24.errors import Unavailable

UPLOADS = "documents"  # received files: one without a row after a day is swept
GENERATED = "generated"  # files made here, such as Export Files: never swept, their rows live in other apps
KEY = re.compile(rf"{UPLOADS}/\d{{4}}/\d{{2}}/[0-9a-f]{{32}}")
ORPHAN_AFTER = timedelta(days=1)  # an upload has its row within seconds; a day forgives a wrong clock
KEYS_PER_QUERY = 500  # SQLite takes about 32,000 parameters, the planners like fewer
Keeper = Callable[[Collection[str]], set[str]]

log = structlog.get_logger(__name__)


class StorageUnavailable(Unavailable):
    """The file storage does not answer, or not as it should; trying again later may work (503)."""

    def __init__(self) -> None:
        super().__init__("The file storage is not available at the moment. Please try again later.")


def store_blob(file: File, sha256: str, *, folder: str = GENERATED) -> str:
    """Store the bytes under a new key and return the key; `sha256` goes into the log.

    :raises StorageUnavailable: it failed, or what lies there has another size than what was sent.
    """
    key = f"{folder}/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"
    size = file.size
    with storage_faults("store", key), no_half_file(key):
        stored = default_storage.save(key, file)
        stored_size = default_storage.size(stored)
    if stored_size != size:
        log.error("blob_incomplete", key=stored, size=size, stored_size=stored_size)
        delete_blob(stored)
        raise StorageUnavailable
    log.info("blob_stored", key=stored, size=size, sha256=sha256)
    return stored


@contextmanager
def no_half_file(key: str) -> Iterator[None]:
    """A full disk takes the beginning of a file: it is given back at once."""
    try:
        yield
    except fault_types():
        with suppress(*fault_types()):
            default_storage.delete(key)
        raise


def discard_undone(key: str, error: Exception) -> None:
    """Remove the bytes of an upload whose row was surely not written; in doubt the sweep looks for the row first.

    SQLite refuses before anything is kept, and so does a PostgreSQL that says it has no resources (class 53). With a
    connection that broke nobody knows whether the commit came through.
    """
    if connection.vendor == "sqlite" or (getattr(error.__cause__, "sqlstate", None) or "").startswith("53"):
        delete_blob(key)


def open_blob(key: str) -> File:
    """Open for reading; close it after use.

    :raises StorageUnavailable: it failed, or nothing lies there.
    """
    with storage_faults("open", key):
        return default_storage.open(key)


def delete_blob(key: str) -> None:
    """Remove bytes that no row refers to.

    :raises StorageUnavailable: it failed.
    """
    with storage_faults("delete", key):
        default_storage.delete(key)


def kept_by_documents(keys: Collection[str]) -> set[str]:
    return {
        key
        for kept in (Document, Original)
        for key in kept.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True)
    }


# Each names those of the keys that a row of its app refers to. An app on the right adds its own in `ready()`.
KEEPERS: list[Keeper] = [kept_by_documents]


def sweep_orphans(now: datetime) -> int:
    """Delete blobs older than a day that no row refers to (`KEEPERS`), and return how many there were.

    They are what is left of uploads whose transaction failed. Only keys of the shape made here are touched.

    :raises StorageUnavailable: it failed; what was deleted before stays deleted.
    """
    waiting: list[str] = []
    count = 0
    for key in keys_older_than(now - ORPHAN_AFTER):
        waiting.append(key)
        if len(waiting) == KEYS_PER_QUERY:
            count += delete_unknown(waiting)
            waiting = []
    return count + delete_unknown(waiting)


def keys_older_than(moment: datetime) -> Iterator[str]:
    with storage_faults("list", UPLOADS):
        for year in folders_of(UPLOADS):
            for month in folders_of(f"{UPLOADS}/{year}"):
                yield from old_keys_in(f"{UPLOADS}/{year}/{month}", moment)


def folders_of(path: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(path)[0])
    except FileNotFoundError:  # nothing was ever stored there
        return []


def old_keys_in(folder: str, moment: datetime) -> Iterator[str]:
    for name in sorted(default_storage.listdir(folder)[1]):
        key = f"{folder}/{name}"
        if KEY.fullmatch(key) and default_storage.get_modified_time(key) < moment:
            yield key


def delete_unknown(keys: list[str]) -> int:
    known = set[str]().union(*(keeper(keys) for keeper in KEEPERS))
    orphans = [key for key in keys if key not in known]
    for key in orphans:
        delete_blob(key)
        log.info("orphan_deleted", key=key)
    return len(orphans)


@contextmanager
def storage_faults(doing: str, key: str) -> Iterator[None]:
    """Turn what a storage can raise into one kind; the cause goes into the log, not into the answer."""
    try:
        yield
    except fault_types() as error:
        log.error("storage_failed", doing=doing, key=key, error=type(error).__name__)
        raise StorageUnavailable from error


def fault_types() -> tuple[type[Exception], ...]:
    """What the configured storage raises. boto3 takes 0.3 s to import: only when it is in use."""
    if isinstance(storages["default"], FileSystemStorage):
        return (OSError,)
    from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)
