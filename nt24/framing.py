"""Bodies without a length. HTTP lets a sender leave it out and send chunks; Django then reads no body at all.

Such a body is read to its end into a temporary file, up to a limit, and from then on has a length like any other
(contract 17.9). The server has taken the chunks apart; what it hands on ends by itself.
"""

import tempfile
from collections.abc import Callable, Sized
from contextlib import suppress
from typing import IO, Any

from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from nt24.errors import MalformedRequest, PayloadTooLarge

MEMORY_BYTES = 1024 * 1024  # a body up to this size never touches the disk
READ_BYTES = 64 * 1024
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PAGE_MAX_BYTES = 264 * 1024 * 1024  # above what any page takes, `/verify` most; each has a limit of its own


class Utf8Request(WSGIRequest):
    """Query and body are UTF-8, whatever charset a sender names in `Content-Type`.

    Django would read the query by it already while the request is made, and fail there, before any answer of ours,
    for one that is no text encoding, such as `hex`.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}
        with suppress(ValueError, LookupError):  # too long, or `name*=` in an encoding that does not exist
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


def lend_length(request: HttpRequest, limit: int) -> None:
    """Find out how long the body is, where its sender has not said so.

    :raises PayloadTooLarge: it has more than `limit` bytes; the rest is not read.
    :raises MalformedRequest: it announces a length that is no number, or breaks off.
    """
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    if announced:
        if not (announced.isascii() and announced.isdigit()):
            raise MalformedRequest("Content-Length is not a number.")
        return
    source = request.META.get("wsgi.input")
    if source is None or request.method not in WITH_BODY:
        return
    body, length = _spooled(source, limit)
    request.META["CONTENT_LENGTH"] = str(length)
    request.META["wsgi.input"] = body
    # Made by Django when it still took the length for 0; it offers no other way to hand it another.
    request._stream = LimitedStream(body, length)  # type: ignore[assignment,arg-type]


def _spooled(source: IO[bytes], limit: int) -> tuple[IO[bytes], int]:
    body = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  goes with the request
    length = 0
    while chunk := _read(source):
        length += len(chunk)
        if length > limit:
            body.close()
            raise PayloadTooLarge(f"The body has more than {limit} bytes.")
        body.write(chunk)
    body.seek(0)
    return body, length


def _read(source: IO[bytes]) -> bytes:
    # A source that knows how much it has left, such as that of Django's test client, gives no more when asked for more.
    wanted = min(READ_BYTES, len(source)) if isinstance(source, Sized) else READ_BYTES
    try:
        return source.read(wanted)
    except (
        Exception
    ) as failure:  # a broken chunk, or the sender has gone: each server has exceptions of its own
        raise MalformedRequest("The body broke off or its chunks cannot be read.") from failure


def give_bodies_a_length(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware for pages; the API finds out the length later, once it is known who is calling."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            lend_length(request, PAGE_MAX_BYTES)
        except (PayloadTooLarge, MalformedRequest) as refusal:
            return HttpResponse(f"{refusal.detail}\n", status=refusal.status, content_type="text/plain")
        return get_response(request)

    return middleware
