"""Pages of received papers as pictures for a document of ours. No Django: the drawing runs confined.

Only pixels pass, as in `display.py`, small enough that a document can hold dozens of them. Same paper, same bytes.
"""

import io
import time
from dataclasses import dataclass

from PIL import Image

from nt24.documents.confinement import Overrun, drawing
from nt24.documents.pdf_pages import page_to_look_at, pages_in
from nt24.documents.pictures import to_look_at

PDF = "application/pdf"
LONGEST = 1_404  # pixels: A4 at 120 dots an inch
PAGE_BYTES = 200 * 1024  # of one picture
# Of the size and of the quality, until a picture is small enough: a page of noise takes the last.
STEPS = ((1.0, 72), (1.0, 50), (0.7, 45), (0.5, 35), (0.35, 25))
PAGE_SECONDS = 6  # of processor time for one page


@dataclass(frozen=True, slots=True)
class PrintPage:
    """A JPEG of at most `PAGE_BYTES`, broader than high if `is_wide`; `of`: how many pages the paper has."""

    picture: bytes
    is_wide: bool
    of: int


def printed(source: bytes, content_type: str, *, most: int, until: float) -> list[PrintPage] | None:
    """The first pages of a paper, up to `most`, begun before `until` (of `time.monotonic`).

    None when it cannot be drawn, or takes too much; fewer when a later page does.

    :raises Busy: too many papers are being looked at.
    """
    pages: list[PrintPage] = []
    while len(pages) < most and time.monotonic() < until:
        page = _drawn(source, content_type, len(pages) + 1)
        if page is None:
            return pages or None
        pages.append(page)
        if len(pages) == page.of:
            break
    return pages


def _drawn(source: bytes, content_type: str, number: int) -> PrintPage | None:
    try:
        return drawing.run(page_to_print, source, content_type, number, cpu_seconds=PAGE_SECONDS)
    except (Overrun, RuntimeError):  # RuntimeError: how the helper process hands any error over
        return None


def page_to_print(source: bytes, content_type: str, number: int) -> PrintPage | None:
    """Page `number` (from 1); a picture has one. None when there is no such page or it cannot be drawn."""
    if content_type == PDF:
        count, shown = pages_in(source) or 0, page_to_look_at(source, number)
    else:
        count, shown = 1, to_look_at(source) if number == 1 else None
    if shown is None:
        return None
    with Image.open(io.BytesIO(shown), formats=("JPEG",)) as picture:
        return PrintPage(reduced(picture), picture.width > picture.height, count)


def reduced(picture: Image.Image) -> bytes:
    """As a JPEG that is small enough, or as small as the last step makes it."""
    content = b""
    for share, quality in STEPS:
        copy = picture.copy()
        copy.thumbnail((LONGEST * share, LONGEST * share))
        target = io.BytesIO()
        copy.save(target, "JPEG", quality=quality, optimize=True)
        content = target.getvalue()
        if len(content) <= PAGE_BYTES:
            break
    return content
