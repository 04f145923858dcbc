"""A real disk of a few megabytes fills up under a serving portal, and gets room again."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django.conf import settings as project
from urllib3 import encode_multipart_formdata

from tests.papers import pdf
from tests.servers.web import Caller, web

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql", reason="does not depend on the suite's database"
)
MIB = 1024 * 1024
DISK = 24  # MiB
HOST = "Host: localhost\r\n"
FORM = "application/x-www-form-urlencoded"


@contextmanager
def small_disk(folder):
    """A file system of its own, mounted at `folder`."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"may not mount: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """Port, folder of the disk, and a partner's token."""
    with small_disk(tmp_path_factory.mktemp("disk") / "data") as folder:
        environment = {
            "DATA_DIR": str(folder), "PUBLIC_URL": "http://localhost", "DISK_RESERVE_MIB": "2",
            "CELERY_BROKER_URL": "filesystem://", "DJANGO_SETTINGS_MODULE": "nt24.settings",
        }  # fmt: skip
        for command in (["migrate", "--verbosity", "0"], ["seed_demo", "--json"]):
            told = subprocess.run(
                [sys.executable, "manage.py", *command], cwd=project.BASE_DIR, env={**os.environ, **environment},
                capture_output=True, text=True, timeout=180, check=True,
            )  # fmt: skip
        demo = json.loads(told.stdout)
        logs = tmp_path_factory.mktemp("logs")
        with web(logs, "--workers", "1", **environment) as process:
            yield process.port, folder, demo


def call(port, method, path, body=b"", **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    with Caller(port) as caller:
        head = f"{method} {path} HTTP/1.1\r\n{HOST}{lines}Content-Length: {len(body)}\r\n\r\n"
        status, told, content = caller.ask(head.encode() + body)
    return status, told, content


def a_token(port, demo):
    form = {
        "grant_type": "client_credentials",
        "client_id": demo["clientId"],
        "client_secret": demo["clientSecret"],
    }
    path = "/realms/nt24-idp/protocol/openid-connect/token"
    return json.loads(call(port, "POST", path, urlencode(form).encode(), Content_Type=FORM)[2])[
        "access_token"
    ]


def blobs_of(folder):
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def rows_of(port, path, bearer):
    return json.loads(call(port, "GET", f"{path}?size=100", **bearer)[2])["pagination"]["totalElements"]


def fill(folder):
    """All that is left, as another program would take it."""
    with (folder / "filler").open("ab", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(64 * 1024))
        except OSError:
            return


def test_a_full_disk_refuses_writes_keeps_nothing_half_and_is_told_to_load_balancers(portal):
    port, folder, demo = portal
    bearer = {"Authorization": f"Bearer {a_token(port, demo)}"}
    buyers = f"/v1/partners/{demo['sellerId']}/buyers"
    buyer = {
        "kycMode": "MARKETPLACE_LED", "vatNumber": "PL5260001246", "companyName": "Nowak",
        "address": {"street": "ul. Prosta 1", "postCode": "00-850", "city": "Warszawa", "country": "PL"},
    }  # fmt: skip
    sent = {"Idempotency_Key": "b", "Content_Type": "application/json", **bearer}
    made = call(port, "POST", buyers, json.dumps(buyer).encode(), **sent)
    documents = f"{buyers}/{json.loads(made[2])['uuid']}/kyc/documents"

    def upload(n):
        fields = {
            "type": "COC_EXTRACT",
            "documentDate": "2026-11-01",
            "file": (f"{n}.pdf", pdf(f"paper {n}") + b"%" * (700 * 1024), "application/pdf"),
        }
        body, content_type = encode_multipart_formdata(fields)
        return call(
            port, "POST", documents, body, Idempotency_Key=f"d{n}", Content_Type=content_type, **bearer
        )

    assert call(port, "GET", "/readyz")[0] == 200
    assert upload("first")[0] == 201

    fill(folder)
    try:
        for n in range(12):
            status, told, content = upload(n)
            assert (status, told["content-type"]) == (503, "application/problem+json"), content
            assert json.loads(content)["type"].endswith("/problems/service-unavailable")
            assert "retry-after" in told
        for _ in range(
            10
        ):  # SQLite gives some room back now and then, when it folds its log into the database
            fill(folder)
            status, _, content = call(port, "GET", "/readyz")
            if status == 503:
                break
            time.sleep(1.1)  # the answer is remembered for a second
        parts = json.loads(content)["parts"]
        assert (status, parts["storage"]["status"], parts["disk"]["status"]) == (503, "full", "full")
        assert call(port, "GET", "/healthz")[0] == 200
        assert len(blobs_of(folder)) == 1
    finally:
        (folder / "filler").unlink()

    assert rows_of(port, documents, bearer) == 1
    assert upload("after")[0] == 201
    assert rows_of(port, documents, bearer) == len(blobs_of(folder)) == 2
    for _ in range(30):
        if call(port, "GET", "/readyz")[0] == 200:
            break
        time.sleep(0.2)
    assert call(port, "GET", "/readyz")[0] == 200


def test_a_row_that_finds_no_room_gives_its_file_back(portal, tmp_path):
    """The files lie elsewhere, so the database alone is full."""
    port, folder, demo = portal
    environment = {
        "DATA_DIR": str(folder), "PUBLIC_URL": "http://localhost", "DISK_RESERVE_MIB": "2",
        "STORAGE_URL": f"file://{tmp_path}/files", "DJANGO_SETTINGS_MODULE": "nt24.settings",
        "CELERY_BROKER_URL": "filesystem://",
    }  # fmt: skip
    with web(tmp_path, "--workers", "1", **environment) as process:
        bearer = {"Authorization": f"Bearer {a_token(process.port, demo)}"}
        buyers = f"/v1/partners/{demo['sellerId']}/buyers"
        listed = json.loads(call(process.port, "GET", buyers, **bearer)[2])["data"]
        documents = f"{buyers}/{listed[0]['uuid']}/kyc/documents"
        before = rows_of(process.port, documents, bearer)
        fill(folder)
        try:
            statuses = set()
            for n in range(8):
                fields = {
                    "type": "COC_EXTRACT",
                    "documentDate": "2026-11-01",
                    "file": (f"{n}.pdf", pdf(f"other paper {n}"), "application/pdf"),
                }
                body, content_type = encode_multipart_formdata(fields)
                sent = {"Idempotency_Key": f"r{n}", "Content_Type": content_type, **bearer}
                statuses.add(call(process.port, "POST", documents, body, **sent)[0])
        finally:
            (folder / "filler").unlink()

        assert 503 in statuses
        assert statuses <= {201, 503}  # the room that SQLite had already may take some
        assert rows_of(process.port, documents, bearer) - before == len(blobs_of(tmp_path))
