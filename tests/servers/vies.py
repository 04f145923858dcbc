"""The VIES REST service on a local port: its paths, members and error bodies, with programmable next answers.

Without a programmed answer `/check-vat-number` says valid; `/check-vat-test-service` goes by the number.
"""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

CHECK, TEST_SERVICE, STATUS = "/check-vat-number", "/check-vat-test-service", "/check-status"
# Numbers of the Commission's test service; 100 is valid, 200 is not.
ERROR_FOR_TEST_NUMBER = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
CONSULTATION_NUMBER = "WAPIAAAAX1tEsT42"
MATCHES = ("traderName", "traderStreet", "traderPostalCode", "traderCity", "traderCompanyType")


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> Any:
        return json.loads(self.body)


class ViesServer:
    """`with ViesServer() as server:` serves on `server.url`; programmed answers are used up in order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.closing = threading.Event()
        self.member_states = {"DE": "Available", "FR": "Unavailable", "NL": "Monitoring Disabled"}
        self._answers: deque[Callable[[Handler, Asked], object]] = deque()
        handler = type("BoundHandler", (Handler,), {"vies": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def says_valid(self, **members: object) -> Self:
        """The next answer: valid; `members` replace those of the body, a None leaves one out."""
        return self._next(lambda handler, asked: handler.send_members(200, verdict(asked, True, members)))

    def says_invalid(self, **members: object) -> Self:
        return self._next(lambda handler, asked: handler.send_members(200, verdict(asked, False, members)))

    def says_error(self, code: str, status: int = 200, times: int = 1) -> Self:
        for _ in range(times):
            self._next(lambda handler, asked: handler.send_members(status, error(code)))
        return self

    def says(self, body: bytes, status: int = 200, **headers: str) -> Self:
        """Exactly these bytes; header names with `_` for `-`."""
        return self._next(lambda handler, asked: handler.send_bytes(status, body, headers))

    def is_silent(self) -> Self:
        """The next request is never answered."""
        return self._next(lambda handler, asked: self.closing.wait(30))

    def resets_the_connection(self) -> Self:
        return self._next(lambda handler, asked: handler.reset())

    def _next(self, answer: Callable[["Handler", Asked], object]) -> Self:
        self._answers.append(answer)
        return self

    def answer(self, handler: "Handler", asked: Asked) -> None:
        self.asked.append(asked)
        if self._answers:
            self._answers.popleft()(handler, asked)
        elif asked.path == STATUS:
            handler.send_members(200, self.status())
        elif asked.path == TEST_SERVICE:
            send_test_answer(handler, asked)
        elif asked.path == CHECK:
            handler.send_members(200, verdict(asked, True, {}))
        else:
            handler.send_bytes(404, b"", {})

    def status(self) -> dict[str, object]:
        countries = [
            {"countryCode": state, "availability": availability}
            for state, availability in self.member_states.items()
        ]
        return {"vow": {"available": True}, "countries": countries}


class Handler(BaseHTTPRequestHandler):
    vies: ClassVar[ViesServer]

    def do_GET(self) -> None:
        self.vies.answer(self, Asked("GET", self.path, dict(self.headers), b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.vies.answer(self, Asked("POST", self.path, dict(self.headers), body))

    def setup(self) -> None:
        super().setup()
        self.vies.connections += 1

    def send_members(self, status: int, members: Mapping[str, object]) -> None:
        self.send_bytes(status, json.dumps(members, ensure_ascii=False).encode(), {})

    def send_bytes(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reset(self) -> None:
        """Abort with a TCP reset instead of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test reads `asked`."""


def verdict(asked: Asked, valid: bool, changes: Mapping[str, object]) -> dict[str, object]:
    """A body with every member the service has; undisclosed texts are three hyphens."""
    question = asked.members
    has_requester = question.get("requesterMemberStateCode") and question.get("requesterNumber")
    members: dict[str, object] = {
        "countryCode": question["countryCode"],
        "vatNumber": question["vatNumber"],
        "requestDate": "2026-11-20T10:15:30.123Z",
        "valid": valid,
        "requestIdentifier": CONSULTATION_NUMBER if has_requester else "",
        "name": "John Doe" if valid else "---",
        "address": "123 Main St, Anytown, UK" if valid else "---",
        **{name: question.get(name, "---") if valid else "---" for name in MATCHES},
        **{f"{name}Match": "VALID" if valid and name in question else "NOT_PROCESSED" for name in MATCHES},
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def error(code: str) -> dict[str, object]:
    return {"actionSucceed": False, "errorWrappers": [{"error": code, "message": f"{code} occurred"}]}


def send_test_answer(handler: Handler, asked: Asked) -> None:
    number = asked.members["vatNumber"]
    if code := ERROR_FOR_TEST_NUMBER.get(number):
        handler.send_members(200, error(code))
    elif number in {"100", "200"}:
        handler.send_members(200, verdict(asked, number == "100", {}))
    else:
        handler.send_members(200, error("INVALID_INPUT"))
