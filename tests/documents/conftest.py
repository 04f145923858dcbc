"""Storage per test, the actors, a real S3 protocol server and a real clamd."""

import hashlib
import shutil
import subprocess
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from nt24.actors import Actor, ActorKind
from nt24.documents.uploads import keep_upload, received
from tests.documents import hostile
from tests.factories.documents import SMALL_PDF

INFECTED_PDF = hostile.written_pdf(trailer=b"/Infected true")


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """The folder in which this test's blobs lie."""
    folder = tmp_path / "files"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "file_permissions_mode": 0o600},
        },
    }
    return folder


@pytest.fixture
def client_actor():
    return Actor(ActorKind.API_CLIENT, "api-client-bank", "Bank")


@pytest.fixture
def staff():
    return Actor(ActorKind.STAFF, "7", "k.kaufmann")


@pytest.fixture
def upload():
    """A small PDF that was received, looked at and stored."""
    return keep_upload(received(SMALL_PDF, "CMR unterschrieben.pdf"))


@pytest.fixture(scope="session")
def s3_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


S3_OPTIONS = {"access_key": "test", "secret_key": "test", "region_name": "eu-central-1"}


def s3_storage(url: str, bucket: str) -> dict[str, object]:
    quick = Config(connect_timeout=1, read_timeout=5, retries={"max_attempts": 1})
    options = {"bucket_name": bucket, "endpoint_url": url, "client_config": quick, "file_overwrite": False}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**S3_OPTIONS, **options}}


@pytest.fixture
def bucket(s3_url, settings):
    """An empty bucket, configured as the storage."""
    bucket = boto3.resource(
        "s3",
        endpoint_url=s3_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="eu-central-1",
    ).Bucket("evidence")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    settings.STORAGES = {**settings.STORAGES, "default": s3_storage(s3_url, "evidence")}
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.fixture(scope="session")
def clamd_folder(tmp_path_factory):
    """A real clamd that knows two infected files by their digest; its socket is in the folder."""
    if shutil.which("clamd") is None:
        pytest.skip("clamd is not installed (apt install clamav-daemon)")
    folder = tmp_path_factory.mktemp("clamd")
    signatures = folder / "signatures"
    signatures.mkdir()
    lines = [
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{len(content)}:{name}"
        for name, content in (("Eicar-Test", hostile.EICAR), ("Infected-Pdf", INFECTED_PDF))
    ]
    (signatures / "test.hdb").write_text("\n".join(lines) + "\n", encoding="ascii")
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nLocalSocket {folder}/clamd.sock\nDatabaseDirectory {signatures}\n"
        f"LogFile {folder}/clamd.log\nStreamMaxLength 1M\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        ["clamd", "--config-file", str(folder / "clamd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until((folder / "clamd.sock").exists)
    yield folder
    process.terminate()
    process.wait(timeout=20)


def wait_until(is_true, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)


@pytest.fixture
def clamd(clamd_folder: Path, settings):
    settings.CLAMD_URL = f"unix://{clamd_folder}/clamd.sock"
    return settings.CLAMD_URL
