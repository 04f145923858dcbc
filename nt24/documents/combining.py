"""Puts the files of one document into one PDF. No Django: it runs confined.

Pages of a PDF are taken over as they are, a picture is drawn anew: upright, turned as its sender turned it, and small
enough that a document of many photos stays a file that can be sent.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from nt24.documents.pdf_examination import opened_by_parser
from nt24.documents.pictures import drawn_anew, jpeg_of
from nt24.documents.refusals import Refused

PICTURE_BYTES = 1024 * 1024  # of one drawn picture; with it a page of small print can be read
STEPS = ((2_400, 82), (2_400, 65), (1_800, 65), (1_300, 65), (900, 60))  # longest side, quality of JPEG
A4 = (595.0, 842.0)  # points
UNREADABLE = "This file cannot be put into a PDF."


@dataclass(frozen=True, slots=True)
class Part:
    """A PDF, or a picture drawn by `picture_drawn` with its size in pixels. `turned`: degrees clockwise."""

    content: bytes
    turned: int = 0
    size: tuple[int, int] | None = None


def picture_drawn(source: bytes | Path, turned: int) -> Part | None:
    """A JPEG of at most `PICTURE_BYTES`; None when it cannot be read."""
    picture = drawn_anew(source, STEPS[0][0])
    if picture is None:
        return None
    picture = picture.rotate(-turned, expand=True)
    content = b""
    for side, quality in STEPS:
        picture.thumbnail((side, side))
        content = jpeg_of(picture, quality)
        if len(content) <= PICTURE_BYTES:
            break
    return Part(content, size=picture.size)


def combined(parts: Sequence[Part]) -> bytes:
    """One PDF of all of them, in this order; the same parts give the same bytes.

    :raises pikepdf.PdfError: a PDF cannot be opened, which the examiner would have said.
    """
    with pikepdf.new() as whole:
        for part in parts:
            if part.size is None:
                append_pdf(whole, part)
            else:
                append_picture(whole, part.content, part.size)
        target = io.BytesIO()
        whole.save(target, deterministic_id=True)
    return target.getvalue()


def append_pdf(whole: pikepdf.Pdf, part: Part) -> None:
    first = len(whole.pages)
    try:
        with opened_by_parser(part.content) as pdf:
            whole.pages.extend(pdf.pages)
    except Refused as refused:
        raise pikepdf.PdfError(UNREADABLE) from refused
    for page in list(whole.pages)[first:]:
        page.rotate(part.turned, relative=True)


def append_picture(whole: pikepdf.Pdf, jpeg: bytes, size: tuple[int, int]) -> None:
    """A page of the picture's shape that fits on a sheet of A4, upright or across."""
    sheet = A4 if size[1] >= size[0] else A4[::-1]
    scale = min(sheet[0] / size[0], sheet[1] / size[1])
    width, height = (side * scale for side in size)
    whole.add_blank_page(page_size=(width, height))
    picture = pikepdf.Stream(whole, jpeg)
    picture.stream_dict.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=size[0],
            Height=size[1],
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
    )
    page = whole.pages[-1]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=picture))
    page.Contents = pikepdf.Stream(whole, f"{width:.2f} 0 0 {height:.2f} 0 0 cm /Picture Do".encode())
