"""Draws a page of a PDF that may be hostile. No Django: it runs confined.

PDFium comes without script engine and XFA here, and no form environment is made: nothing in the file acts. Only
pixels pass, as in `pictures.py`.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from nt24.documents.pdf_examination import MAX_PAGES
from nt24.documents.pictures import MAX_SIDE, QUALITY, jpeg_of

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_SCALE = 200 / 72  # 200 dots an inch: a small page is not blown up


def pages_in(source: bytes | Path) -> int | None:
    """How many pages it has; None when it cannot be shown."""
    from pypdfium2 import PdfiumError

    try:
        return count_of(opened_pdf(source))
    except PdfiumError:
        return None


def page_to_look_at(
    source: bytes | Path, number: int, turned: int = 0, *, side: int = MAX_SIDE
) -> bytes | None:
    """Page `number` (from 1) as a JPEG of at most `side` pixels; None when there is no such page or it
    cannot be drawn. `turned`: degrees clockwise.
    """
    from pypdfium2 import PdfiumError

    try:
        pdf = opened_pdf(source)
        count = count_of(pdf)
        return drawn(pdf[number - 1], side, turned) if count and 1 <= number <= count else None
    except (PdfiumError, ValueError):  # ValueError: a page without a size
        return None


def opened_pdf(source: bytes | Path) -> "PdfDocument":
    """:raises PdfiumError: it is no PDF, broken, or protected by a password."""
    from pypdfium2 import PdfDocument  # here, so that no web process loads the library

    return PdfDocument(source)


def count_of(pdf: "PdfDocument") -> int | None:
    """None for what the door would have refused: too long."""
    return len(pdf) if len(pdf) <= MAX_PAGES else None


def drawn(page: "PdfPage", side: int, turned: int) -> bytes:
    """:raises ValueError: the page says that it has no size, or none that a picture can have."""
    longest = max(page.get_size())
    if not (math.isfinite(longest) and longest > 0):
        raise ValueError("a page without a size")
    # Half a pixel less: the size is rounded up.
    scale = min((side - 0.5) / longest, MAX_SCALE)
    picture = page.render(
        scale=scale, rotation=turned, may_draw_forms=False, limit_image_cache=True, rev_byteorder=True
    ).to_pil()
    return jpeg_of(picture.convert("RGB"), QUALITY)
