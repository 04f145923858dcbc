"""iDenfy on a local port: tokens by Basic auth, the status of a session, and callbacks signed over the raw body.

Written from iDenfy's description and without our code, so that both cannot be wrong in the same way.
"""

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

TOKEN, STATUS = "/api/v2/token", "/api/v2/status"
KEY, SECRET, SIGNING_KEY = "test-api-key", "test-api-secret", "test-signing-key"
CLEAR_SCREENING: dict[str, Any] = {
    "status": {
        "serviceSuspected": False,
        "checkSuccessful": True,
        "serviceFound": False,
        "serviceUsed": True,
        "overallStatus": "NOT_SUSPECTED",
    },
    "serviceName": "AML_NAMES_CHECK",
    "data": [],
    "uid": "OHT8GR5ESRF5XROWE5ZGCC49B",
    "errorMessage": None,
}
HIT: dict[str, Any] = {
    **CLEAR_SCREENING,
    "status": {
        **CLEAR_SCREENING["status"],
        "serviceSuspected": True,
        "serviceFound": True,
        "overallStatus": "SUSPECTED",
    },
    "data": [{"name": "JAN", "surname": "KOWALSKI", "suspicion": "SANCTION", "listName": "EU sanctions"}],
}
PERSON: dict[str, Any] = {
    "docFirstName": "JAN",
    "docLastName": "KOWALSKI",
    "docNumber": "ABC123456",
    "docPersonalCode": "80010112345",
    "docExpiry": "2031-05-17",
    "docDob": "1980-01-01",
    "docDateOfIssue": "2021-05-17",
    "docType": "ID_CARD",
    "docSex": "MALE",
    "docNationality": "PL",
    "docIssuingCountry": "PL",
    "birthPlace": "WARSZAWA",
    "address": None,
    "duplicateFaces": [],
}


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Callback:
    """A callback as iDenfy sends it: exact bytes, their signature, and the event's name, which nothing signs."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def to(self, client: Any, path: str = "/callbacks/idenfy") -> Any:
        """Post it to us."""
        return client.post(path, data=self.body, content_type="application/json", headers=self.headers)

    def altered(self, old: str, new: str) -> "Callback":
        """The same signature over another body."""
        assert old.encode() in self.body
        return Callback(self.body.replace(old.encode(), new.encode()), self.headers)

    def called(self, event: str) -> "Callback":
        return Callback(self.body, {**self.headers, "Idenfy-Event-Type": event})


class IdenfyServer:
    """`with IdenfyServer() as server:` serves on `server.url`; programmed answers are used up in order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.sessions: dict[str, dict[str, Any]] = {}  # by scanRef
        self.closing = threading.Event()
        self._answers: deque[Callable[[Handler], object]] = deque()
        self._lock = threading.Lock()
        handler = type("BoundHandler", (Handler,), {"idenfy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    # --- What it is told to do

    def says(self, body: bytes | dict[str, Any], status: int) -> Self:
        """The next answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._answers.append(lambda handler: handler.send(status, content))
        return self

    def refuses(self, identifier: str, status: int) -> Self:
        return self.says({"identifier": identifier, "message": f"{identifier} happened"}, status)

    def is_silent(self) -> Self:
        """The next request is never answered."""
        self._answers.append(lambda handler: self.closing.wait(30))
        return self

    # --- What it does by itself

    def answer(self, handler: "Handler", asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)
            programmed = self._answers.popleft() if self._answers else None
        if programmed is not None:
            programmed(handler)
        elif asked.headers.get("Authorization") != basic(KEY, SECRET):
            handler.send_members(401, {"identifier": "UNAUTHORIZED", "message": "Bad credentials"})
        elif asked.path == TOKEN:
            handler.send_members(201, self.new_session(asked.members))
        elif asked.path == STATUS and asked.members["scanRef"] in self.sessions:
            handler.send_members(200, self.status(asked.members["scanRef"]))
        else:
            handler.send_members(404, {"identifier": "NOT_FOUND", "message": "Not found"})

    def new_session(self, wanted: dict[str, Any]) -> dict[str, Any]:
        scan_ref, token = str(uuid.uuid4()), uuid.uuid4().hex
        self.sessions[scan_ref] = {"clientId": wanted["clientId"], "overall": "ACTIVE"}
        return {
            "message": "Token created successfully",
            "authToken": token,
            "redirectUrl": f"https://ui.idenfy.com/?authToken={token}",
            "scanRef": scan_ref,
            "clientId": wanted["clientId"],
            "expiryTime": wanted.get("expiryTime", 3600),
            "sessionLength": wanted.get("sessionLength", 600),
            "tokenType": wanted.get("tokenType", "IDENTIFICATION"),
        }

    def status(self, scan_ref: str) -> dict[str, Any]:
        session = self.sessions[scan_ref]
        return {
            "fraudTags": [],
            "mismatchTags": [],
            "autoDocument": session.get("document"),
            "autoFace": session.get("face"),
            "manualDocument": "",
            "manualFace": "",
            "scanRef": scan_ref,
            "clientId": session["clientId"],
            "status": session["overall"],
        }

    # --- Callbacks

    def callback(
        self, overall: str = "APPROVED", *, session_id: str = "", scan_ref: str = "", final: Any = True,
        by_person: bool = False, event: str = "", status: dict[str, Any] | None = None, key: str = SIGNING_KEY,
        **members: Any
    ) -> Callback:  # fmt: skip
        """The callback of a session, the newest one if none is named; `members` replace those of the body."""
        scan_ref = scan_ref or self.scan_ref_of(session_id)
        face = "FACE_MISMATCH" if overall == "DENIED" else "FACE_MATCH"
        seen = {"Face": face, "Document": "DOC_VALIDATED"} if overall != "EXPIRED" else {}
        body: dict[str, Any] = {
            "final": final,
            "platform": "MOBILE",
            "status": {
                "overall": overall,
                "fraudTags": [],
                "mismatchTags": ["SURNAME"] if overall == "SUSPECTED" else [],
                **{f"auto{what}": seen.get(what) for what in ("Face", "Document")},
                **{f"manual{what}": seen.get(what) if by_person else None for what in ("Face", "Document")},
                "additionalSteps": None,
                **(status or {}),
            },
            "data": PERSON if seen else dict.fromkeys(PERSON),
            "fileUrls": {"FRONT": "https://s3.eu-west-1.amazonaws.com/production.users.storage/FRONT.png"},
            "AML": [CLEAR_SCREENING] if seen else [],
            "LID": [],
            "scanRef": scan_ref,
            "externalRef": None,
            "clientId": self.sessions.get(scan_ref, {}).get("clientId", "unknown"),
            "startTime": 1777111000,
            "finishTime": 1777111200,
            "clientIp": "198.51.100.7",
            "clientIpCountry": "PL",
            "clientLocation": "Warszawa, Poland",
            **members,
        }
        raw = json.dumps(body, separators=(", ", ": ")).encode()
        return Callback(raw, self.signed(raw, event or event_of(overall, by_person=by_person), key))

    def scan_ref_of(self, session_id: str) -> str:
        found = [ref for ref, session in self.sessions.items() if session_id in ("", session["clientId"])]
        return found[-1]

    @staticmethod
    def signed(raw: bytes, event: str, key: str = SIGNING_KEY) -> dict[str, str]:
        signature = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
        return {"Idenfy-Signature": signature, "Idenfy-Event-Type": event}


class Handler(BaseHTTPRequestHandler):
    idenfy: ClassVar[IdenfyServer]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.idenfy.answer(self, Asked(self.path, dict(self.headers), body))

    def send_members(self, status: int, members: Mapping[str, object]) -> None:
        self.send(status, json.dumps(members).encode())

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test reads `asked`."""


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def event_of(overall: str, *, by_person: bool) -> str:
    if overall == "EXPIRED":
        return "IDENTIFICATION_EXPIRED"
    return "IDENTIFICATION_MANUAL_FINISHED" if by_person else "IDENTIFICATION_AUTO_FINISHED"
