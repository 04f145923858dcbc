"""The papers of the demo deal: they look like what a dealer files, and say on every page that they are specimens."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from nt24.documents.pdf import render

TEMPLATE = "demo/paper.html"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts"
CARD_SIZE = (1012, 638)  # an ID-1 card at 300 dpi
INK, PALE, LINE = "#1d2b3a", "#e9f0f5", "#8aa3b8"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to upload. `content_type` is what is claimed; the portal looks for itself."""

    file_name: str
    content: bytes
    content_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands on a paper: who issued it, what it states as label and value, and how it is signed."""

    file_name: str
    title: str
    issuer: str
    issuer_address: str
    reference: str
    facts: Sequence[tuple[str, str]]
    statement: str
    signatures: Sequence[tuple[str, str]]  # name, role
    is_form: bool = False  # numbered boxes, like a consignment note

    def written(self, at: datetime) -> Paper:
        _, pdf = render(TEMPLATE, {"letter": self}, title=self.title, created_at=at)
        return Paper(self.file_name, pdf)


def identity_card(file_name: str, *, title: str, facts: Mapping[str, str]) -> Paper:
    """A photo of a card, as a telephone would take it: a JPEG."""
    width, height = CARD_SIZE
    card = Image.new("RGB", CARD_SIZE, PALE)
    draw = ImageDraw.Draw(card)
    for offset in range(-height, width, 26):  # the fine lines that cards are printed on
        draw.line([(offset, height), (offset + height, 0)], fill="#dbe6ee", width=3)
    draw.rectangle([0, 0, width, 92], fill=INK)
    draw.text((40, 24), title, font=font("Inter-SemiBold.otf", 36), fill="white")
    draw.rectangle([40, 132, 320, 492], fill="#c9d6e0", outline=LINE, width=3)
    draw.ellipse([120, 192, 240, 322], fill=LINE)
    draw.pieslice([80, 345, 280, 640], 180, 360, fill=LINE)
    draw.rectangle([40, 493, 320, 640], fill=PALE)
    for row, (label, value) in enumerate(facts.items()):
        draw.text((370, 126 + row * 80), label, font=font("Inter-Regular.otf", 22), fill="#5b7083")
        draw.text((370, 152 + row * 80), value, font=font("Inter-Medium.otf", 34), fill=INK)
    draw.text(
        (40, 566),
        "SPECIMEN · NT24 DEMO · NO REAL PERSON",
        font=font("JetBrainsMono-Regular.ttf", 30),
        fill=INK,
    )
    target = io.BytesIO()
    card.save(target, "JPEG", quality=88)
    return Paper(file_name, target.getvalue(), "image/jpeg")


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / name, size)
