"""Makes a small PNG of any JPEG or PNG. No Django: it runs confined, because decoding a picture may cost anything."""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile

from nt24.documents.examination import opened
from nt24.documents.picture_examination import BROKEN, MAX_PIXELS

WIDTH, HEIGHT = 480, 160  # pixels; twice what the page shows, for dense screens


def as_small_png(source: bytes | Path) -> bytes | None:
    """The picture within `WIDTH` x `HEIGHT` and without anything else the file carries; None when it is none."""
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # this process also draws papers, which is less strict
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return shrunk(opened(source))
    except BROKEN:
        return None


def shrunk(file: BinaryIO) -> bytes | None:
    with file, Image.open(file, formats=("JPEG", "PNG")) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            return None
        pixels = picture.convert("RGBA")
        pixels.thumbnail((WIDTH, HEIGHT))
        clean = Image.new("RGBA", pixels.size)
        clean.paste(pixels)
        target = io.BytesIO()
        clean.save(target, "PNG", optimize=True)
        return target.getvalue()
