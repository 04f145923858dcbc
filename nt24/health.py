"""Is the process alive, and can it reach what it needs? For load balancers; it tells outsiders no cause."""

import secrets
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

import structlog
from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, cache, caches
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.connection import Connection

from nt24.disk import is_full, require_room

PATIENCE_SECONDS = 2.0  # a part that needs longer is of no use to a request either
REMEMBERED_SECONDS = 1.0  # many probes at once cost one look

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """How one dependency is doing; `ms` is how long it took to find out."""

    status: Literal["ok", "failed", "full", "timeout"]
    ms: int


def database_answers() -> None:
    """Runs in a thread of its own, so the connection is closed (or given back to the pool) at the end."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    finally:
        connection.close()


def cache_answers() -> None:
    written = secrets.token_hex(8)
    cache.set("readyz", written, timeout=60)
    if cache.get("readyz") is None:  # another process may have written in between
        raise ConnectionError("the cache forgets at once")
    if getattr(caches[DEFAULT_CACHE_ALIAS], "is_away", False):
        raise ConnectionError("Redis is away; each process counts alone")


def broker_answers() -> None:
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    if folder := options.get("data_folder_in"):
        require_room(Path(folder))
    with Connection(
        settings.CELERY_BROKER_URL, connect_timeout=PATIENCE_SECONDS, transport_options=options
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE_SECONDS)


def storage_answers() -> None:
    """One cheap question: a bucket that refuses or is away raises, a local folder must take a write."""
    default_storage.exists("readyz")
    storage = getattr(default_storage, "_wrapped", default_storage)
    if isinstance(storage, FileSystemStorage):
        require_room(Path(storage.location))


def disk_has_room() -> None:
    """Where the embedded database and temporary uploads lie."""
    for folder in (settings.DATA_DIR, settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir()):
        require_room(Path(folder))


PARTS: dict[str, Callable[[], None]] = {
    "database": database_answers,
    "cache": cache_answers,
    "broker": broker_answers,
    "storage": storage_answers,
    "disk": disk_has_room,
}


class Readiness:
    """Looks at every part at the same time, and remembers the answer for a moment.

    Each part has one thread of its own: a part that hangs keeps that thread and no other, is reported as
    `timeout` meanwhile, and is asked anew when the thread comes back.
    """

    def __init__(self, parts: dict[str, Callable[[], None]]) -> None:
        self._parts = parts
        self._workers = {name: ThreadPoolExecutor(1, thread_name_prefix=f"readyz-{name}") for name in parts}
        self._lock = Lock()
        self._report: dict[str, Part] = {}
        self._looked_at = float("-inf")

    def report(self) -> dict[str, Part]:
        with self._lock:
            if time.monotonic() - self._looked_at > REMEMBERED_SECONDS:
                self._report = self.look()
                self._looked_at = time.monotonic()
            return self._report

    def look(self) -> dict[str, Part]:
        started = time.monotonic()
        answers = {name: self._workers[name].submit(ask) for name, ask in self._parts.items()}
        report: dict[str, Part] = {}
        for name, answer in answers.items():
            status: Literal["ok", "failed", "full", "timeout"] = "ok"
            try:
                answer.result(timeout=max(0.0, started + PATIENCE_SECONDS - time.monotonic()))
            except TimeoutError:
                answer.cancel()
                status = "timeout"
            except Exception as error:  # noqa: BLE001  any failure of any driver means: not ready
                log.warning("readyz.failed", part=name, error=repr(error))
                status = "full" if is_full(error) else "failed"
            report[name] = Part(status=status, ms=round((time.monotonic() - started) * 1000))
        return report


readiness = Readiness(PARTS)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """`/healthz`: the process answers. It asks nothing else, so that a slow database restarts no process."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 when every part answers, else 503, with the state of each part."""
    report = readiness.report()
    is_ready = all(part.status == "ok" for part in report.values())
    body = {
        "status": "ready" if is_ready else "not ready",
        "parts": {name: {"status": part.status, "ms": part.ms} for name, part in report.items()},
    }
    return JsonResponse(body, status=200 if is_ready else 503)
