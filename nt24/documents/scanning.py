"""The virus scan: a clamd somewhere, spoken to in its INSTREAM protocol, or none at all.

A scanner that does not answer never releases a file: it stays PENDING and is asked about again by a task.
"""

import socket
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File

from nt24.documents.models import ScanStatus
from nt24.documents.storage import open_blob

CHUNK_BYTES = 64 * 1024
CONNECT_SECONDS = 2
ANSWER_SECONDS = 20  # 20 MiB take clamd one to three seconds
ANSWER_BYTES = 1024
DEFAULT_PORT = 3310

log = structlog.get_logger(__name__)


def scan(file: File | IO[bytes]) -> ScanStatus:
    """Ask the scanner about these bytes. An outage is an answer too: PENDING; without a scanner: SKIPPED."""
    if not settings.CLAMD_URL:
        return ScanStatus.SKIPPED
    file.seek(0)
    try:
        with connected(settings.CLAMD_URL) as connection:
            answer = asked(connection, file)
    except OSError as error:
        log.warning("scanner_unreachable", error=type(error).__name__)
        return ScanStatus.PENDING
    finally:
        file.seek(0)
    return meaning_of(answer)


def scan_blob(key: str) -> ScanStatus:
    """Ask about a stored file, for the task that repeats what an outage left PENDING.

    :raises StorageUnavailable: the stored file cannot be read.
    """
    with open_blob(key) as file:
        return scan(file)


def connected(url: str) -> socket.socket:
    """`tcp://host:3310` or `unix:///run/clamav/clamd.ctl`."""
    parts = urlsplit(url)
    if parts.scheme == "tcp" and parts.hostname:
        connection = socket.create_connection((parts.hostname, parts.port or DEFAULT_PORT), CONNECT_SECONDS)
    elif parts.scheme == "unix" and parts.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(parts.path)
    else:
        raise ImproperlyConfigured(f"CLAMD_URL is tcp://host:port or unix:///path, not {url!r}.")
    connection.settimeout(ANSWER_SECONDS)
    return connection


def asked(connection: socket.socket, file: File | IO[bytes]) -> str:
    """INSTREAM: each chunk is preceded by its length in four bytes, an empty one ends it (clamd(8))."""
    connection.sendall(b"zINSTREAM\0")
    for chunk in chunks_of(file):
        connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
    connection.sendall((0).to_bytes(4, "big"))
    answer = b""
    while (
        not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES and (more := connection.recv(ANSWER_BYTES))
    ):
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace")


def chunks_of(file: File | IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def meaning_of(answer: str) -> ScanStatus:
    """`stream: OK`, `stream: <name> FOUND`, or an error, which means that the file was not scanned."""
    if answer == "stream: OK":
        return ScanStatus.CLEAN
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        log.warning("infected_file_received", signature=answer[len("stream: ") : -len(" FOUND")])
        return ScanStatus.INFECTED
    log.error("scanner_failed", answer=answer[:200])
    return ScanStatus.PENDING
