"""Shows a received file to people: fresh pixels, made by a confined process; the original stays where it is.

Of a picture that is a copy, of a PDF one page after the other. Nothing of the file itself reaches a browser; whoever
wants the file gets it as a sandboxed attachment.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from nt24.documents.confinement import Busy, Overrun, drawing
from nt24.documents.downloads import Received, download_response, original_of
from nt24.documents.models import ContentType, Document
from nt24.documents.pdf_pages import page_to_look_at, pages_in
from nt24.documents.pictures import to_look_at
from nt24.errors import StateConflict, Unavailable

T = TypeVar("T")

log = structlog.get_logger(__name__)


class NotDisplayable(StateConflict):
    """A file that takes too much to draw, cannot be read, or has no such page; its original can be downloaded (409)."""

    def __init__(self) -> None:
        super().__init__("This file cannot be shown here. Please download it.")


def display_of(file: Received) -> bytes:
    """The picture as a JPEG of at most 1600 pixels a side: upright, sRGB, without any metadata. Takes up to seconds.

    :raises NotDisplayable: it is a PDF, which has pages, or cannot be drawn within the limits (409).
    :raises ContentHeldBack: infected or not scanned yet (409).
    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises Unavailable: too many files are being looked at (503).
    """
    if file.content_type == ContentType.PDF:
        raise NotDisplayable
    return drawn(file, to_look_at)


def page_count(file: Received) -> int:
    """How many pages there are to look at; a picture has one.

    :raises NotDisplayable: and all that `display_of` raises.
    """
    if file.content_type != ContentType.PDF:
        return 1
    return drawn(file, pages_in)


def page_of(file: Received, number: int, *, turned: int = 0) -> bytes:
    """One page, counted from 1, as `display_of` shows a picture; page 1 of a picture is the picture.

    `turned`: degrees clockwise, a quarter or more of them.

    :raises NotDisplayable: there is no such page, and all that `display_of` raises.
    """
    if file.content_type == ContentType.PDF:
        return drawn(file, page_to_look_at, number, turned)
    if number != 1:
        raise NotDisplayable
    return drawn(file, to_look_at, turned)


def drawn(file: Received, draw: Callable[..., T | None], *args: Any) -> T:
    """What `draw` makes of the original in the confined process."""
    original = original_of(file)
    try:
        shown = drawing.run(draw, original, *args)
    except Busy as busy:
        raise Unavailable("Too many files are being looked at. Please try again in a moment.") from busy
    except (Overrun, RuntimeError) as failure:  # RuntimeError: how the helper process hands any error over
        log.info("file_not_drawn", file=str(file.uuid), why=type(failure).__name__)
        raise NotDisplayable from failure
    if shown is None:
        raise NotDisplayable
    return shown


def picture_response(file: Received) -> HttpResponse:
    """Answer with `display_of`. The caller has checked who asks, and writes the access log.

    :raises NotDisplayable: and all that `display_of` raises.
    """
    return jpeg_response(display_of(file), f"{file.file_name}.jpg")


def page_response(file: Received, number: int, *, turned: int = 0) -> HttpResponse:
    """Answer with `page_of`. The caller has checked who asks, and writes the access log.

    :raises NotDisplayable: and all that `page_of` raises.
    """
    return jpeg_response(page_of(file, number, turned=turned), f"{file.file_name}.{number}.jpg")


def jpeg_response(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=ContentType.JPEG.value,
        headers={
            "Content-Disposition": content_disposition_header(False, name) or "inline",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
        },
    )


def display_response(document: Document) -> HttpResponseBase:
    """What opens when somebody clicks on a document: the picture, or the original as a sandboxed attachment.

    :raises ContentHeldBack: infected or not scanned yet (409).
    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises Unavailable: too many files are being looked at (503).
    """
    try:
        return picture_response(document)
    except NotDisplayable:
        response = download_response(document)
        response["Cache-Control"] = "no-store"
        return response
