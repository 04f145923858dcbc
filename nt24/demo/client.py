"""A partner's HTTP client, as small as one can be: a token, a new key per write, and a word about every call."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata

from nt24.demo.papers import Paper
from nt24.http import Limits, Unreachable, call

PATIENCE = Limits(connect_seconds=5, read_seconds=60, total_seconds=120, body_bytes=80 * 1024 * 1024)
REPEATED_SECONDS = 60.0  # for how long a call is repeated that is refused for the moment
JSON = "application/json"
Method = Literal["GET", "POST", "PATCH"]
Fields = dict[str, str | bytes | tuple[str, str | bytes] | tuple[str, str | bytes, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`took_ms` is the time of the whole call; header names are in lower case; `asked` counts a question's repeats."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: int
    asked: int = 1

    def json(self) -> Any:
        return json.loads(self.body)


class Refused(Exception):
    """The portal answered with another status than the demo counts on."""

    def __init__(self, answer: Answer) -> None:
        told = answer.body[:2000].decode("utf-8", "replace")
        super().__init__(f"{answer.method} {answer.path} was answered with {answer.status}: {told}")
        self.answer = answer


class DemoClient:
    """Calls the portal at `base_url`; `heard` is told of every answer before it is judged."""

    def __init__(self, base_url: str, heard: Callable[[Answer], None]) -> None:
        self._base_url, self._heard = base_url, heard
        self._authorization: dict[str, str] = {}

    def sign_in(self, token_path: str, client_id: str, client_secret: str) -> None:
        """Fetch a token and use it from now on."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        answer = self._send("POST", token_path, urlencode(form).encode(), "application/x-www-form-urlencoded")
        self._authorization = {"Authorization": f"Bearer {taken(answer).json()['access_token']}"}

    def get(self, path: str, **headers: str) -> Answer:
        """Any answer, also a 304; headers are named with `_` for `-`."""
        return self._send(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def read(self, path: str) -> Any:
        """The JSON of a 200.

        :raises Refused: it is another status.
        """
        return taken(self.get(path)).json()

    def read_when(self, path: str, is_there: Callable[[Any], bool], *, pause: Callable[[], None]) -> Any:
        """Read again, after `pause`, until it is there; only the last answer is told of. `pause` may give up.

        :raises Refused: it is another status than 200.
        """
        asked = 1
        while not is_there((answer := taken(self._exchange("GET", path))).json()):
            pause()
            asked += 1
        self._heard(replace(answer, asked=asked))
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON answered to a write, None when there is none.

        :raises Refused: the write was not taken.
        """
        return self._write("POST", path, b"" if body is None else json.dumps(body).encode())

    def patch(self, path: str, body: Any) -> Any:
        """The JSON answered to a change.

        :raises Refused: the change was not taken.
        """
        return self._write("PATCH", path, json.dumps(body).encode())

    def upload(self, path: str, type: str, paper: Paper, *, dated: str) -> Any:
        """File a document of this type.

        :raises Refused: it was not taken.
        """
        fields: Fields = {
            "type": type,
            "documentDate": dated,
            "file": (paper.file_name, paper.content, paper.content_type),
        }
        body, content_type = encode_multipart_formdata(fields)
        return taken(self._send("POST", path, body, content_type)).json()

    def show(self, path: str, paper: Paper) -> str:
        """Drop a file on a public page, and the page that comes back."""
        body, content_type = encode_multipart_formdata(
            {"file": (paper.file_name, paper.content, paper.content_type)}
        )
        return taken(self._send("POST", path, body, content_type)).body.decode()

    def _write(self, method: Method, path: str, content: bytes) -> Any:
        answer = taken(self._send(method, path, content, JSON))
        return answer.json() if answer.body else None

    def _send(
        self,
        method: Method,
        path: str,
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = self._exchange(method, path, body, content_type, headers)
        self._heard(answer)
        return answer

    def _exchange(
        self,
        method: Method,
        path: str,
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer that lasts: what is refused for the moment is repeated, with the same key."""
        sent = {**self._authorization, **(headers or {})}
        if method != "GET":
            sent |= {"Content-Type": content_type, "Idempotency-Key": uuid.uuid4().hex}
        until, asked = time.monotonic() + REPEATED_SECONDS, 0
        while True:
            asked += 1
            try:
                # The portal is our own, on this machine: the one private address that is wanted.
                reply = call(
                    method,
                    f"{self._base_url}{path}",
                    body=body,
                    headers=sent,
                    limits=PATIENCE,
                    allow_private=True,
                )
            except Unreachable:
                if time.monotonic() > until:
                    raise
                time.sleep(1)
                continue
            answer = Answer(method, path, reply.status, reply.headers, reply.body, reply.milliseconds, asked)
            if not is_for_the_moment(answer) or time.monotonic() > until:
                return answer
            time.sleep(float(answer.headers.get("retry-after", 1)))


def is_for_the_moment(answer: Answer) -> bool:
    """Whether the same call may be taken later: a busy database, a twin that is still at work, a limit."""
    return answer.status in {429, 503} or (answer.status == 409 and b"/request-in-progress" in answer.body)


def taken(answer: Answer) -> Answer:
    """:raises Refused: its status is not 2xx."""
    if not 200 <= answer.status < 300:
        raise Refused(answer)
    return answer
