"""Reads the text that stands in a PDF. No Django: it runs confined, because the file may be hostile."""

from itertools import islice
from pathlib import Path

from pypdf import PdfReader

from nt24.documents.examination import opened

MAX_PAGES = 20  # of an invoice, a contract or a consignment note
MAX_CHARACTERS = 100_000


def text_in(source: bytes | Path) -> str:
    """The text of the first pages; for a file that the reader does not understand, whatever it raises."""
    pages: list[str] = []
    with opened(source) as file:
        for page in islice(PdfReader(file).pages, MAX_PAGES):
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MAX_CHARACTERS:
                break
    return "\n".join(pages)[:MAX_CHARACTERS]
