"""Shows a received picture to people: a fresh copy of its pixels, made by a confined process; the original stays.

A PDF is not drawn here, because nothing at hand does that safely; it is handed out as a sandboxed attachment.
"""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from nt24.documents.confinement import Busy, Overrun, confinement
from nt24.documents.downloads import Received, download_response, original_of
from nt24.documents.models import ContentType, Document
from nt24.documents.pictures import to_look_at
from nt24.errors import StateConflict, Unavailable


class NotDisplayable(StateConflict):
    """A PDF, or a picture that takes too much to draw; its original can be downloaded (409)."""

    def __init__(self) -> None:
        super().__init__("This file cannot be shown here. Please download it.")


def display_of(file: Received) -> bytes:
    """The picture as a JPEG of at most 1600 pixels a side: upright, sRGB, without any metadata. Takes up to seconds.

    :raises NotDisplayable: it is a PDF, or cannot be drawn within the limits (409).
    :raises ContentHeldBack: infected or not scanned yet (409).
    :raises StorageUnavailable: the stored file cannot be read (503).
    :raises Unavailable: too many files are being looked at (503).
    """
    if file.content_type == ContentType.PDF:
        raise NotDisplayable
    original = original_of(file)
    try:
        shown = confinement.run(to_look_at, original)
    except Overrun as overrun:
        raise NotDisplayable from overrun
    except Busy as busy:
        raise Unavailable("Too many files are being looked at. Please try again in a moment.") from busy
    if shown is None:
        raise NotDisplayable
    return shown


def picture_response(file: Received) -> HttpResponse:
    """Answer with `display_of`. The caller has checked who asks, and writes the access log.

    :raises NotDisplayable: and all that `display_of` raises.
    """
    return HttpResponse(
        display_of(file),
        content_type=ContentType.JPEG.value,
        headers={
            "Content-Disposition": content_disposition_header(False, f"{file.file_name}.jpg") or "inline",
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
