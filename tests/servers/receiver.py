"""A partner's side of the webhooks: an HTTP server on loopback that keeps what it gets and answers as it is told."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import orjson


@dataclass(frozen=True)
class Received:
    """One request as it came, and the status that it was answered with."""

    headers: dict[str, str]
    body: bytes
    answered: int

    @property
    def event(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        """By the contract's own words, without our code (contract 12)."""
        parts = [part.split("=", 1) for part in self.headers["x-novatrade-signature"].split(",")]
        at = next(value for name, value in parts if name == "t")
        expected = hmac.new(secret.encode(), f"{at}.".encode() + self.body, hashlib.sha256).hexdigest()
        return expected in [value for name, value in parts if name == "v1"]


@dataclass
class Receiver:
    """`answers` are the statuses to come, the last one for ever, unless `judge` decides by the request; `on_request`
    may hold a request."""

    answers: list[int] = field(default_factory=lambda: [200])
    body: bytes = b"thanks"
    on_request: Callable[[], None] = lambda: None
    judge: Callable[[Received], int] | None = None
    requests: list[Received] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.on_request()
                with lock:
                    status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    if receiver.judge is not None:
                        status = receiver.judge(Received(headers, body, status))
                    receiver.requests.append(Received(headers, body, status))
                self.send_response(status)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *args: Any) -> None:
                """Nothing: the test looks at `requests`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"

    @property
    def types(self) -> list[str]:
        return [request.headers["x-novatrade-event-type"] for request in self.requests]

    @property
    def event_ids(self) -> list[str]:
        return [request.headers["x-novatrade-event-id"] for request in self.requests]
