"""The web process as production starts it, and raw sockets to speak with it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Web:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def workers(self) -> list[int]:
        command = ["ps", "-o", "pid=", "--ppid", str(self.process.pid)]
        return [
            int(line) for line in subprocess.run(command, capture_output=True, check=False).stdout.split()
        ]


@contextmanager
def web(folder: Path, *flags: str, application: str = "nt24.wsgi", **environment: str) -> Iterator[Web]:
    """gunicorn with our configuration on a port of its own, its data below `folder`; ended at the end."""
    port, log = free_port(), folder / f"web-{time.time_ns()}.log"
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:nt24.serving", "--bind", f"{HOST}:{port}",
        *flags, application,
    ]  # fmt: skip
    own = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "nt24.settings", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env={**os.environ, **own}, stdout=output, stderr=output
        )
    try:
        await_answer(port, process, log)
        yield Web(process, port, log)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with Caller(port) as caller:
                caller.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if caller.answer()[0] == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer: {log.read_text()}")


class Caller:
    """One connection, spoken over by hand."""

    def __init__(self, port: int, *, patience: float = 30) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=patience)
        self.rest = b""

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *what: object) -> None:
        self.socket.close()

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def ask(self, content: bytes) -> tuple[int, dict[str, str], bytes]:
        self.send(content)
        return self.answer()

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, body by its declared length.

        :raises ConnectionError: the connection was closed before.
        """
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.rest) < length:
            self.rest += self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(first.split()[1]), headers, body

    def is_closed(self) -> bool:
        """Waits until the other side closes, or the patience ends."""
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def more(self) -> bytes:
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("closed")
        return chunk
