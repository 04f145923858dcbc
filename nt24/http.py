"""The outgoing HTTP client (webhooks have their own): limits, no redirects, no proxies, private addresses refused.

It never retries, never decodes and never raises for a status: the caller judges the reply.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Literal, Self

import requests  # noqa: TID251  the one module that may
from requests import exceptions as failures  # noqa: TID251  the one module that may
from requests.adapters import HTTPAdapter  # noqa: TID251  the one module that may
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError as TransportError
from urllib3.exceptions import LocationValueError, ReadTimeoutError

USER_AGENT = "NT24"
BODY_BYTES = 64 * 1024
BAD_URL_ERRORS = (
    failures.InvalidURL,
    failures.InvalidSchema,
    failures.MissingSchema,
    LocationValueError,
    UnicodeError,  # a host name that cannot be encoded
)


class Failure(StrEnum):
    """Why no reply came."""

    TIMEOUT = "TIMEOUT"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    BAD_URL = "BAD_URL"


class Unreachable(Exception):
    """No complete reply; `reason` says which kind of failure, `detail` names the error behind it for the log.

    Neither holds the address, because an address may carry a secret.
    """

    def __init__(self, reason: Failure, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for connecting, for each wait and for the whole call; bytes kept of the body.

    Name resolution is not covered: it keeps the limits of the system's resolver.
    """

    connect_seconds: float = 5
    read_seconds: float = 10
    total_seconds: float = 20
    body_bytes: int = BODY_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: header names in lower case, the body as sent (never decompressed), cut at the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int
    is_truncated: bool = field(default=False)


def call(
    method: Literal["GET", "POST", "PATCH"],
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    allow_private: bool = False,
) -> Reply:
    """One request, one reply of any status; a redirect is a reply like any other.

    `allow_private` lets loopback and private addresses through: for development and tests only.

    :raises Unreachable: for every failure below HTTP: name, address, connection, TLS, time.
    """
    limits = limits or Limits()
    started = time.monotonic()
    with OneCall(limits, allow_private=allow_private) as session, Deadline(limits.total_seconds) as deadline:
        deadline.watch(session)
        try:
            reply = session.exchange(method, url, body=body, headers=headers or {}, started=started)
        except (requests.RequestException, TransportError, UnicodeError) as error:
            reason = Failure.TIMEOUT if deadline.has_passed else reason_for(error)
            raise Unreachable(reason, type(error).__name__) from error
        # A connection cut by the deadline can look like the regular end of a body without a length.
        if deadline.has_passed:
            raise Unreachable(Failure.TIMEOUT, "total time")
    return reply


def session_for_sign_in() -> requests.Session:
    """For the library that signs staff in with their company's identity provider, which speaks `requests` itself.

    The provider's address is the operator's word, so it may be private; redirects, proxies and endless waits are
    refused as everywhere.
    """
    return OneCall(Limits(), allow_private=True)


def reason_for(error: Exception) -> Failure:
    """The kind of a failure raised by requests, by urllib3 while reading, or by encoding the host name."""
    if isinstance(error, InvalidIPAddress):
        return Failure.ADDRESS_REFUSED
    if isinstance(error, (failures.Timeout, ReadTimeoutError)):
        return Failure.TIMEOUT
    bad_url = (
        failures.InvalidURL,
        failures.InvalidSchema,
        failures.MissingSchema,
        LocationValueError,
        UnicodeError,
    )
    return Failure.BAD_URL if isinstance(error, bad_url) else Failure.CONNECTION_FAILED


class OneCall(HTTPSession):
    """A session for one exchange: nothing is kept between calls, so nothing leaks between tenants."""

    def __init__(self, limits: Limits, *, allow_private: bool) -> None:
        super().__init__(
            Config(
                ip_filter_enable=not allow_private,
                ip_filter_allow_loopback_ips=False,
                never_redirect=True,
                default_timeout=(limits.connect_seconds, limits.read_seconds),
                user_agent_override=USER_AGENT,
            )
        )
        self.limits = limits
        self.trust_env = False  # no proxies, no .netrc passwords, no certificate bundle from the environment

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect has a target: requests would otherwise read the whole body of a 3xx, however large."""

    def exchange(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], started: float
    ) -> Reply:
        """Send and read up to the limit; what requests and urllib3 raise passes through."""
        # Identity: a compressed answer could unfold to any size, and evidence is kept byte for byte.
        all_headers = {**headers, "Accept-Encoding": "identity"}
        with self.request(method, url, data=body or None, headers=all_headers, stream=True) as response:
            content, is_truncated = read_up_to(response.raw, self.limits.body_bytes)
        return Reply(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=content,
            milliseconds=round((time.monotonic() - started) * 1000),
            is_truncated=is_truncated,
        )


def read_up_to(raw: Any, limit: int) -> tuple[bytes, bool]:
    """The first `limit` bytes and whether there were more; `read1` returns with what one wait has brought."""
    content = bytearray()
    while len(content) <= limit:
        part = raw.read1(limit + 1 - len(content), decode_content=False)
        if not part:
            return bytes(content), False
        content += part
    return bytes(content[:limit]), True


class Deadline:
    """Cuts the connections of one session when the time is over.

    The read timeout of a socket starts anew with every byte, so a server that sends one byte now and then
    would hold a worker for hours; only closing the socket from outside ends that.
    """

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self.sockets: list[socket.socket] = []
        self.timer = threading.Timer(seconds, self.cut)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()

    def watch(self, session: requests.Session) -> None:
        """Learn of every socket the session opens."""
        for prefix, adapter in session.adapters.items():
            scheme = prefix.removesuffix("://")
            assert isinstance(adapter, HTTPAdapter)
            manager = adapter.poolmanager
            new_pool = partial(self.watched_pool, manager.pool_classes_by_scheme[scheme])
            manager.pool_classes_by_scheme = {scheme: new_pool}

    def watched_pool(self, pool_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        pool = pool_class(*args, **kwargs)
        pool.ConnectionCls = partial(self.watched_connection, pool.ConnectionCls)
        return pool

    def watched_connection(self, connection_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        connection = connection_class(*args, **kwargs)
        connect = connection.connect

        def connect_and_tell() -> None:
            connect()
            self.sockets.append(connection.sock)
            if self.has_passed:
                self.cut()

        connection.connect = connect_and_tell
        return connection

    def cut(self) -> None:
        """Wake whoever waits on the sockets; the flag first, so that the waking thread knows why."""
        self.has_passed = True
        for opened in list(self.sockets):
            with contextlib.suppress(OSError):  # closed in the meantime: the call is over, which is the aim
                # The plain method: the one of SSL sockets drops the TLS state under the reading thread.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
