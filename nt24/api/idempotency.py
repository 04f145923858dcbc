"""The first layer of idempotency: the same key never does its work twice (contract 4.3, 16.1, 16.4).

The key's row, the work and the stored answer commit together. A twin that arrives meanwhile waits on the unique
index (on SQLite: on the write lock) and then replays; if the first one fails, its row is gone and the twin works.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nt24.api.models import Call
from nt24.api.paths import canonical
from nt24.errors import KeyReused, MalformedRequest, RequestInProgress, Unavailable
from nt24.vault import decrypt, encrypt

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL: `lock_timeout` has run out
KEPT_HEADERS = ("ETag", "Location", "Content-Type")

# One statement that inserts the key, takes over one that has outlived its 24 hours, or changes nothing.
CLAIM = """
INSERT INTO api_call (organization_id, key, fingerprint, status, headers, body, is_encrypted, created_at)
VALUES (%s, %s, %s, 0, '{}', %s, false, %s)
ON CONFLICT (organization_id, key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = 0, headers = '{}', body = excluded.body,
    created_at = excluded.created_at
WHERE api_call.created_at < %s
"""


def key_of(request: HttpRequest) -> str:
    """The caller's key.

    :raises MalformedRequest: there is none, or it is longer than 255 characters or not printable ASCII.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        raise MalformedRequest(
            f"Send the header {HEADER}: a new unique value per request, the same one on its retries."
        )
    if len(key) > 255 or not (key.isascii() and key.isprintable()):
        raise MalformedRequest(f"{HEADER} takes 1 to 255 printable ASCII characters.")
    return key


def fingerprint(request: HttpRequest, data: Mapping[str, Any], file_digests: Mapping[str, str]) -> str:
    """Method, path, query and canonical body.

    The path has its uuids in lower case, JSON is re-serialised, and uploads are named by their sha256.
    """
    path, mark, query = request.get_full_path().partition("?")
    digest = hashlib.sha256()
    for part in (request.method or "", f"{canonical(path)}{mark}{query}"):
        digest.update(part.encode() + b"\n")
    digest.update(orjson.dumps({"body": data, "files": file_digests}, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


class Running:
    """Which keys are at work in this process. SQLite cannot say it: there every writer waits for the same lock."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def noted(self, organization_id: int, key: str) -> Iterator[None]:
        with self._lock:
            self._calls[organization_id, key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls[organization_id, key] -= 1
                self._calls += Counter()  # forgets what is at zero

    def has_twin(self, organization_id: int, key: str) -> bool:
        return self._calls[organization_id, key] > 1


running = Running()


@contextmanager
def _transaction(organization_id: int, key: str) -> Iterator[None]:
    """A transaction whose first lock is waited for no longer than the contract says.

    :raises RequestInProgress: a twin in this process has held SQLite's write lock for the whole time.
    :raises Unavailable: another write has (contract 17.25).
    """
    try:
        block = transaction.atomic()
        block.__enter__()
    except OperationalError as error:
        if connection.vendor != "sqlite":
            raise  # no connection: that is no twin
        if running.has_twin(organization_id, key):
            raise RequestInProgress("The same request is still running; send it again.") from error
        raise Unavailable(
            "The database is busy; nothing was changed. Send the same request again."
        ) from error
    try:
        yield
    except BaseException as error:
        block.__exit__(type(error), error, error.__traceback__)
        raise
    else:
        block.__exit__(None, None, None)


def _claim(organization_id: int, key: str, wanted: str) -> bool:
    """True when this call is the first to use the key; waits for a twin that is still at work."""
    now = timezone.now()
    as_column = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        try:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = '{settings.IDEMPOTENCY_WAIT_SECONDS}s'")
            cursor.execute(
                CLAIM,
                [
                    organization_id,
                    key,
                    wanted,
                    b"",
                    as_column(now),
                    as_column(now - settings.IDEMPOTENCY_KEPT),
                ],
            )
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            raise RequestInProgress("The same request is still running; send it again.") from error
        return cursor.rowcount == 1


def run_once(
    *, organization_id: int, key: str, wanted: str, shows_secret: bool, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """Run `work` in one transaction with its key, or answer from memory; a secret is remembered encrypted.

    :raises KeyReused: the key was used for another request.
    :raises RequestInProgress: a twin has been running for longer than we wait.
    :raises Unavailable: another write has held the database for as long.
    """
    with running.noted(organization_id, key), _transaction(organization_id, key):
        if _claim(organization_id, key, wanted):
            answer = work()
            _remember(organization_id, key, answer, shows_secret=shows_secret)
            return answer
        call = Call.objects.get(organization_id=organization_id, key=key)
    if call.fingerprint != wanted:
        raise KeyReused(
            "This key belongs to another request (method, path, query or body differ). Use a new key."
        )
    return _replay(call)


def _remember(organization_id: int, key: str, answer: HttpResponse, *, shows_secret: bool) -> None:
    Call.objects.filter(organization_id=organization_id, key=key).update(
        status=answer.status_code,
        headers={name: answer[name] for name in KEPT_HEADERS if name in answer},
        body=encrypt(answer.content.decode()) if shows_secret else answer.content,
        is_encrypted=shows_secret,
    )


def _replay(call: Call) -> HttpResponse:
    """The stored answer; what was created then is not created now, so 201 becomes 200."""
    body = decrypt(call.body).encode() if call.is_encrypted else bytes(call.body)
    answer = HttpResponse(body, status=200 if call.status == 201 else call.status)
    for name, value in call.headers.items():
        answer[name] = value
    answer[REPLAYED] = "true"
    return answer
