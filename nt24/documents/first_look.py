"""A first look at a file behind a buyer's link: a small picture of it, and whether a person will be able to read it.
No Django: it runs confined.

The measures are simple and may err, so what comes of them is a remark and never a refusal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps, ImageStat

from nt24.documents.pdf_pages import page_to_look_at
from nt24.documents.pictures import QUALITY, drawn_anew, jpeg_of

THUMBNAIL_SIDE = 240  # pixels
SMALL, DARK, BLURRED = "SMALL", "DARK", "BLURRED"
SHORTEST_SIDE = 600  # pixels: small print on a card needs 150 dots an inch at least
MEASURED_SIDE = 1_000  # pixels: sharpness is compared at one size
BRIGHT_PART = 0.95  # the paper itself: of a readable photo the brightest twentieth is the white of it
DARKEST_PAPER = 96  # of 255
LEAST_SHARPNESS = 60  # variance of the Laplacian; in focus a page of text has hundreds, out of focus below 30
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """`thumbnail` is a JPEG; empty when nothing can be drawn. `remarks` are among SMALL, DARK and BLURRED."""

    thumbnail: bytes
    remarks: tuple[str, ...] = ()


def look_at(source: bytes | Path, *, is_pdf: bool) -> FirstLook:
    """A PDF is shown by its first page and not judged: who has one has scanned or printed it."""
    if is_pdf:
        return FirstLook(page_to_look_at(source, 1, side=THUMBNAIL_SIDE) or b"")
    picture = drawn_anew(source, MEASURED_SIDE)
    if picture is None:
        return FirstLook(b"")
    remarks = tuple(remarks_on(picture))
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return FirstLook(jpeg_of(picture, QUALITY), remarks)


def remarks_on(picture: Image.Image) -> Iterator[str]:
    """:param picture: at most `MEASURED_SIDE` long; a smaller one is measured as it is."""
    grey = picture.convert("L")
    if min(picture.size) < SHORTEST_SIDE:
        yield SMALL
    if brightness_of_paper(grey) < DARKEST_PAPER:
        yield DARK
    elif sharpness_of(grey) < LEAST_SHARPNESS:
        yield BLURRED


def sharpness_of(grey: Image.Image) -> float:
    edges = ImageOps.crop(
        grey.filter(LAPLACIAN), border=1
    )  # the filter leaves the outermost pixels as they were
    return ImageStat.Stat(edges).var[0]


def brightness_of_paper(grey: Image.Image) -> int:
    """The value that all but the brightest twentieth of the pixels stay below."""
    wanted, seen = BRIGHT_PART * grey.width * grey.height, 0
    for value, count in enumerate(grey.histogram()):
        seen += count
        if seen >= wanted:
            return value
    return 255
