"""A TCP server that answers each connection with a script: for what no decent HTTP server sends."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Self

TLS_HANDSHAKE = b"\x16"  # RFC 8446, 5.1: the first byte of a client's greeting
Script = Callable[[socket.socket, threading.Event], None]


class ScriptedServer:
    """Runs `script(connection, closing)` once per connection, after the request has been read.

    `requests` holds the raw bytes of every request, `connections` counts what was accepted. With a `certificate`
    (tests/servers/certificates.py) it speaks TLS.
    """

    def __init__(self, script: Script, certificate: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.certificate = certificate
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        # Closing alone does not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(timeout=5)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed by __exit__
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that hangs up in the middle is what some tests are about.
        with connection, contextlib.suppress(OSError), self._secured(connection) as secured:
            self.requests.append(read_request(secured))
            self.script(secured, self.closing)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.certificate.wrap_socket(connection, server_side=True) if self.certificate else connection


def read_request(connection: socket.socket) -> bytes:
    """The head and, where a Content-Length says so, the body; whatever came when it is not HTTP."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part or part.startswith(TLS_HANDSHAKE):
            return data + part
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def sends(*parts: bytes) -> Script:
    """Send the parts, then close in the regular way."""

    def script(connection: socket.socket, closing: threading.Event) -> None:
        for part in parts:
            connection.sendall(part)

    return script


def keeps_answering(answer: bytes) -> Script:
    """Send `answer` and wait for the next request on the same connection."""

    def script(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(answer)
        while read_request(connection):
            connection.sendall(answer)

    return script


def drips(first: bytes, drop: bytes) -> Script:
    """Send `first`, then `drop` every 20 ms until the client or the test has gone."""

    def script(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(first)
        while not closing.wait(0.02):
            connection.sendall(drop)

    return script


def floods(first: bytes, part: bytes, sent: list[int]) -> Script:
    """Send `first`, then `part` as fast as the client takes it; `sent` collects the sizes."""

    def script(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(first)
        while not closing.is_set():
            connection.sendall(part)
            sent.append(len(part))

    return script


def stays_silent(connection: socket.socket, closing: threading.Event) -> None:
    """Take the request and never answer."""
    closing.wait(30)


def resets(connection: socket.socket, closing: threading.Event) -> None:
    """Abort with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def unused_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
