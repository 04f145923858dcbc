"""The reference proxy, deploy/nginx.conf, as nginx runs it."""

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from nt24 import serving
from nt24.errors import KINDS
from tests.servers.proxy import NAME, NGINX, SafeCaller, nginx
from tests.servers.web import Caller, free_port, web

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") == "postgresql", reason="does not depend on the suite's database"
    ),
    pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian: nginx-light)"),
]
HOST = f"Host: {NAME}\r\n".encode()
ALIVE = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
MIB = 1024 * 1024
CONNECTIONS_OF_AN_ADDRESS = 100
CALLED = ["/v1/me", "/v1/partners/1/orders?status=CREATED", "/v1/webhooks/wh_1"]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """Ports for https and http, and nginx's folder."""
    folder = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    environment = {
        "BEHIND_TLS_PROXY": "true",
        "PUBLIC_URL": f"https://{NAME}",
        "ALLOWED_HOSTS": NAME + ",localhost",
    }
    with (
        web(folder, "--workers", "1", application="tests.servers.patient", **environment) as portal,
        nginx(folder, portal.port) as (secure, plain),
    ):
        yield secure, plain, folder


@pytest.fixture(scope="module")
def without_portal(tmp_path_factory):
    """The proxy alone: nothing listens where it looks for the portal."""
    folder = tmp_path_factory.mktemp("proxy-alone")
    with nginx(folder, free_port()) as (secure, _):
        yield secure


@contextmanager
def before_silence(folder: Path, *, patience: str) -> Iterator[int]:
    """The proxy, with this patience, before a portal that takes calls and never answers one."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=500) as portal,
        nginx(folder, portal.getsockname()[1], patience) as (secure, _),
    ):
        yield secure


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    with before_silence(tmp_path_factory.mktemp("proxy-impatient"), patience="1s") as secure:
        yield secure


def post(path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"POST %s HTTP/1.1\r\n%s%s\r\n%s" % (path, HOST, b"".join(h + b"\r\n" for h in headers), body)


def test_callers_reach_the_portal_over_tls_and_are_sent_there(proxied):
    secure, plain, _ = proxied

    with SafeCaller(secure) as caller:
        status, headers, body = caller.ask(b"GET /v1/me HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (status, headers["content-type"]) == (401, "application/problem+json")
        assert json.loads(body)["traceId"] == headers["x-request-id"]
    with Caller(plain) as caller:
        status, headers, _ = caller.ask(b"GET /docs HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (status, headers["location"]) == (301, f"https://{NAME}/docs")


@pytest.mark.parametrize("size", [0, 11, 21 * MIB])
def test_bodies_in_chunks_and_large_ones_arrive_whole(proxied, size):
    secure, _, _ = proxied
    piece = b"x" * min(size, 64 * 1024)
    with SafeCaller(secure) as caller:
        caller.send(post(b"/test/echo", b"Transfer-Encoding: chunked"))
        sent = 0
        while sent < size:
            part = piece[: size - sent]
            caller.send(b"%x\r\n%s\r\n" % (len(part), part))
            sent += len(part)
        assert json.loads(caller.ask(b"0\r\n\r\n")[2])["length"] == size


@pytest.mark.parametrize(
    "sent", [b"", b"GET /hea", post(b"/test/echo", b"Content-Length: 5000", body=b"the first bytes")]
)
def test_callers_who_do_not_go_on_cost_nobody_else_anything(proxied, sent):
    secure, _, _ = proxied
    silent = [SafeCaller(secure) for _ in range(3 * serving.threads)]
    try:
        for caller in silent:
            caller.send(sent)
        with SafeCaller(secure, patience=5) as caller:
            assert caller.ask(ALIVE)[0] == 200
    finally:
        for caller in silent:
            caller.socket.close()


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"NONSENSE\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/me HTTP/1.1\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/" + b"a" * 17_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 400, "malformed-request"),
        (
            b"GET /v1/me HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 17_000 + b"\r\n\r\n",
            400,
            "malformed-request",
        ),
        (post(b"/v1/webhooks", b"Content-Length: x"), 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Content-Length: %d" % (300 * MIB)), 413, "payload-too-large"),
    ],
)
def test_what_the_proxy_refuses_is_a_problem_document(proxied, sent, status, slug):
    secure, _, _ = proxied
    with SafeCaller(secure) as caller:
        answered, headers, body = caller.ask(sent)

    assert_is_problem(answered, headers, body, status, slug)


def assert_is_problem(answered, headers, body, status, slug):
    problem = json.loads(body)
    (kind,) = (kind for kind in KINDS if kind.slug == slug)
    assert (answered, problem["status"], kind.status) == (status, status, status)
    assert headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"https://api.novatrade24.com/problems/{slug}"
    assert problem["title"] == kind.title
    assert problem["traceId"] == headers["x-request-id"]
    assert set(problem) == {"type", "title", "status", "detail", "instance", "traceId"}


@pytest.mark.parametrize("path", ["/v1/me", "/v1/partners/1/orders?status=CREATED", '/v1/"quoted"'])
def test_without_the_portal_calls_are_answered_with_a_problem(without_portal, path):
    with SafeCaller(without_portal) as caller:
        answered, headers, body = caller.ask(f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"\r\n")

    assert_is_problem(answered, headers, body, 503, "service-unavailable")
    assert headers["retry-after"] == "5"
    assert path.startswith(json.loads(body)["instance"])


@pytest.mark.parametrize("path", CALLED)
def test_calls_that_the_portal_does_not_answer_in_time_get_a_problem(impatient, path):
    with SafeCaller(impatient) as caller:
        answered, headers, body = caller.ask(call_of(path))

    assert_is_problem(answered, headers, body, 503, "service-unavailable")
    assert headers["retry-after"] == "5"


def test_people_see_a_page_when_the_portal_does_not_answer_in_time(impatient):
    with SafeCaller(impatient) as caller:
        status, headers, _ = caller.ask(call_of("/verify"))

    assert (status, headers["content-type"], headers["retry-after"]) == (503, "text/html", "5")


def test_calls_on_too_many_connections_of_one_address_get_a_problem(tmp_path):
    tmp_path.chmod(0o755)
    with before_silence(tmp_path, patience="120s") as secure, ExitStack() as waiting:
        # A connection counts while a call on it waits for its answer.
        for _ in range(CONNECTIONS_OF_AN_ADDRESS):
            waiting.enter_context(SafeCaller(secure)).send(call_of("/v1/me"))
        for path in CALLED:
            with SafeCaller(secure) as caller:
                answered, headers, body = caller.ask(call_of(path))
            assert_is_problem(answered, headers, body, 429, "rate-limited")
            assert headers["retry-after"] == "5"


def call_of(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"\r\n"


def test_without_the_portal_people_see_a_page(without_portal):
    with SafeCaller(without_portal) as caller:
        status, headers, body = caller.ask(b"GET /verify HTTP/1.1\r\n" + HOST + b"\r\n")

    assert (status, headers["content-type"], headers["retry-after"]) == (503, "text/html", "5")
    assert b"The portal is not available at the moment" in body


def test_the_log_holds_no_link_of_a_buyer(proxied):
    secure, _, folder = proxied
    with SafeCaller(secure) as caller:
        caller.ask(b"GET /b/eyJhbGciOiJIUzI1NiJ9-secret-token/ HTTP/1.1\r\n" + HOST + b"\r\n")

    log = ""
    for _ in range(100):  # a line is written after the answer
        log = (folder / "nt24.log").read_text()
        if " /b/" in log:
            break
        time.sleep(0.05)
    assert "/b/***" in log
    assert "secret-token" not in log


def test_the_limits_of_the_proxy_are_those_of_the_portal():
    text = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()

    assert int(re.search(r"client_max_body_size (\d+)m", text)[1]) * MIB == serving.BODY_BYTES
    assert int(re.search(r"keepalive_timeout (\d+)s;  # below", text)[1]) < serving.SILENT_SECONDS
