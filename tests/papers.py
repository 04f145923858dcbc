"""Small real files to upload."""

import io
from functools import cache

import pikepdf
from PIL import Image


@cache
def pdf(text: str = "paper") -> bytes:
    """A one-page PDF whose metadata holds `text`, so that two texts give two files."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = text
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


@cache
def photo() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (120, 80), "steelblue").save(target, "JPEG")
    return target.getvalue()
