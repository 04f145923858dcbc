"""The benchmarks' servers start. What they measure is `make bench`; CI runs one short round of it."""

import os
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from django.conf import settings as project

from tests.bench import __main__ as bench


@pytest.mark.parametrize(
    ("settings", "application"),
    [("tests.bench.settings", "nt24.wsgi"), ("tests.bench.bare_settings", "tests.bench.bare_server")],
)
def test_a_server_of_the_benchmark_starts_and_answers(settings, application, tmp_path):
    script = (
        f"from {application} import application\n"
        "from django.test import Client\n"
        "print(Client(raise_request_exception=False).get('/nowhere').status_code)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert told.stdout == "404\n", told.stderr


# --- What a round says about a server that does not do its part


class Plain(socketserver.ThreadingTCPServer):
    """Gives each call the bytes of `answer`; closes the connection afterwards if `is_closing`."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, answer: bytes, *, is_closing: bool = False) -> None:
        self.answer, self.is_closing = answer, is_closing
        super().__init__(("127.0.0.1", 0), Reply)


class Reply(socketserver.BaseRequestHandler):
    server: Plain

    def handle(self) -> None:
        while self.request.recv(65536):
            self.request.sendall(self.server.answer)
            if self.server.is_closing:
                return


@contextmanager
def side(answer, **options):
    with Plain(answer, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield bench.Side(server.server_address[1], lambda _: b"GET / HTTP/1.1\r\n\r\n", 200)
        server.shutdown()


GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WRONG = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(autouse=True)
def briefly(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.1)


def test_a_server_that_answers_every_call_is_measured():
    with side(GOOD) as good:
        assert bench.measured(good) > 0


@pytest.mark.parametrize(
    ("answer", "options", "told"),
    [
        (WRONG, {}, "500: .*expected 200"),
        (GOOD, {"is_closing": True}, "did not answer every call"),
        (b"", {"is_closing": True}, "did not answer every call"),
    ],
)
def test_a_server_that_answers_wrongly_or_not_at_all_ends_the_benchmark(answer, options, told):
    with side(answer, **options) as bad, pytest.raises(SystemExit, match=f"port {bad.port} .*{told}"):
        bench.measured(bad)


def test_no_call_in_the_time_of_a_round_ends_the_benchmark(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.0)
    with side(GOOD) as good, pytest.raises(SystemExit, match="answered nothing, expected 200"):
        bench.measured(good)
