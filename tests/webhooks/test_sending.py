"""The webhook client against real sockets: what it sends, where it does not go and what it survives."""

import asyncio
import gzip
import socket
import threading

import pytest

from nt24.egress import require_callable
from nt24.webhooks import sending
from nt24.webhooks.sending import Failure, Resolver, Sender, Sent
from tests.servers.certificates import certificate, trusting
from tests.servers.scripted import (
    ScriptedServer,
    drips,
    floods,
    keeps_answering,
    read_request,
    resets,
    sends,
    stays_silent,
    unused_port,
)
from tests.webhooks.hostile import HOSTILE, name_service

PUBLIC = "93.184.215.14"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def _guarded(settings):
    """As in production, where nothing private is allowed."""
    settings.WEBHOOK_ALLOW_PRIVATE = False


def post(*urls: str, body: bytes = b"{}", limit_seconds: float = 5, **headers: str) -> list[Sent]:
    """One after the other, with the same sender."""

    async def run() -> list[Sent]:
        async with Sender(limit_seconds) as sender:
            return [await sender.post(url, body, headers) for url in urls]

    return asyncio.run(run())


def failure_of(url: str, limit_seconds: float = 5) -> Failure:
    (sent,) = post(url, limit_seconds=limit_seconds)
    assert (sent.http_status, sent.excerpt) == (None, b"")
    return sent.failure


# --- What is sent and what comes back ------------------------------------------------------------------------------


def test_a_request_carries_the_exact_bytes_and_names_us():
    body = '{"name": "Müller"}\n'.encode()
    with ScriptedServer(sends(OK)) as server:
        post(f"{server.url}/path?q=1", body=body, Signature="t=1,v1=ab")

    head, _, received = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /path?q=1 HTTP/1.1"
    assert sorted(lines[1:]) == sorted(
        [
            f"Host: 127.0.0.1:{server.port}".encode(),
            b"User-Agent: NT24",
            b"Accept-Encoding: identity",
            b"Accept: */*",
            b"Signature: t=1,v1=ab",
            b"Content-Type: application/octet-stream",
            b"Content-Length: 20",
        ]
    )
    assert received == body


def test_an_answer_is_its_status_and_its_beginning():
    with ScriptedServer(sends(OK)) as server:
        (sent,) = post(server.url)

    assert (sent.http_status, sent.failure, sent.excerpt) == (200, "", b"hello")
    assert sent.milliseconds >= 0


@pytest.mark.parametrize("status", [204, 410, 429, 500, 599])
def test_every_status_is_an_answer(status):
    with ScriptedServer(sends(f"HTTP/1.1 {status} Some\r\nContent-Length: 0\r\n\r\n".encode())) as server:
        (sent,) = post(server.url)

    assert (sent.http_status, sent.failure, sent.excerpt) == (status, "", b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", [METADATA, "//127.0.0.1/", "http://[", ""])
def test_a_redirect_is_a_status_and_is_not_followed(status, location):
    # The suite's own guard forbids a connection to the metadata address, which would fail this test.
    answer = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with ScriptedServer(sends(answer)) as server:
        (sent,) = post(server.url)

    assert (sent.http_status, sent.failure) == (status, "")
    assert server.connections == 1


def test_a_compressed_answer_is_not_unfolded():
    packed = gzip.compress(b"0" * 1_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with ScriptedServer(sends(head, packed)) as server:
        (sent,) = post(server.url)

    assert sent.excerpt == packed[:1024]


def test_requests_to_one_receiver_share_a_connection():
    with ScriptedServer(keeps_answering(OK)) as server:
        answers = post(server.url, server.url, server.url)

    assert [sent.http_status for sent in answers] == [200, 200, 200]
    assert server.connections == 1


def test_an_answer_of_which_more_is_to_come_takes_its_connection_with_it():
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000
    with ScriptedServer(keeps_answering(long)) as server:
        answers = post(server.url, server.url)

    assert [sent.excerpt for sent in answers] == [b"x" * 1024] * 2
    assert server.connections == 2


def test_cookies_are_not_kept():
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    with ScriptedServer(sends(answer)) as server:
        post(server.url, server.url)

    assert len(server.requests) == 2
    assert not any(b"cookie" in request.lower() for request in server.requests)


def test_a_proxy_in_the_environment_is_ignored(monkeypatch):
    with ScriptedServer(sends(OK)) as server, ScriptedServer(sends(OK)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        post(server.url)

    assert (server.connections, proxy.connections) == (1, 0)


def test_a_line_break_in_a_header_is_our_mistake_and_sends_nothing():
    with ScriptedServer(sends(OK)) as server, pytest.raises(ValueError, match="header injection"):
        post(server.url, Signature="a\r\nX-Other: b")

    assert server.requests in ([], [b""])


# --- Where it does not go ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_guarded")
@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_that_has_been_stored_is_not_called(monkeypatch, url):
    monkeypatch.setattr(
        socket, "getaddrinfo", None
    )  # a lookup would be a TypeError, a connection another failure

    assert failure_of(url) in {Failure.ADDRESS_REFUSED, Failure.BAD_URL}


@pytest.mark.usefixtures("_guarded")
def test_a_name_that_was_public_when_it_was_registered_is_refused_when_it_has_moved_inside():
    url = "https://hooks.example/"
    with ScriptedServer(sends(OK)) as sink, name_service([PUBLIC], [("127.0.0.1", sink.port)]):
        require_callable(url, allow_private=False, trusted_origins=[])
        failure = failure_of(url)

    assert failure == Failure.ADDRESS_REFUSED
    assert sink.connections == 0


@pytest.mark.usefixtures("_guarded")
@pytest.mark.parametrize("is_first", [True, False])
def test_a_private_address_among_public_ones_is_refused_with_all_of_them(is_first):
    with ScriptedServer(sends(OK)) as sink:
        inner = ("127.0.0.1", sink.port)
        with name_service([inner, PUBLIC] if is_first else [PUBLIC, inner]):
            failure = failure_of("https://hooks.example/")

    assert failure == Failure.ADDRESS_REFUSED
    assert sink.connections == 0


@pytest.mark.usefixtures("_guarded")
@pytest.mark.parametrize("count", [1, 2])
def test_the_socket_itself_is_refused_when_everything_before_it_was_fooled(monkeypatch, count):
    async def fooled(self, host, port=0, family=0):
        inner = {"hostname": host, "host": "127.0.0.1", "port": sink.port}
        return [{**inner, "family": socket.AF_INET, "proto": 6, "flags": 0}] * count

    monkeypatch.setattr(Resolver, "resolve", fooled)
    with ScriptedServer(sends(OK)) as sink:
        failure = failure_of("https://hooks.example/")

    assert failure == Failure.ADDRESS_REFUSED
    assert sink.connections == 0


@pytest.mark.usefixtures("_guarded")
def test_a_public_address_is_called_by_its_name(monkeypatch):
    monkeypatch.setattr("nt24.egress.is_public", lambda address: str(address) == "127.0.0.1")
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting())
    tls = certificate("hooks.example")
    names: list[str | None] = []
    tls.sni_callback = lambda _, name, __: names.append(name)
    with ScriptedServer(sends(OK), tls) as server, name_service([("127.0.0.1", server.port)]):
        (sent,) = post("https://hooks.example/")

    assert (sent.http_status, sent.failure) == (200, "")
    assert names == ["hooks.example"]
    assert b"\r\nHost: hooks.example\r\n" in server.requests[0]


@pytest.mark.usefixtures("_guarded")
def test_a_trusted_origin_is_called_and_its_connection_serves_nobody_else(settings):
    with ScriptedServer(keeps_answering(OK)) as trusted, ScriptedServer(keeps_answering(OK)) as other:
        settings.WEBHOOK_TRUSTED_ORIGINS = [trusted.url]
        answers = post(f"{trusted.url}/hook", f"{other.url}/", "https://127.0.0.1:8443/", trusted.url)

    assert [sent.http_status for sent in answers] == [200, None, None, 200]
    assert [sent.failure for sent in answers[1:3]] == [Failure.BAD_URL, Failure.ADDRESS_REFUSED]
    assert (trusted.connections, other.connections) == (1, 0)


# --- The status alone decides --------------------------------------------------------------------------------------

BROKEN_BEHIND_THE_STATUS = {
    "body-of-204": b"204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "body-of-204-without-a-length": b"204 No Content\r\n\r\nhello",
    "chunks-of-204": b"204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "body-of-205": b"205 Reset Content\r\n\r\n<html>thanks</html>",
    "body-of-304": b"304 Not Modified\r\n\r\nhello",
    "more-than-the-length": b"200 OK\r\nContent-Length: 2\r\n\r\nhello",
    "less-than-the-length": b"200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    "negative-length": b"200 OK\r\nContent-Length: -5\r\n\r\n",
    "two-lengths": b"200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "length-and-chunks": b"202 Accepted\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown-coding": b"200 OK\r\nTransfer-Encoding: wishful\r\n\r\nhello",
    "chunk-cut-off": b"201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "chunk-size-is-no-number": b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "no-gzip": b"200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "header-without-colon": b"200 OK\r\nNo colon\r\n\r\n",
    "header-with-null": b"200 OK\r\nX: a\x00b\r\n\r\n",
    "long-header": b"200 OK\r\nX: " + b"x" * 20000 + b"\r\n\r\n",
    "many-headers": b"200 OK\r\n" + b"X: x\r\n" * 500 + b"\r\n",
    "nothing-behind-the-line": b"200 OK\r\n",
    "no-reason": b"200\r\nNo colon\r\n\r\n",
    "no-carriage-returns": b"200 OK\nNo colon\n\n",
    "broken-500": b"500 Oh\r\nContent-Length: 100\r\n\r\nonly this",
}


@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"], ids=["", "hints"]
)
@pytest.mark.parametrize("version", [b"HTTP/1.1 ", b"HTTP/1.0 "], ids=["1.1", "1.0"])
@pytest.mark.parametrize("broken", BROKEN_BEHIND_THE_STATUS)
def test_what_is_broken_behind_the_status_changes_nothing(broken, version, before):
    rest = BROKEN_BEHIND_THE_STATUS[broken]
    with ScriptedServer(sends(before + version + rest)) as server:
        (sent,) = post(server.url)

    assert (sent.http_status, sent.failure) == (int(rest[:3]), "")
    assert server.connections == 1


def test_packets_may_part_anywhere():
    bits = [bytes([byte]) for byte in b"HTTP/1.1 204 No Content\r\nNo colon\r\n\r\nhello"]
    with ScriptedServer(sends_slowly(bits)) as server:
        (sent,) = post(server.url)

    assert (sent.http_status, sent.failure) == (204, "")


def sends_slowly(parts: list[bytes]):
    def script(connection: socket.socket, closing: threading.Event) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
            closing.wait(0.002)

    return script


@pytest.mark.parametrize(
    "script",
    [
        drips(b"HTTP/1.1 200 OK\r\n", b"X"),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-Header: 1\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
        drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),
    ],
    ids=["header", "headers", "length", "no-length", "chunk-size"],
)
def test_an_answer_that_is_not_complete_in_time_has_its_status(script):
    with ScriptedServer(script) as server:
        (sent,) = post(server.url, limit_seconds=0.3)

    assert (sent.http_status, sent.failure) == (200, "")


def test_a_status_belongs_to_its_own_request():
    """The second request goes out on the connection of the first, and its answer never comes."""
    with ScriptedServer(answers_once_and_falls_silent) as server:
        first, second = post(server.url, server.url, limit_seconds=0.5)

    assert server.connections == 1
    assert (first.http_status, second.http_status, second.failure) == (200, None, Failure.TIMEOUT)


def answers_once_and_falls_silent(connection: socket.socket, closing: threading.Event) -> None:
    connection.sendall(OK)
    read_request(connection)
    closing.wait(5)


# --- What it survives ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 1073741824\r\n\r\n",
    ],
    ids=["with-length", "without-length", "redirect"],
)
def test_of_a_gigabyte_the_beginning_is_read(head):
    taken: list[int] = []
    with ScriptedServer(floods(head, b"x" * 16384, taken)) as server:
        (sent,) = post(server.url)

    assert (sent.failure, sent.excerpt) == ("", b"x" * 1024)
    assert sum(taken) < 8 * 1024 * 1024  # what fitted in the buffers of the kernel, not the gigabyte


@pytest.mark.parametrize(
    "script",
    [
        stays_silent,
        drips(b"HTTP/1.1 200 O", b"K"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(b"HTTP/1.1 102 Processing\r\n", b"X-Header: 1\r\n"),
        floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, []),
    ],
    ids=["silence", "line", "continue", "interim-headers", "many-continues"],
)
def test_an_answer_that_is_not_there_in_time_is_a_timeout(script):
    with ScriptedServer(script) as server:
        assert failure_of(server.url, limit_seconds=0.3) == Failure.TIMEOUT


def test_a_tls_greeting_that_is_never_answered_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert failure_of(url, limit_seconds=0.3) == Failure.TIMEOUT


@pytest.mark.parametrize("script", [resets, sends()], ids=["reset", "no-answer"])
def test_a_cut_connection_is_a_failed_connection(script):
    with ScriptedServer(script) as server:
        failure = failure_of(server.url)

    assert failure == Failure.CONNECTION_FAILED
    assert server.connections == 1  # and the request is not repeated


def test_an_idle_connection_that_the_receiver_has_closed_costs_no_failure():
    with ScriptedServer(closes_instead_of_a_second_answer) as server:
        answers = post(*[server.url] * 4)

    assert [sent.http_status for sent in answers] == [200, 200, 200, 200]
    assert server.connections == 4


def closes_instead_of_a_second_answer(connection: socket.socket, closing: threading.Event) -> None:
    connection.sendall(OK)
    read_request(connection)


def test_a_closed_port_is_a_failed_connection():
    assert failure_of(f"http://127.0.0.1:{unused_port()}/") == Failure.CONNECTION_FAILED


def test_a_name_that_nobody_knows_is_a_failed_connection():
    with name_service(socket.gaierror(socket.EAI_NONAME, "unknown")):
        assert failure_of("https://hooks.example/") == Failure.CONNECTION_FAILED


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02 this is not HTTP\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nNo colon\r\n\r\nHTTP/1.1 OK\r\n\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_broken(answer):
    with ScriptedServer(sends(answer)) as server:
        assert failure_of(server.url) == Failure.ANSWER_BROKEN


@pytest.mark.parametrize(
    "tls",
    [
        certificate("hooks.example", expired=True),
        certificate("hooks.example", self_signed=True),
        certificate("other.example"),
        None,
    ],
    ids=["expired", "self-signed", "of-another-host", "plain-http"],
)
def test_bad_tls_is_refused_before_the_request_is_sent(monkeypatch, tls):
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting())
    with ScriptedServer(sends(OK), tls) as server, name_service([("127.0.0.1", server.port)]):
        failure = failure_of(f"https://hooks.example:{server.port}/")

    assert failure == Failure.TLS_FAILED
    assert not any(b"POST" in request for request in server.requests)


def test_a_receiver_that_hangs_holds_up_nobody_else():
    with ScriptedServer(stays_silent) as slow, ScriptedServer(sends(OK)) as quick:
        answer = answer_beside([slow.url] * 100, quick.url)

    assert answer.http_status == 200


def test_a_name_service_that_hangs_holds_up_no_other_name(monkeypatch):
    over = threading.Event()
    known = socket.getaddrinfo

    def getaddrinfo(host, *rest):
        return known("127.0.0.1", *rest) if host == "quick.example" else over.wait(30) and []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    names = [f"http://slow-{number}.example/" for number in range(sending.LOOKUPS_AT_ONCE - 1)]
    with ScriptedServer(sends(OK)) as server:
        try:
            answer = answer_beside(names, f"http://quick.example:{server.port}/")
        finally:
            over.set()

    assert answer.http_status == 200


def answer_beside(hanging: list[str], url: str) -> Sent:
    """The answer of `url` while requests to the others are under way; they must still be when it has come."""

    async def run() -> Sent:
        async with Sender(3) as sender:
            flights = [asyncio.create_task(sender.post(other, b"", {})) for other in hanging]
            await asyncio.sleep(0.1)  # they are on their way
            answer = await sender.post(url, b"", {})
            assert not any(flight.done() for flight in flights)
            for flight in flights:
                flight.cancel()
            return answer

    return asyncio.run(run())
