"""Bodies in chunks, sent to the web process as production starts it, with Django and a database behind it (17.9)."""

import http.client
import json
import os
import subprocess
import sys
import uuid
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.deal import WARSAW
from tests.papers import pdf
from tests.servers.web import HOST, web

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql", reason="what runs here is on SQLite of its own"
)
FORM = "application/x-www-form-urlencoded"
SIZES = (1, 7, 4096, 200_000)  # bytes in one chunk: split everywhere, and everything at once


def manage(*arguments, folder):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=project.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "nt24.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Sender:
    """Sends every body in chunks of `size` bytes, as client of the seeded organization."""

    def __init__(self, port, seeded):
        self.port, self.seeded, self.token = port, seeded, ""
        self.size = 4096

    @property
    def seller(self):
        return f"/v1/partners/{self.seeded['sellerId']}"

    def send(self, method, path, raw=None, type="application/json", **headers):
        """Status and body of the answer."""
        sent = {"Host": "localhost", "Idempotency-Key": uuid.uuid4().hex, "Content-Type": type}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            if raw is None:
                connection.request(method, path, headers=sent)
            else:
                pieces = (raw[at : at + self.size] for at in range(0, len(raw), self.size))
                sent["Transfer-Encoding"] = "chunked"
                connection.request(method, path, pieces, sent, encode_chunked=True)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def sends(self, status, method, path, body=None, **headers):
        """The JSON that was answered, with this status."""
        found, raw = self.send(method, path, None if body is None else json.dumps(body).encode(), **headers)
        assert found == status, raw
        return json.loads(raw)

    def asks_for_a_token(self, **changes):
        form = {
            "grant_type": "client_credentials",
            "client_id": self.seeded["clientId"],
            "client_secret": self.seeded["clientSecret"],
            **changes,
        }
        path = urlsplit(self.seeded["tokenUrl"]).path
        status, raw = self.send("POST", path, urlencode(form).encode(), FORM)
        return status, json.loads(raw)

    def buyer(self):
        number = f"PL{uuid.uuid4().int % 10**10:010d}"
        body = {
            "kycMode": "MARKETPLACE_LED",
            "vatNumber": number,
            "companyName": "Łódź Auto",
            "address": WARSAW,
        }
        return self.sends(201, "POST", f"{self.seller}/buyers", body)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chunks")
    manage("migrate", folder=folder)
    seeded = json.loads(manage("seed_demo", "--json", folder=folder))
    with web(folder) as process:
        yield process.port, seeded


@pytest.fixture
def sender(served):
    made = Sender(*served)
    status, answer = made.asks_for_a_token()
    assert status == 200, answer
    made.token = answer["access_token"]
    return made


@pytest.mark.parametrize("size", SIZES)
def test_json_in_chunks_creates_and_changes(sender, size):
    sender.size = size
    buyer = sender.buyer()
    path = f"{sender.seller}/buyers/{buyer['uuid']}"

    changed = sender.sends(200, "PATCH", path, {"companyName": "Świt Auto"}, If_Match='"0"')

    assert (buyer["companyName"], changed["companyName"]) == ("Łódź Auto", "Świt Auto")
    assert sender.sends(200, "GET", path) == changed


@pytest.mark.parametrize("size", SIZES[1:])
def test_an_upload_in_chunks_is_kept_byte_for_byte(sender, size):
    path = f"{sender.seller}/buyers/{sender.buyer()['uuid']}/kyc/documents"
    paper = pdf(f"in chunks of {size} bytes")
    form = {"type": "COC_EXTRACT", "documentDate": "2026-04-18", "file": SimpleUploadedFile("a.pdf", paper)}

    sender.size = size
    status, raw = sender.send("POST", path, encode_multipart(BOUNDARY, form), MULTIPART_CONTENT)
    assert status == 201, raw
    assert sender.send("GET", f"{path}/{json.loads(raw)['uuid']}/content") == (200, paper)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("changes", "status", "member"),
    [
        ({}, 200, "access_token"),
        ({"client_secret": "wrong"}, 401, "error"),
        ({"grant_type": "password"}, 400, "error"),
    ],
)
def test_the_token_endpoint_reads_a_form_in_chunks(served, size, changes, status, member):
    sender = Sender(*served)
    sender.size = size

    answered, answer = sender.asks_for_a_token(**changes)

    assert answered == status, answer
    assert member in answer


@pytest.mark.parametrize(
    ("raw", "status", "slug"),
    [
        (b'{"companyName": ', 400, "malformed-request"),
        (b'{"companyName": "a", "companyName": "b"}', 400, "malformed-request"),
        (b'{"companyName": "%s"}' % (b"a" * 1024 * 1024), 413, "payload-too-large"),
        (b"", 422, "validation-error"),
    ],
)
def test_what_is_wrong_in_chunks_is_the_same_problem(sender, raw, status, slug):
    path = f"{sender.seller}/buyers/{sender.buyer()['uuid']}"

    answered, answer = sender.send("PATCH", path, raw, If_Match='"0"')

    assert answered == status, answer
    assert json.loads(answer)["type"].endswith(f"/problems/{slug}")
    assert sender.sends(200, "GET", path)["companyName"] == "Łódź Auto"
