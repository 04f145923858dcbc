"""The outgoing client for webhooks: many requests at once, to addresses that strangers have chosen.

Nothing that a receiver or the network does raises here: what came of a request is a value.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from yarl import URL

from nt24.egress import AddressRefused, UrlRefused, judge, require_public

LIMIT_SECONDS = 10.0  # for one request, from the name to the end of the answer (contract 12)
EXCERPT_BYTES = 1024  # kept of the answer (contract 12)
RECEIVE_BYTES = 16 * 1024  # held by the kernel for one connection, which may double it
LOOKUPS_AT_ONCE = 64
# Shorter than servers keep an idle connection, so that we rarely write to one that they are just closing.
IDLE_SECONDS = 1.0


class Failure(StrEnum):
    """Why there is no answer. It is all that customers are told, so it says nothing of what stands behind it."""

    NONE = ""
    TIMEOUT = "TIMEOUT"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    TLS_FAILED = "TLS_FAILED"
    BAD_URL = "BAD_URL"
    ANSWER_BROKEN = "ANSWER_BROKEN"


# The first that fits: the errors of aiohttp and of this house are of several kinds at once.
KINDS: dict[tuple[type[Exception], ...], Failure] = {
    (AddressRefused,): Failure.ADDRESS_REFUSED,
    (UrlRefused, aiohttp.InvalidURL): Failure.BAD_URL,
    (TimeoutError,): Failure.TIMEOUT,
    (ssl.SSLError,): Failure.TLS_FAILED,
    (aiohttp.ClientPayloadError, aiohttp.ClientResponseError): Failure.ANSWER_BROKEN,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one request: a status and the beginning of the answer, or a failure and neither."""

    http_status: int | None
    failure: Failure
    milliseconds: int
    excerpt: bytes = field(default=b"")


class Sender:
    """`async with Sender() as sender:` sends any number of requests, reusing connections between them.

    How many go to one receiver at once is for the caller to limit.
    """

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self.limit_seconds = limit_seconds
        self.allow_private: bool = settings.WEBHOOK_ALLOW_PRIVATE
        self.trusted_origins = frozenset(settings.WEBHOOK_TRUSTED_ORIGINS)
        self.known: dict[str, tuple[aiohttp.ClientSession, URL]] = {}

    async def __aenter__(self) -> Self:
        self.threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="webhook-lookup")
        # Two pools: a connection to a trusted private address can never serve a request to anywhere else.
        self.guarded = new_session(Resolver(self.threads, is_guarded=True), socket_factory=guarded_socket)
        self.exempt = new_session(Resolver(self.threads, is_guarded=False), socket_factory=small_socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.guarded.close()
        await self.exempt.close()
        # Not waited for: a lookup that hangs ends when the system's resolver gives up.
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """One request, never redirected: a 3xx is a status like any other.

        :raises ValueError: a header has a line break in it, which is a mistake of ours.
        """
        started = time.monotonic()
        status, failure, excerpt = None, Failure.NONE, b""
        try:
            async with asyncio.timeout(self.limit_seconds):
                status, excerpt = await self.exchange(url, body, headers)
        except (UrlRefused, aiohttp.ClientError, OSError) as error:
            failure = failure_of(error)
        return Sent(status, failure, round((time.monotonic() - started) * 1000), excerpt)

    async def exchange(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        session, judged = self.judged(url)
        while True:
            connection = Connection()
            try:
                async with session.post(
                    judged, data=body, headers=headers, allow_redirects=False, trace_request_ctx=connection
                ) as response:
                    return response.status, await beginning_of(response.content)
            except aiohttp.ClientConnectionError:
                # The receiver may have closed an idle connection just now, which says nothing about this request.
                # The next one may be idle too, but not for ever: none is idle that has failed.
                if not connection.is_reused:
                    raise

    def judged(self, url: str) -> tuple[aiohttp.ClientSession, URL]:
        """What to call and how; worked out once for all requests to a URL, because the words of it do not change.

        :raises UrlRefused: it is not called at all.
        """
        if (known := self.known.get(url)) is not None:
            return known
        target = judge(url, allow_private=self.allow_private, trusted_origins=self.trusted_origins)
        # The host that was judged is the host that is called, whatever another parser sees in the URL.
        called = URL(url).with_scheme(target.scheme).with_host(target.host).with_port(target.port)
        self.known[url] = self.exempt if target.is_exempt else self.guarded, called
        return self.known[url]


async def beginning_of(content: aiohttp.StreamReader) -> bytes:
    """The first `EXCERPT_BYTES`, as sent: a compressed answer could unfold to any size.

    Where there is more, aiohttp drops the connection instead of reading on.
    """
    excerpt = b""
    while missing := EXCERPT_BYTES - len(excerpt):
        part = await content.read(missing)
        if not part:
            break
        excerpt += part
    return excerpt


def failure_of(error: Exception) -> Failure:
    """Which of the fixed reasons it is; aiohttp's errors often stand for the one that caused them."""
    for kinds, failure in KINDS.items():
        if isinstance(error, kinds) or isinstance(error.__cause__, kinds):
            return failure
    return Failure.CONNECTION_FAILED


# --- Connecting ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Connection:
    """What is known of the connection that a request has gone out on."""

    is_reused: bool = field(default=False)


async def note_reuse(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    context.trace_request_ctx.is_reused = True


def new_session(
    resolver: "Resolver", *, socket_factory: Callable[[tuple[Any, ...]], socket.socket]
) -> aiohttp.ClientSession:
    """No cookies, no proxies, no passwords from files, nothing decompressed, no limit but the caller's.

    aiohttp's cache of names stays on, because it makes one lookup of many for the same host; what it remembers is
    checked like everything else when a socket is made for it.
    """
    connector = aiohttp.TCPConnector(
        resolver=resolver, socket_factory=socket_factory, limit=0, keepalive_timeout=IDLE_SECONDS
    )
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(note_reuse)
    return aiohttp.ClientSession(
        connector=connector,
        trace_configs=[tracing],
        timeout=aiohttp.ClientTimeout(),  # the one limit is in `post`
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "NT24", "Accept-Encoding": "identity"},
        trust_env=False,
        auto_decompress=False,
        read_bufsize=4 * EXCERPT_BYTES,
    )


def guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    """The last word: aiohttp asks for the socket of each address that it is about to connect to.

    :raises AddressRefused: that address is not public.
    """
    require_public([ip_address(info[4][0])])
    return small_socket(info)


def small_socket(info: tuple[Any, ...]) -> socket.socket:
    """A receiver that floods us is read a little at a time, so that the answers of others are read in between."""
    opened = socket.socket(*info[:3])
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return opened


class Resolver(AbstractResolver):
    """The system's resolver, in threads of our own: the loop has a handful, which a few hanging names would take."""

    def __init__(self, threads: ThreadPoolExecutor, *, is_guarded: bool) -> None:
        self.threads = threads
        self.is_guarded = is_guarded

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """:raises AddressRefused: one of the addresses is not public, whatever the others are.
        :raises OSError: the name is not known.
        """
        infos = await asyncio.get_running_loop().run_in_executor(
            self.threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        if self.is_guarded:
            require_public(ip_address(info[4][0]) for info in infos)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=info_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for info_family, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        """Nothing: the threads are the sender's."""
