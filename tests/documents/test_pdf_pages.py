"""A page of a received PDF is shown as pixels; whatever is in the file, the answer is a picture or a refusal."""

import io
import os
import subprocess
import sys

import pikepdf
import pytest
from PIL import Image

from nt24.documents import display
from nt24.documents.confinement import MEBIBYTE, Busy, Confinement, Overrun
from nt24.documents.display import NotDisplayable, page_count, page_of, page_response
from nt24.documents.downloads import ContentHeldBack
from nt24.documents.pdf_examination import MAX_PAGES
from nt24.errors import Unavailable
from tests.documents import hostile
from tests.documents.corpus import ACTIVE, BOMBS, BROKEN, ENCRYPTED, KEPT
from tests.factories.documents import DocumentFactory

PDF = "application/pdf"
RED, BLUE, WHITE = (254, 0, 0), (0, 0, 254), (255, 255, 255)
ALL_PDFS = {
    **{name: (lambda file=file: file) for name, (file, *_) in {**BROKEN, **ENCRYPTED, **ACTIVE}.items()},
    **BOMBS,
    **{name: build for name, (build, content_type) in KEPT.items() if content_type == PDF},
}


def stored(content, content_type=PDF, **traits):
    return DocumentFactory(content=content, content_type=content_type, **traits)


def shown(content, number=1):
    return Image.open(io.BytesIO(page_of(stored(content), number)))


def painted(*colours, size=(200, 100), entries=b""):
    """A PDF with one page per colour: its left half painted, and secret words in its metadata."""
    pdf = pikepdf.new()
    for red, green, blue in colours:
        pdf.add_blank_page(page_size=size)
        pdf.pages[-1].Contents = pdf.make_stream(
            b"%d %d %d rg 0 0 100 100 re f" % (red, green, blue) + entries
        )
    pdf.docinfo["/Title"] = "secret title"
    return hostile.saved(pdf)


def is_about(pixel, colour):
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


# --- Nothing but pixels --------------------------------------------------------------------------------------------


def test_each_page_is_shown_upright_and_in_its_colours(db):
    content = painted((1, 0, 0), (0, 0, 1))

    for number, colour in ((1, RED), (2, BLUE)):
        page = shown(content, number)

        assert (page.format, page.mode, page.size) == ("JPEG", "RGB", (556, 278))
        assert is_about(page.getpixel((100, 100)), colour)
        assert is_about(page.getpixel((500, 100)), WHITE)
    assert page_count(stored(content)) == 2


def test_nothing_of_the_file_goes_with_the_pixels(db):
    fresh = page_of(stored(painted((1, 0, 0))), 1)

    assert b"secret" not in fresh
    with Image.open(io.BytesIO(fresh)) as picture:
        assert len(picture.getexif()) == 0
        assert set(picture.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_page_on_its_side_is_turned(db):
    pdf = pikepdf.open(io.BytesIO(painted((1, 0, 0))))
    pdf.pages[0].Rotate = 90

    page = shown(hostile.saved(pdf))

    assert page.size == (278, 556)
    assert is_about(page.getpixel((100, 100)), RED)


@pytest.mark.parametrize(
    ("box", "size"),
    [("0 0 595 842", (1131, 1600)), ("0 0 1e9 1e9", (1236, 1600)), ("0 0 1 14400", (1, 1600)),
     ("0 0 0 0", (1236, 1600)), ("0 0 72 36", (200, 100)), ("14400 0 0 14400", (1600, 1600))],
)  # fmt: skip
def test_a_page_of_any_size_fits_on_the_screen(db, box, size):
    assert shown(hostile.written_pdf(page=b"/MediaBox[%s]" % box.encode())).size == size


def test_the_largest_pictures_of_scanners_fit_into_the_limits(db):
    target = io.BytesIO()
    Image.effect_noise((500, 500), 80).resize((7071, 7071)).convert("RGB").save(target, "PDF")

    assert shown(target.getvalue()).size == (1600, 1600)


def test_a_picture_is_its_own_only_page(db):
    document = stored(hostile.picture(), "image/jpeg")

    assert page_count(document) == 1
    assert Image.open(io.BytesIO(page_of(document, 1))).size == (64, 48)
    with pytest.raises(NotDisplayable):
        page_of(document, 2)


# --- What is not shown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [-1, 0, 3, 10**9, 10**30])
def test_a_page_that_is_not_there_is_not_shown(db, number):
    with pytest.raises(NotDisplayable):
        page_of(stored(painted((1, 0, 0), (0, 0, 1))), number)


@pytest.mark.parametrize("build", ALL_PDFS.values(), ids=ALL_PDFS.keys())
def test_a_hostile_file_is_drawn_or_refused_and_the_next_one_is_drawn(db, build):
    document = stored(build())

    for show in (lambda: page_of(document, 1), lambda: page_count(document)):
        try:
            answer = show()
        except NotDisplayable:
            pass
        else:
            assert isinstance(answer, int) or answer.startswith(b"\xff\xd8\xff")
    assert is_about(shown(painted((1, 0, 0))).getpixel((100, 100)), RED)


@pytest.mark.parametrize(
    "content",
    [
        hostile.encrypted_pdf(user="secret"),
        b"%PDF-1.7\nnothing else\n%%EOF",
        hostile.picture(),
        hostile.many_pages(MAX_PAGES + 1),
        BROKEN["pages in a circle"][0],
        hostile.lzw_bomb(),
    ],
    ids=[
        "password",
        "broken",
        "JPEG",
        "too many pages",
        "circle",
        "LZW",
    ],
)
def test_what_cannot_be_drawn_within_the_limits_is_not_shown(db, content):
    with pytest.raises(NotDisplayable):
        page_of(stored(content), 1)


@pytest.mark.parametrize("trait", ["infected", "unscanned"])
def test_a_file_that_is_not_released_is_never_opened(db, trait):
    document = stored(painted((1, 0, 0)), **{trait: True})

    for show in (page_count, lambda file: page_of(file, 1), lambda file: page_response(file, 1)):
        with pytest.raises(ContentHeldBack):
            show(document)


@pytest.mark.parametrize(
    ("failure", "told_as"), [(Overrun, NotDisplayable), (RuntimeError, NotDisplayable), (Busy, Unavailable)]
)
def test_a_file_beyond_the_limits_and_a_busy_helper_are_told_apart(db, monkeypatch, failure, told_as):
    def fail(*_):
        raise failure

    monkeypatch.setattr(display.drawing, "run", fail)

    with pytest.raises(told_as):
        page_of(stored(painted((1, 0, 0))), 1)


# --- The answer and the process ------------------------------------------------------------------------------------


def test_a_page_is_answered_in_a_sandbox_and_stored_by_nobody(db):
    answer = page_response(stored(painted((1, 0, 0))), 1)

    assert Image.open(io.BytesIO(answer.content)).size == (556, 278)
    expected = {
        "Content-Type": "image/jpeg",
        "Content-Disposition": 'inline; filename="cmr.pdf.1.jpg"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
    assert {name: answer[name] for name in expected} == expected


def test_the_web_process_does_not_load_the_library():
    look = "import sys, nt24.documents.pdf_pages; print('pypdfium2' in sys.modules)"

    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"


def test_the_confined_process_knows_no_password(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "known to the web process")
    room = Confinement(memory_bytes=400 * MEBIBYTE, cpu_seconds=4, waiting=20)
    try:
        known = room.run(os.getenv, "SECRET_KEY"), room.run(os.getenv, "PATH")
    finally:
        room.close()

    assert known == (None, os.environ["PATH"])
