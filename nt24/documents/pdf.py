"""PDFs we issue: a template becomes PDF/A-3a and PDF/UA-1, and files are embedded in it. Same input, same bytes.

Nothing a template prints can load anything: the only addresses that resolve are our own fonts, the pictures handed over
with it, and `data:`.
"""

import atexit
import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pikepdf
from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone, translation

from nt24.documents.accessible import made_accessible

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

FONT_DIR = Path(settings.BASE_DIR) / "static" / "fonts"
FONT_SCHEME = "nt24-font:"  # in the stylesheets: url("nt24-font:Inter-Regular.otf")
PICTURE_SCHEME = "nt24-picture:"  # in the templates: <img src="nt24-picture:8-1.jpg" alt="…">
NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})
PDF_VARIANT = "pdf/a-3a"
# Control characters break XML metadata; bidirectional ones would let a name reorder the line it stands in.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Pango's font map and our cached font configuration are not made for two renders at once.
RENDERING = threading.Lock()


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file inside the PDF: `Data` is machine-readable content of the document, `Supplement` an original."""

    name: str
    content: bytes
    content_type: str
    relationship: Literal["Data", "Supplement"]
    description: str
    modified_at: datetime


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    title: str,
    created_at: datetime,
    time_zone: tzinfo = UTC,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> tuple[str, bytes]:
    """HTML and PDF/A-3a of `template`, styled by the `.css` of the same name beside it.

    The template finds `title` and `created_at` in its context and must put them into its head. `pictures` are JPEGs by
    the names under which it shows them. Language is
    English and times are in `time_zone` whatever the process is set to, so that two renders never differ. A
    character our fonts lack is written as its code point, `[U+5927]`: other fonts differ from machine to machine,
    and PDF/A forbids the empty box.

    :raises TemplateDoesNotExist: template or stylesheet.
    """
    with translation.override("en"), timezone.override(time_zone):
        html = get_template(template).render({**context, "title": title, "created_at": created_at})
        style = get_template(str(Path(template).with_suffix(".css"))).render()
    html = _foreign_characters().sub(_code_point, UNPRINTABLE.sub("", html))
    return html, _pdf(html, style, pictures)


def embed(pdf: bytes, files: Iterable[EmbeddedFile]) -> bytes:
    """`pdf` with the files attached and associated (/AF) as PDF/A-3 asks; content is stored as it is.

    :raises ValueError: two files with one name.
    """
    with pikepdf.open(BytesIO(pdf)) as document:
        associated = pikepdf.Array()
        for file in files:
            if file.name in document.attachments:
                raise ValueError(f"two embedded files are named {file.name!r}")
            document.attachments[file.name] = _file_specification(document, file)
            associated.append(document.attachments[file.name].obj)
        document.Root.AF = associated
        document.Root.PageMode = pikepdf.Name.UseOutlines
        target = BytesIO()
        # Originals are compressed already: packing them again costs ten times the rest (`compress_streams`).
        document.save(
            target,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            deterministic_id=True,
        )
    return target.getvalue()


def _file_specification(document: pikepdf.Pdf, file: EmbeddedFile) -> pikepdf.AttachedFileSpec:
    modified = file.modified_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    return pikepdf.AttachedFileSpec(
        document,
        file.content,
        description=file.description,
        filename=file.name,
        mime_type=file.content_type,
        creation_date=modified,
        mod_date=modified,
        relationship=pikepdf.Name(f"/{file.relationship}"),  # type: ignore[call-arg]  # missing in its types
    )


def _pdf(html: str, style: str, pictures: Mapping[str, bytes]) -> bytes:
    from weasyprint import HTML

    identifier = _identifier(html, style, pictures)
    with RENDERING:
        stylesheet, fonts = _stylesheet(style)
        document = HTML(string=html, url_fetcher=_fetcher(pictures))
        content: bytes = document.write_pdf(
            stylesheets=[stylesheet], font_config=fonts, pdf_variant=PDF_VARIANT, pdf_identifier=identifier
        )
    return made_accessible(content)


def _identifier(html: str, style: str, pictures: Mapping[str, bytes]) -> bytes:
    digest = hashlib.sha256(f"{style}\0{html}".encode())
    for name, picture in pictures.items():
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(picture).digest())
    return digest.digest()[:16]


def _code_point(character: re.Match[str]) -> str:
    return f"[U+{ord(character[0]):04X}]"


@lru_cache(maxsize=1)
def _foreign_characters() -> re.Pattern[str]:
    """Whatever none of our fonts can draw; white space is not drawn."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    drawn = {chr(code) for file in _font_files().values() for code in TTFont(file, lazy=True).getBestCmap()}
    return re.compile(f"[^{re.escape(''.join(sorted(drawn)))}\\s]")


def _font_files() -> dict[str, Path]:
    return {path.name: path for path in sorted(FONT_DIR.iterdir()) if path.suffix in {".otf", ".ttf"}}


@lru_cache(maxsize=8)
def _stylesheet(style: str) -> "tuple[CSS, FontConfiguration]":
    """Parsed once in a process: reading the fonts costs more than laying out a page."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    # It deletes its font files when it goes, for which the interpreter must still be whole.
    atexit.register(_stylesheet.cache_clear)
    return CSS(string=style, font_config=fonts, url_fetcher=_fetcher(NO_PICTURES)), fonts


def _fetcher(pictures: Mapping[str, bytes]) -> "URLFetcher":
    """Resolves our fonts and `pictures` by name, and `data:` addresses; refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnOnly(URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url.startswith(PICTURE_SCHEME):
                return URLFetcherResponse(url, pictures[url.removeprefix(PICTURE_SCHEME)])
            if url.startswith(FONT_SCHEME):
                return URLFetcherResponse(url, _font_files()[url.removeprefix(FONT_SCHEME)].read_bytes())
            return super().fetch(url, headers)

    return OwnOnly(allowed_protocols=("data",))
