"""The pages of invoices, payments and transport papers that an Export File shows, for viewers that hide attachments.

They are pictures of the embedded originals, which alone are the evidence. Papers of the buyer are never among them:
identity papers, because they must be erased sooner (ADR 0011), and the rest, because the verdict is not read in them.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compliance.dossier import Evidence
from nt24.documents.print_pages import PrintPage, printed
from nt24.documents.types import Module

MODULES = frozenset({Module.INVOICE, Module.PAYMENT, Module.TRANSPORT})
PAGES_IN_ALL = 60  # of at most 200 KiB each: 12 of the 16 MiB that a file may have beside its originals
PAGES_OF_ONE = 10  # and fewer where there are many papers
SECONDS_IN_ALL = 30  # of the 90 of a worker's lease (`compliance.exports.LEASE`)


@dataclass(frozen=True, slots=True)
class AppendixPage:
    """`name` is that of its picture in the document, `note` what is not shown behind it, in a sentence or empty."""

    name: str
    number: int
    is_wide: bool
    note: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One embedded original and its pages. `note` says what is not shown; empty when everything is."""

    item: Evidence
    count: int
    pages: tuple[AppendixPage, ...]
    note: str

    @property
    def anchor(self) -> str:
        return f"document-{self.item.number}"


@dataclass(frozen=True, slots=True)
class Appendix:
    """`pictures`: JPEG by name, as the papers' pages name them."""

    papers: tuple[Paper, ...]
    pictures: dict[str, bytes]

    @property
    def anchors(self) -> dict[int, str]:
        """Where the pages of an original begin, by its number in the list of evidence."""
        return {paper.item.number: paper.anchor for paper in self.papers if paper.pages}


def has_pages(item: Evidence) -> bool:
    return item.is_embedded and item.module in MODULES


def appendix_of(originals: Iterable[tuple[Evidence, bytes]], *, papers: int) -> Appendix:
    """Draws the originals, of which there are `papers`, one in memory at a time.

    :raises Busy: too many papers are being looked at.
    """
    most = min(PAGES_OF_ONE, max(1, PAGES_IN_ALL // max(papers, 1)))
    until, left = time.monotonic() + SECONDS_IN_ALL, PAGES_IN_ALL
    shown: list[Paper] = []
    pictures: dict[str, bytes] = {}
    for item, content in originals:
        drawn = printed(content, item.content_type, most=min(most, left), until=until)
        shown.append(_paper(item, drawn))
        pictures.update(_pictures(item, drawn or []))
        left -= len(drawn or [])
    return Appendix(tuple(shown), pictures)


def _paper(item: Evidence, drawn: list[PrintPage] | None) -> Paper:
    pages = drawn or []
    count = pages[0].of if pages else 0
    note = _note(item, shown=len(pages), count=count, is_drawable=drawn is not None)
    return Paper(
        item,
        count,
        tuple(
            AppendixPage(_name(item, number), number, page.is_wide, note if number == len(pages) else "")
            for number, page in enumerate(pages, start=1)
        ),
        note,
    )


def _note(item: Evidence, *, shown: int, count: int, is_drawable: bool) -> str:
    if not is_drawable:
        return f"It could not be shown as pages; see the attachment {item.embedded_as}."
    if not shown:
        return f"Its pages are in the attachment {item.embedded_as} only."
    if shown == count:
        return ""
    rest = f"Page {count} is" if count == shown + 1 else f"Pages {shown + 1} to {count} are"
    return f"{rest} in the attachment {item.embedded_as} only."


def _pictures(item: Evidence, pages: list[PrintPage]) -> Iterator[tuple[str, bytes]]:
    for number, page in enumerate(pages, start=1):
        yield _name(item, number), page.picture


def _name(item: Evidence, number: int) -> str:
    return f"{item.number}-{number}.jpg"
