"""The web process: gunicorn keeps the worker processes, waitress speaks with the callers.

    gunicorn --config python:nt24.serving nt24.wsgi

Waitress receives a whole request, and sends a whole answer, without a thread: whoever is slow or silent keeps a socket
and nothing else. What cannot be passed on to Django is answered here, as a problem document. This module is gunicorn's
configuration as well: every name in lower case of the first section is one of its settings.
"""

import os
import resource
import select
import time
from dataclasses import dataclass
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from nt24.framing import PAGE_MAX_BYTES

# --- gunicorn's settings -----------------------------------------------------------------------------------------
bind = "127.0.0.1:8000"
workers = 2
threads = 16
worker_class = "nt24.serving.PatientWorker"
timeout = 30  # seconds in which a worker's loop has to come round, whatever its threads do
graceful_timeout = 30  # seconds for what is being answered when the process is asked to end
control_socket_disable = True

# --- What a caller may take --------------------------------------------------------------------------------------
CONNECTIONS = 500  # of one worker; then the connections that were silent for longest make room
SILENT_SECONDS = 75  # without a byte in either direction; longer than a proxy keeps its own connections
HEAD_SECONDS = 30  # from the first byte of a request to the end of its headers
BODY_SECONDS = 600  # and to the end of its body: the largest upload over a slow phone
HEAD_BYTES = 64 * 1024
BODY_BYTES = PAGE_MAX_BYTES  # above every limit inside, which answer in their own words
ANSWER_BYTES = 512 * 1024 * 1024  # waiting for a slow reader, on the disk beyond the first MiB
FIRST_CALL_SECONDS = 2  # for who has just connected when the process is asked to end
LOOK_SECONDS = 0.5


class Refusal(ErrorTask):
    """A request that cannot be passed on."""

    def execute(self) -> None:
        path = getattr(self.request, "path", "") or "/"
        self.request.error = Answer(path, refusal_of(self.request.error.code))
        super().execute()


@dataclass(frozen=True, slots=True)
class Answer:
    """A problem document; a page that got too much answers in one sentence."""

    path: str
    error: Any

    def to_response(self, ident: str | None) -> tuple[str, list[tuple[str, str]], bytes]:
        from nt24.api.json import encode
        from nt24.api.problems import CONTENT_TYPE, document
        from nt24.surfaces import is_api
        from nt24.tracing import HEADER, begin_trace

        trace_id = begin_trace()
        if self.error.status == 413 and not is_api(self.path):
            body, content_type = f"{self.error.detail}\n".encode(), "text/plain; charset=utf-8"
        else:
            body, content_type = encode(document(self.error, instance=self.path)), CONTENT_TYPE
        headers = [("Content-Type", content_type), ("Cache-Control", "no-store"), (HEADER, trace_id)]
        return f"{self.error.status} {self.error.title}", headers, body


def refusal_of(code: int) -> Any:
    """One of our kinds for a status of waitress."""
    from nt24.errors import InternalError, MalformedRequest, PayloadTooLarge

    if code == 413:
        return PayloadTooLarge(f"A request may have at most {BODY_BYTES // (1024 * 1024)} MiB.")
    if code == 431:
        return MalformedRequest(f"The headers may have at most {HEAD_BYTES // 1024} KiB.")
    if code == 501:
        return MalformedRequest("The only transfer encoding that is understood is chunked.")
    if code >= 500:
        return InternalError("The failure is recorded under this trace id; nothing was changed.")
    return MalformedRequest("The request line, a header or the framing of the body is not valid HTTP/1.1.")


class Call(WSGITask):
    """A request that is passed on."""

    def set_close_on_finish(self) -> None:
        """Waitress ends the connection after an answer without a length; a 204 or 304 needs none (RFC 9112, 6.3)."""
        wants_to_leave = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.version != "1.1" or wants_to_leave or self.has_body:
            super().set_close_on_finish()


class Channel(HTTPChannel):
    """One connection; it knows since when it is waiting for the rest of a request."""

    task_class = Call
    error_task_class = Refusal

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.began_at = self.creation_time
        self.has_called = False

    def received(self, data: bytes) -> bool:
        self.has_called = True
        before = self.request
        taken: bool = super().received(data)
        if self.request is not before:
            self.began_at = time.time()
        return taken

    def is_overdue(self, now: float) -> bool:
        if self.requests:
            return False  # it is we who are at work
        if now - self.last_activity > SILENT_SECONDS:
            return True
        if self.request is None:
            return False
        return now - self.began_at > (BODY_SECONDS if self.request.headers_finished else HEAD_SECONDS)

    @property
    def is_idle(self) -> bool:
        """Nothing has begun, and nothing is waiting to be read: closing then would reset the connection."""
        return not (self.requests or self.total_outbufs_len or self.request or self.has_unread())

    def has_unread(self) -> bool:
        arrivals = select.poll()
        arrivals.register(self.socket, select.POLLIN)
        return bool(arrivals.poll(0))


class Server(TcpWSGIServer):
    """One listening socket with its connections."""

    channel_class = Channel

    def maintenance(self, now: float) -> None:
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(now):
                channel.will_close = True

    def readable(self) -> bool:
        if len(self.active_channels) >= CONNECTIONS:
            self.make_room()
        return bool(super().readable())

    def make_room(self) -> None:
        """Close a tenth of the connections that wait for their caller, those first that waited longest."""
        waiting = [channel for channel in self.active_channels.values() if not channel.requests]
        for channel in sorted(waiting, key=lambda channel: channel.last_activity)[: CONNECTIONS // 10]:
            channel.will_close = True


class PatientWorker(Worker):
    """A worker of gunicorn whose connections and threads are waitress's."""

    def run(self) -> None:
        raise_limit_of_files()
        sockets: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        servers = [
            Server(self.wsgi, map=sockets, _sock=listener.sock, dispatcher=dispatcher, bind_socket=False,
                   adj=adjustments(), sockinfo=(listener.sock.family, None, None, None))
            for listener in self.sockets
        ]  # fmt: skip
        while self.alive and self.ppid == os.getppid():
            self.turn(sockets)
        self.drain(servers, sockets)
        dispatcher.shutdown(timeout=0)

    def turn(self, sockets: dict[int, Any]) -> None:
        self.notify()
        wasyncore.poll2(LOOK_SECONDS, sockets)

    def drain(self, servers: list[Server], sockets: dict[int, Any]) -> None:
        """Accept nobody any more, and let what has begun come to its end."""
        began = time.monotonic()
        until = began + self.cfg.graceful_timeout
        for server in servers:
            server.del_channel()
        while time.monotonic() < until:
            channels = [channel for server in servers for channel in server.active_channels.values()]
            is_late = time.monotonic() - began > FIRST_CALL_SECONDS
            for channel in channels:
                channel.will_close |= (channel.has_called or is_late) and channel.is_idle
            if not channels:
                return
            self.turn(sockets)


def adjustments() -> Adjustments:
    return Adjustments(
        ident=None,
        connection_limit=2 * CONNECTIONS,  # never reached: room is made before
        cleanup_interval=1,
        channel_timeout=SILENT_SECONDS,
        max_request_header_size=HEAD_BYTES,
        max_request_body_size=BODY_BYTES,
        outbuf_high_watermark=ANSWER_BYTES,
        # Whose word about the caller counts is decided in one place, nt24/visitors.py.
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
    )


def raise_limit_of_files() -> None:
    """A connection is one file, and a large body another; the usual soft limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8 * CONNECTIONS
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )
