"""Files as the field sends them are not only taken in: they can be looked at, read, and come out as they went in."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from PIL import Image

from nt24.documents import pdf, sealing
from nt24.documents.display import display_of, page_count, page_of
from nt24.documents.text import text_of
from tests.documents import field, hostile
from tests.factories.documents import DocumentFactory

PDF = "application/pdf"


def stored(content, content_type=PDF):
    return DocumentFactory(content=content, content_type=content_type)


def is_about(pixel, colour):
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_a_page_under_an_owner_password_is_drawn(db, revision):
    document = stored(field.protected(revision))

    page = Image.open(io.BytesIO(page_of(document, 1)))

    assert page_count(document) == 1
    assert len(page.crop((0, 306, 250, 556)).getcolors(250 * 250)) > 50  # the picture below on the left
    assert page.getpixel((400, 100)) == (255, 255, 255)


def test_the_text_under_an_owner_password_is_read(db):
    written = pikepdf.open(io.BytesIO(hostile.honest_pdf()))
    written.pages[0].Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                                     BaseFont=pikepdf.Name.Helvetica))
    )  # fmt: skip
    written.pages[0].Contents = written.make_stream(b"BT /F 18 Tf 72 700 Td (Invoice 4711) Tj ET")

    for revision in (3, 4, 6):
        content = hostile.saved(written, encryption=pikepdf.Encryption(owner="owner", R=revision, aes=revision > 3,
                                                                       metadata=revision > 3))  # fmt: skip
        assert "Invoice 4711" in text_of(stored(content))


@pytest.mark.parametrize(("build", "content_type"), field.PICTURES.values(), ids=field.PICTURES.keys())
def test_a_picture_of_the_field_is_drawn(db, build, content_type):
    shown = Image.open(io.BytesIO(display_of(stored(build(), content_type))))

    assert shown.format == "JPEG"
    assert max(shown.size) <= 1600


def test_a_scan_in_black_and_white_gets_smaller_in_grey(db):
    """Otherwise thin lines would be lost or thick, whichever pixel is hit."""
    lines = b"".join(b"\0" + (b"\xaa" * 500) for _ in range(4000))

    shown = Image.open(
        io.BytesIO(display_of(stored(field.png(4000, 4000, depth=1, lines=lines), "image/png")))
    )

    assert is_about(shown.getpixel((800, 800)), (127, 127, 127))


def test_originals_of_the_field_lie_in_a_sealed_file_as_they_were_sent():
    originals = {f"{number:02}-{name}": build() for number, (name, (build, _)) in enumerate(field.FIELD.items())
                 if name not in ("scan of A2 at 600 dpi", "picture of 199 million pixels")}  # fmt: skip
    at = datetime(2026, 4, 18, tzinfo=UTC)
    files = [
        pdf.EmbeddedFile(name, content, PDF, "Supplement", "original", at)
        for name, content in originals.items()
    ]

    sealed = sealing.seal(pdf.embed(hostile.honest_pdf(), files), reason="test", location="here")

    with pikepdf.open(io.BytesIO(sealed)) as document:
        assert not document.is_encrypted
        assert {
            name: file.get_file().read_bytes() for name, file in document.attachments.items()
        } == originals
