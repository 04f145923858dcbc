"""What is taken as evidence and what is not (contract 11, 16.12)."""

import zlib

import pytest

from nt24.documents import content
from nt24.documents.confinement import Busy
from nt24.documents.content import Inspected, NotAcceptedType, UnacceptableContent, inspect
from nt24.documents.refusals import PRINT_ANEW
from nt24.documents.uploads import received
from tests.documents import hostile
from tests.documents.corpus import (
    ACTIVE,
    BOMBS,
    BROKEN,
    ENCRYPTED,
    LATE_PDFS,
    OTHER_TYPES,
    REMEDIES,
    TOO_COSTLY,
    annotation,
)
from tests.documents.hostile import written_pdf
from tests.factories.documents import SMALL_PDF

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (SMALL_PDF, Inspected(PDF, pages=1)),
        (hostile.honest_pdf(pages=3), Inspected(PDF, pages=3)),
        (hostile.pdf_with_object_streams(), Inspected(PDF, pages=1)),
        (hostile.pdf_with_links(), Inspected(PDF, pages=1)),
        (SMALL_PDF + b"\r\n\x00\x00", Inspected(PDF, pages=1)),
        (hostile.many_pages(2000), Inspected(PDF, pages=2000)),
        (annotation(b"/Subtype/Link/A<</S/Named/N/NextPage>>"), Inspected(PDF, pages=1)),
        (annotation(b"/Subtype/Widget/FT/Sig/T(Signature)"), Inspected(PDF, pages=1)),
        (hostile.e_invoice("factur-x.xml"), Inspected(PDF, pages=1)),
        (hostile.e_invoice("ZUGFeRD-invoice.xml"), Inspected(PDF, pages=1)),
        (hostile.e_invoice("xrechnung.xml"), Inspected(PDF, pages=1)),
        (hostile.picture("JPEG"), Inspected(JPEG, pixels=64 * 48)),
        (hostile.picture("JPEG", progressive=True), Inspected(JPEG, pixels=64 * 48)),
        (hostile.phone_picture(), Inspected(JPEG, pixels=64 * 48)),
        (hostile.picture("JPEG") + b"depth map of a phone", Inspected(JPEG, pixels=64 * 48)),
        (hostile.picture("PNG", size=(1, 1)), Inspected(PNG, pixels=1)),
    ],
)
def test_an_honest_file_is_taken_for_what_it_is(file, found):
    assert inspect(received(file, "file.bin")) == found


@pytest.mark.parametrize(("file", "why"), OTHER_TYPES.values(), ids=OTHER_TYPES.keys())
def test_another_type_is_not_accepted_whatever_its_name(file, why):
    with pytest.raises(NotAcceptedType) as refusal:
        inspect(received(file, "contract.pdf"))

    assert (refusal.value.status, refusal.value.detail) == (415, why)


@pytest.mark.parametrize("file", LATE_PDFS.values(), ids=LATE_PDFS.keys())
def test_a_pdf_that_begins_later_is_not_accepted(file):
    with pytest.raises(NotAcceptedType):
        inspect(received(file, "contract.pdf"))


def test_a_complete_pdf_with_a_wrong_index_is_accepted():
    wrong_offsets = SMALL_PDF.replace(b"xref\n0 4", b"xxxx\n0 4")

    assert inspect(received(wrong_offsets, "scan.pdf")).pages == 1


@pytest.mark.parametrize(("file", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_or_boundless_file_is_refused_with_the_reason(file, why):
    assert refusal_of(file) == (422, "file", why)


def refusal_of(file: bytes) -> tuple[int, str, str]:
    with pytest.raises(UnacceptableContent) as refusal:
        inspect(received(file, "contract.pdf"))
    (error,) = refusal.value.errors
    return refusal.value.status, error.field, error.message


@pytest.mark.parametrize(("file", "why"), ENCRYPTED.values(), ids=ENCRYPTED.keys())
def test_a_pdf_that_asks_for_a_password_is_refused_with_what_to_do(file, why):
    assert refusal_of(file) == (422, "file", why)


@pytest.mark.parametrize(("file", "what"), ACTIVE.values(), ids=ACTIVE.keys())
def test_a_pdf_that_acts_is_refused_and_told_what_acts(file, what):
    assert refusal_of(file) == (
        422,
        "file",
        f"The PDF has active content: {what}. {REMEDIES.get(what, PRINT_ANEW)}",
    )


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (b"/S/GoTo/D[3 0 R/Fit]/Next 4 0 R", f"The PDF has a chain of actions without end. {PRINT_ANEW}"),
        (b"/S/Named/N/Print", None),
    ],
)
def test_a_chain_of_actions_must_end(action, why):
    file = written_pdf({4: b"<<%s>>" % action}, catalog=b"/OpenAction 4 0 R")

    if why is None:
        assert inspect(received(file, "a.pdf")) == Inspected(PDF, pages=1)
    else:
        assert refusal_of(file) == (422, "file", why)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_pdf_that_unfolds_without_end_is_refused_and_the_next_file_is_read(bomb):
    file = bomb()
    assert len(file) < 3_000_000

    assert refusal_of(file) == (422, "file", TOO_COSTLY)
    assert inspect(received(SMALL_PDF, "a.pdf")) == Inspected(PDF, pages=1)


def test_a_compressed_page_tree_is_read_when_it_ends():
    tree = zlib.compress(hostile.compressed_page_tree(100))
    file = hostile.with_compressed_objects(tree, filters=b"/Filter/FlateDecode")

    assert inspect(received(file, "a.pdf")) == Inspected(PDF, pages=1)


def test_the_place_in_a_picture_is_kept():
    file = received(hostile.picture_with_place(), "handover.jpg")
    before = file.read()

    inspect(file)

    file.seek(0)
    assert file.read() == before


def test_too_many_files_at_once_are_an_outage_and_no_refusal(monkeypatch):
    def is_busy(*_):
        raise Busy

    monkeypatch.setattr(content.confinement, "run", is_busy)

    with pytest.raises(content.Unavailable) as outage:
        inspect(received(SMALL_PDF, "a.pdf"))

    assert outage.value.status == 503
