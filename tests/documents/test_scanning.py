"""The virus scan, with a real clamd where one is installed."""

import io
import socket
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured

from nt24.documents.models import ScanStatus
from nt24.documents.scanning import scan, scan_blob
from nt24.documents.uploads import keep_upload, received
from tests.documents.conftest import INFECTED_PDF
from tests.documents.hostile import EICAR
from tests.factories.documents import SMALL_PDF


def scanned(content: bytes) -> ScanStatus:
    return scan(io.BytesIO(content))


def test_without_a_scanner_the_scan_is_skipped(settings):
    settings.CLAMD_URL = ""

    assert scanned(EICAR) == ScanStatus.SKIPPED


def test_a_clean_file_is_clean(clamd):
    assert scanned(SMALL_PDF) == ScanStatus.CLEAN


def test_an_infected_file_is_found(clamd):
    assert scanned(EICAR) == ScanStatus.INFECTED


def test_a_file_of_many_chunks_is_scanned_whole(clamd):
    assert scanned(bytes(900_000)) == ScanStatus.CLEAN


def test_a_file_the_scanner_does_not_take_is_not_released(clamd):
    assert scanned(bytes(3_000_000)) == ScanStatus.PENDING


def test_the_file_is_at_its_beginning_afterwards(clamd):
    file = io.BytesIO(SMALL_PDF)

    scan(file)

    assert file.tell() == 0


def test_an_infected_upload_is_kept_and_marked(clamd):
    upload = keep_upload(received(INFECTED_PDF, "contract.pdf"))

    assert upload.scan_status == ScanStatus.INFECTED
    assert scan_blob(upload.storage_key) == ScanStatus.INFECTED


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:9", "unix:///nowhere/clamd.ctl"])
def test_a_scanner_that_is_away_releases_nothing(settings, url):
    settings.CLAMD_URL = url

    assert scanned(SMALL_PDF) == ScanStatus.PENDING


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"stream: OK\0", ScanStatus.CLEAN),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", ScanStatus.INFECTED),
        (b"INSTREAM size limit exceeded. ERROR\0", ScanStatus.PENDING),
        (b"stream: OK, really\0", ScanStatus.PENDING),
        (b"", ScanStatus.PENDING),
        (b"x" * 5000, ScanStatus.PENDING),
    ],
)
def test_only_a_plain_ok_releases_a_file(settings, answer, status):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=answer_once, args=(server, answer))
        thread.start()

        found = scanned(SMALL_PDF)

        thread.join()
    assert found == status


def answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        while not connection.recv(65536).endswith(b"\0\0\0\0"):
            continue
        connection.sendall(answer)


@pytest.mark.parametrize("url", ["clamd", "http://127.0.0.1:3310", "tcp://", "unix://"])
def test_a_wrong_setting_is_told(settings, url):
    settings.CLAMD_URL = url

    with pytest.raises(ImproperlyConfigured, match="CLAMD_URL"):
        scanned(SMALL_PDF)
