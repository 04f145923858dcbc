"""The outgoing client for webhooks: many requests at once, to addresses that strangers have chosen.

Nothing that a receiver or the network does raises here: what came of a request is a value. The status alone says
whether it was received (contract 17.30): once its line is there, whatever is wrong with the rest changes nothing.
"""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from django.conf import settings
from yarl import URL

from nt24.egress import AddressRefused, UrlRefused, judge, require_public

LIMIT_SECONDS = 10.0  # for one request, from the name to the end of the answer (contract 12)
EXCERPT_BYTES = 1024  # kept of the answer (contract 12)
HEAD_BYTES = 8 * 1024  # in which the status has to come, after any interim answers
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
    """What came of one request: a status and the beginning of the answer's body, or a failure and neither."""

    http_status: int | None
    failure: Failure
    milliseconds: int
    excerpt: bytes = field(default=b"")

    @property
    def is_taken(self) -> bool:
        """Only 2xx counts (contract 12)."""
        return self.http_status is not None and 200 <= self.http_status < 300

    @property
    def is_refused(self) -> bool:
        """4xx: the receiver does not want this request as it is, which may be because of its signature."""
        return self.http_status is not None and 400 <= self.http_status < 500


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
        answer, failure = Answer(), Failure.NONE
        try:
            async with asyncio.timeout(self.limit_seconds):
                await self.exchange(url, body, headers, answer)
        except (UrlRefused, aiohttp.ClientError, OSError) as error:
            failure = failure_of(error)
        milliseconds = round((time.monotonic() - started) * 1000)
        if (status := answer.status) is None:
            return Sent(None, failure, milliseconds)
        return Sent(status, Failure.NONE, milliseconds, bytes(answer.excerpt))

    async def exchange(self, url: str, body: bytes, headers: Mapping[str, str], answer: "Answer") -> None:
        session, judged = self.judged(url)
        expected.set(answer)
        while True:
            answer.reader, answer.is_on_reused_connection = None, False
            try:
                async with session.post(
                    judged, data=body, headers=headers, allow_redirects=False, trace_request_ctx=answer
                ) as response:
                    return await answer.read(response)
            except aiohttp.ClientConnectionError:
                # The receiver may have closed an idle connection just now, which says nothing about this request.
                # The next one may be idle too, but not for ever: none is idle that has failed.
                if answer.status is not None or not answer.is_on_reused_connection:
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


def failure_of(error: Exception) -> Failure:
    """Which of the fixed reasons it is; aiohttp's errors often stand for the one that caused them."""
    for kinds, failure in KINDS.items():
        if isinstance(error, kinds) or isinstance(error.__cause__, kinds):
            return failure
    return Failure.CONNECTION_FAILED


# --- What comes back -----------------------------------------------------------------------------------------------

# A final status as HTTP/1 writes it (RFC 9112, section 4), with its line ended. The reason may be missing.
STATUS_LINE = re.compile(rb"HTTP/1\.[01] +([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


def status_in(head: bytes) -> int | None:
    """The first status that is not interim (1xx), read without a look at what follows its line."""
    place = 0
    while line := STATUS_LINE.match(head, place):
        status = int(line[1])
        if status >= 200 or status == 101:  # 101 ends HTTP on this connection: nothing else follows
            return status
        end = END_OF_HEAD.search(head, line.end() - 2)
        if end is None:
            return None
        place = end.end()
    return None


class HeadKeeper(ResponseHandler):
    """aiohttp's reader of answers, which also keeps the first bytes as they came.

    aiohttp throws away a status together with a body that breaks HTTP's rules, when both come in one packet.
    """

    head: bytes = b""

    def set_response_params(self, **params: Any) -> None:
        self.head = b""  # what was here belonged to the answer before, on the same connection
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if len(self.head) < HEAD_BYTES:
            self.head += data[:HEAD_BYTES]
        super().data_received(data)


@dataclass(slots=True)
class Answer:
    """What is known of the answer to one request, whatever becomes of the rest."""

    excerpt: bytearray = field(default_factory=bytearray)
    parsed_status: int | None = None
    reader: HeadKeeper | None = None
    is_on_reused_connection: bool = False

    @property
    def status(self) -> int | None:
        if self.parsed_status is None and self.reader is not None:
            return status_in(self.reader.head)
        return self.parsed_status

    async def read(self, response: aiohttp.ClientResponse) -> None:
        """The status, and the first `EXCERPT_BYTES` as sent: a compressed answer could unfold to any size.

        Where there is more, aiohttp drops the connection instead of reading on.
        """
        self.parsed_status = response.status
        while missing := EXCERPT_BYTES - len(self.excerpt):
            part = await response.content.read(missing)
            if not part:
                return
            self.excerpt += part


expected: ContextVar[Answer] = ContextVar("expected")  # of the request that the running task sends


class Response(aiohttp.ClientResponse):
    """Tells the request's `Answer` who reads it, before anything can go wrong."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        expected.get().reader = connection.protocol
        return await super().start(connection)


# --- Connecting ----------------------------------------------------------------------------------------------------


async def note_reuse(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    context.trace_request_ctx.is_on_reused_connection = True


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
    reader: Any = partial(HeadKeeper, loop=asyncio.get_running_loop())
    connector._factory = reader  # aiohttp has no public way to say it
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(note_reuse)
    return aiohttp.ClientSession(
        connector=connector,
        trace_configs=[tracing],
        response_class=Response,
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
