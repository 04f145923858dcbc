"""The web process against callers who are slow, silent, broken or many (nt24/serving.py)."""

import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from nt24 import serving
from tests.servers.web import Caller, web

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql", reason="does not depend on the suite's database"
)
HOST = b"Host: localhost\r\n"
ALIVE = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
JSON = b"application/json"
MORE_THAN_THREADS = 3 * serving.threads


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One worker process, so that a caller who stops it stops everything."""
    folder = tmp_path_factory.mktemp("web")
    with web(folder, "--workers", "1", application="tests.servers.patient") as process:
        yield process


def sleep(seconds: float) -> bytes:
    return b"GET /test/sleep?%s HTTP/1.1\r\n%s\r\n" % (str(seconds).encode(), HOST)


def post(path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"POST %s HTTP/1.1\r\n%s%s\r\n%s" % (path, HOST, b"".join(h + b"\r\n" for h in headers), body)


# --- Slow and silent


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /hea",
        b"GET /healthz HTTP/1.1\r\nHost: local",
        ALIVE,  # answered, and then kept open
        post(b"/test/echo", b"Content-Length: 5000", body=b"the first bytes of"),
        post(b"/test/echo", b"Transfer-Encoding: chunked", body=b"5\r\nhel"),
        post(b"/realms/nt24-idp/protocol/openid-connect/token", b"Content-Length: 90", body=b"grant_type="),
        b"GET /test/large?10 HTTP/1.1\r\n" + HOST + b"\r\n",  # and the answer is never read
    ],
    ids=[
        "nothing",
        "half a line",
        "half a head",
        "idle",
        "half a body",
        "half a chunk",
        "half a form",
        "deaf",
    ],
)
def test_callers_who_do_not_go_on_cost_nobody_else_anything(served, sent):
    silent = [Caller(served.port) for _ in range(MORE_THAN_THREADS)]
    try:
        for caller in silent:
            caller.send(sent)
        for _ in range(5):
            with Caller(served.port, patience=5) as caller:
                assert caller.ask(ALIVE)[0] == 200
    finally:
        for caller in silent:
            caller.socket.close()


def test_a_body_that_comes_byte_by_byte_is_read_whole_beside_others(served):
    with Caller(served.port) as slow:
        slow.send(post(b"/test/echo", b"Content-Length: 10"))
        for byte in b"0123456789":
            slow.send(bytes([byte]))
            with Caller(served.port, patience=5) as caller:
                assert caller.ask(ALIVE)[0] == 200
        assert json.loads(slow.answer()[2]) == {"length": 10, "declared": "10", "body": "0123456789"}


def test_more_connections_than_there_is_room_for_close_the_oldest_silent_ones(served):
    silent = [Caller(served.port, patience=10) for _ in range(serving.CONNECTIONS + 20)]
    try:
        with Caller(served.port, patience=10) as caller:
            assert caller.ask(ALIVE)[0] == 200
        assert silent[0].is_closed()
    finally:
        for caller in silent:
            caller.socket.close()


class Clock:
    """A channel as the server sees it at a moment."""

    def __init__(self, **state):
        self.requests, self.request, self.last_activity, self.began_at = [], None, 0.0, 0.0
        vars(self).update(state)


class Request:
    def __init__(self, *, headers_finished):
        self.headers_finished = headers_finished


@pytest.mark.parametrize(
    ("channel", "age", "is_overdue"),
    [
        (Clock(), serving.SILENT_SECONDS + 1, True),
        (Clock(), serving.SILENT_SECONDS - 1, False),
        (Clock(requests=["at work"]), 10_000, False),
        (Clock(request=Request(headers_finished=False), last_activity=31), serving.HEAD_SECONDS + 1, True),
        (Clock(request=Request(headers_finished=False), last_activity=29), serving.HEAD_SECONDS - 1, False),
        (Clock(request=Request(headers_finished=True), last_activity=600), serving.BODY_SECONDS + 1, True),
        (Clock(request=Request(headers_finished=True), last_activity=599), serving.BODY_SECONDS - 1, False),
    ],
)
def test_a_connection_has_its_time(channel, age, is_overdue):
    assert serving.Channel.is_overdue(channel, age) is is_overdue


# --- Framing


@pytest.mark.parametrize("body", [b"", b"hello", b"0" * 100_000])
def test_a_body_in_chunks_arrives_like_one_with_a_length(served, body):
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece)
        for piece in (body[at : at + 7000] for at in range(0, len(body), 7000))
    )
    chunked = post(b"/test/echo", b"Transfer-Encoding: chunked", body=pieces + b"0\r\n\r\n")
    with Caller(served.port) as caller:
        expected = {"length": len(body), "declared": str(len(body)), "body": body[:100].decode()}
        assert json.loads(caller.ask(chunked)[2]) == expected
        assert caller.ask(ALIVE)[0] == 200  # the next request on the line begins where this one ended


def test_requests_that_are_sent_ahead_are_answered_in_their_order(served):
    with Caller(served.port) as caller:
        caller.send(sleep(0.2) + post(b"/test/echo", b"Content-Length: 2", body=b"hi") + ALIVE)
        assert caller.answer()[2].isdigit()
        assert json.loads(caller.answer()[2])["body"] == "hi"
        assert json.loads(caller.answer()[2]) == {"status": "ok"}


def test_a_body_is_asked_for_when_the_caller_waits_to_be_asked(served):
    with Caller(served.port) as caller:
        caller.send(post(b"/test/echo", b"Content-Length: 2", b"Expect: 100-continue"))
        assert caller.answer()[0] == 100
        assert json.loads(caller.ask(b"hi")[2])["body"] == "hi"


@pytest.mark.parametrize("types", [(JSON, JSON), (JSON, b"text/plain"), (b"text/plain", JSON), (b"", JSON)])
def test_two_types_of_one_body_arrive_as_both(served, types):
    """The API refuses such a pair (tests/nt24/test_framing.py); no server may pick one of them."""
    headers = [b"Content-Type: " + type for type in types]
    with Caller(served.port) as caller:
        assert caller.ask(post(b"/test/type", *headers))[2] == b", ".join(types)
        status, answered, body = caller.ask(post(b"/v1/webhooks", *headers, b"Content-Length: 2", body=b"{}"))

    assert (status, answered["content-type"]) == (401, "application/problem+json")
    assert json.loads(body)["traceId"] == answered["x-request-id"]


@pytest.mark.parametrize("lines", [1, 4, serving.threads])
def test_connections_that_are_kept_open_are_answered_call_after_call(served, lines):
    answers = Counter()

    def call_on_and_on():
        with Caller(served.port) as caller:
            for _ in range(50):
                answers[caller.ask(ALIVE)[0]] += 1

    with ThreadPoolExecutor(lines) as pool:
        for future in [pool.submit(call_on_and_on) for _ in range(lines)]:
            future.result()

    assert answers == {200: 50 * lines}


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "200 OK"])
def test_an_answer_without_a_body_keeps_the_connection(served, status):
    asked = f"GET /test/status?{status.replace(' ', '%20')} HTTP/1.1\r\n".encode() + HOST + b"\r\n"
    with Caller(served.port) as caller:
        answers = [caller.ask(asked) for _ in range(3)]

    assert [answer[0] for answer in answers] == [int(status[:3])] * 3
    assert not any("connection" in headers or body for _, headers, body in answers)


# --- What never reaches Django


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"NONSENSE\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/me HTTP/1.1\r\n" + HOST + b"X-A : b\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/me HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/\xc3\xa4 HTTP/1.1\r\n" + HOST + b"\r\n", 400, "malformed-request"),
        (b"GET /v1/me HTTP/1.1\r\nX-A: " + b"a" * serving.HEAD_BYTES + b"\r\n\r\n", 400, "malformed-request"),
        (b"GET /v1/" + b"a" * serving.HEAD_BYTES + b" HTTP/1.1\r\n\r\n", 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Content-Length: -1"), 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Content-Length: 1", b"Content-Length: 2"), 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Transfer-Encoding: gzip, chunked"), 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Transfer-Encoding: chunked", body=b"zz\r\n"), 400, "malformed-request"),
        (post(b"/v1/webhooks", b"Content-Length: %d" % (10**12)), 413, "payload-too-large"),
        # Django answers these, in the same form
        (b"GET /v1/me HTTP/1.1\r\n" + HOST + b"\r\n", 401, "unauthorized"),
    ],
)
def test_what_cannot_be_passed_on_is_a_problem_document_too(served, sent, status, slug):
    with Caller(served.port) as caller:
        answered, headers, body = caller.ask(sent)

    problem = json.loads(body)
    assert (answered, problem["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert problem["type"].endswith(f"/problems/{slug}")
    assert problem["traceId"] == headers["x-request-id"]
    assert set(problem) == {"type", "title", "status", "detail", "instance", "traceId"}


def test_a_page_that_got_too_much_says_so_in_a_sentence(served):
    with Caller(served.port) as caller:
        status, headers, body = caller.ask(post(b"/verify", b"Content-Length: %d" % (10**12)))

    assert (status, headers["content-type"]) == (413, "text/plain; charset=utf-8")
    assert body == b"A request may have at most 264 MiB.\n"


def test_the_server_does_not_say_what_it_is(served):
    with Caller(served.port) as caller:
        assert "server" not in caller.ask(ALIVE)[1]


# --- Restarts


def test_what_is_being_answered_when_the_process_is_asked_to_end_is_answered(tmp_path):
    with (
        web(tmp_path, application="tests.servers.patient") as process,
        Caller(process.port) as busy,
        Caller(process.port) as unfinished,
        Caller(process.port) as idle,
    ):
        busy.send(sleep(2))
        unfinished.send(post(b"/test/echo", b"Content-Length: 5", body=b"hel"))
        assert idle.ask(ALIVE)[0] == 200
        time.sleep(0.5)

        process.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        unfinished.send(b"lo")

        assert idle.is_closed()
        assert busy.answer()[0] == 200
        assert json.loads(unfinished.answer()[2])["body"] == "hello"
        assert process.process.wait(20) == 0


@pytest.mark.parametrize("asked", [ALIVE, post(b"/test/echo", b"Content-Length: 2", body=b"hi"), sleep(0.5)])
def test_who_has_connected_when_the_process_is_asked_to_end_may_still_call(tmp_path, asked):
    with (
        web(tmp_path, "--workers", "1", application="tests.servers.patient") as process,
        Caller(process.port) as caller,
    ):
        time.sleep(0.5)
        process.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)

        assert caller.ask(asked)[0] == 200
        assert caller.is_closed()
        assert process.process.wait(20) == 0


def test_a_reload_loses_no_call(tmp_path):
    failures, answered, is_over = [], [], threading.Event()

    def call_on_and_on(port):
        while not is_over.is_set():
            try:
                with Caller(port) as caller:
                    answered.append(caller.ask(ALIVE)[0])
            except OSError as failure:
                failures.append(repr(failure))

    with web(tmp_path, application="tests.servers.patient") as process:
        before = process.workers()
        threads = [threading.Thread(target=call_on_and_on, args=(process.port,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        process.process.send_signal(signal.SIGHUP)
        for _ in range(200):
            if set(process.workers()).isdisjoint(before):
                break
            time.sleep(0.1)
        is_over.set()
        for thread in threads:
            thread.join()
        after = process.workers()

    assert set(after).isdisjoint(before)
    assert failures == []
    assert set(answered) == {200}


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    with web(tmp_path, application="tests.servers.patient") as process:
        killed, other = process.workers()
        os.kill(killed, signal.SIGKILL)

        for _ in range(20):
            with Caller(process.port) as caller:
                assert caller.ask(ALIVE)[0] == 200
        for _ in range(200):
            workers = process.workers()
            if len(workers) == 2 and killed not in workers:
                break
            time.sleep(0.1)

    assert len(workers) == 2
    assert other in workers
    assert killed not in workers
