"""A closed-loop load over raw sockets: cheap enough that one core of it keeps one core of server busy."""

import contextlib
import itertools
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE = 60  # seconds without a byte of an answer
Request = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


class Line:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def ask(self, request: bytes) -> Reply:
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, _, body = self.rest.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        if b"transfer-encoding: chunked" in lines:
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            self.rest = b""
            return Reply(int(lines[0].split()[1]), body)
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self._more()
        self.rest = body[length:]
        return Reply(int(lines[0].split()[1]), body[:length])

    def _more(self) -> bytes:
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


@dataclass(frozen=True, slots=True)
class Run:
    """Calls per second, and what was answered with which status."""

    rate: float
    statuses: dict[int, int]


def drive(port: int, request: Request, *, seconds: float, lines: int = 4) -> Run:
    """Ask for `seconds` on `lines` connections; `request(n)` makes the bytes of the n-th call of all.

    Raises: `OSError` of the first connection that was refused, closed or silent for `PATIENCE` seconds.
    """
    counter = itertools.count()  # next() of it is atomic
    until = time.perf_counter() + seconds

    def work(line: Line) -> Counter[int]:
        seen = Counter[int]()
        while time.perf_counter() < until:
            seen[line.ask(request(next(counter))).status] += 1
        return seen

    with contextlib.ExitStack() as stack, ThreadPoolExecutor(lines) as pool:
        opened = [stack.enter_context(Line(port)) for _ in range(lines)]
        started = time.perf_counter()
        statuses = sum(pool.map(work, opened), Counter[int]())
        return Run(statuses.total() / (time.perf_counter() - started), dict(statuses))


def http(method: str, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
