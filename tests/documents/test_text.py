"""The text of a paper is read within limits, and a file that cannot be read has none."""

import pytest

from nt24.documents import text
from nt24.documents.confinement import Busy, Overrun
from nt24.documents.downloads import ContentHeldBack
from nt24.documents.text import text_of
from nt24.errors import Unavailable
from tests.documents import hostile
from tests.documents.corpus import content_bomb, endless_text
from tests.factories.documents import DocumentFactory

FONT = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R"


def with_text(words: bytes) -> bytes:
    return hostile.written_pdf({4: hostile.stream(b"BT /F1 9 Tf 9 9 Td (%s) Tj ET" % words)}, page=FONT)


def read(content: bytes, content_type: str = "application/pdf") -> str:
    return text_of(DocumentFactory(content=content, content_type=content_type))


def test_the_text_of_a_pdf_is_read(db):
    assert read(with_text(b"Invoice INV-1")) == "Invoice INV-1"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (hostile.picture(), "image/jpeg"),
        (hostile.picture("PNG"), "image/png"),
        (b"%PDF-1.7\nnothing else\n%%EOF", "application/pdf"),
        (hostile.encrypted_pdf(user="secret"), "application/pdf"),
        (content_bomb(), "application/pdf"),
        (hostile.lzw_bomb(), "application/pdf"),
        (with_text(b"a").replace(b"(a)", b"((("), "application/pdf"),
    ],
    ids=["JPEG", "PNG", "broken", "encrypted", "page of 500 MB", "LZW bomb", "broken page"],
)
def test_a_file_without_readable_text_has_none(db, content, content_type):
    assert read(content, content_type).strip() == ""


def test_a_long_text_is_cut(db):
    assert len(read(endless_text())) <= 100_000


def test_only_the_first_pages_are_read(db):
    assert read(hostile.honest_pdf(pages=50)).count("\n") == 19


@pytest.mark.parametrize("trait", ["infected", "unscanned"])
def test_a_file_that_is_not_released_is_never_opened(db, trait):
    with pytest.raises(ContentHeldBack):
        text_of(DocumentFactory(**{trait: True}))


def test_an_overrun_is_no_text_and_a_busy_helper_is_an_outage(db, monkeypatch):
    def fail(*_):
        raise failure

    monkeypatch.setattr(text.drawing, "run", fail)
    failure = Overrun
    assert read(with_text(b"a")) == ""

    failure = Busy
    with pytest.raises(Unavailable):
        read(with_text(b"a"))
