"""What is taken as evidence and what is not (contract 11, 16.12)."""

import zlib

import pytest

from nt24.documents import content
from nt24.documents.confinement import Busy
from nt24.documents.content import Inspected, NotAcceptedType, UnacceptableContent, inspect
from nt24.documents.uploads import received
from tests.documents import hostile
from tests.documents.hostile import written_pdf
from tests.factories.documents import SMALL_PDF

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
DAMAGED_PDF = "The PDF is damaged and cannot be read."
DAMAGED_PICTURE = "The picture is damaged and cannot be read."
ONLY = "Only PDF, JPEG and PNG files are accepted; by its content this is "


def annotation(entries: bytes) -> bytes:
    return written_pdf(page=b"/Annots[<</Type/Annot/Rect[0 0 9 9]%s>>]" % entries)


def automatic(action: bytes) -> bytes:
    return written_pdf(catalog=b"/OpenAction<<%s>>" % action)


def embedded(name: bytes, stream: bytes) -> bytes:
    return written_pdf(
        {4: b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F 5 0 R>>>>" % (name, name), 5: stream},
        catalog=b"/Names<</EmbeddedFiles<</Names[(%s)4 0 R]>>>>" % name,
    )


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


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "The file is empty."),
        (b"%", ONLY + "application/octet-stream."),
        (b"MZ\x90\x00" + bytes(60) + b"PE\0\0", ONLY + "application/x-dosexec."),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\2\0\x3e\0\1" + bytes(60), ONLY + "application/x-executable."),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", ONLY + "text/html."),
        (b"#!/bin/sh\nrm -rf /\n", ONLY + "text/x-shellscript."),
        (hostile.svg(), ONLY + "image/svg+xml."),
        (hostile.zip_bomb(), ONLY + "application/zip."),
        (hostile.picture("GIF"), ONLY + "image/gif."),
        (hostile.picture("GIF") + hostile.zip_archive(), ONLY + "image/gif."),
        (hostile.picture("TIFF"), ONLY + "image/tiff."),
        (hostile.picture("WEBP"), ONLY + "image/webp."),
        (hostile.EICAR, ONLY + "text/plain."),
        (bytes(5000), ONLY + "application/octet-stream."),
    ],
)
def test_another_type_is_not_accepted_whatever_its_name(file, why):
    with pytest.raises(NotAcceptedType) as refusal:
        inspect(received(file, "contract.pdf"))

    assert (refusal.value.status, refusal.value.detail) == (415, why)


@pytest.mark.parametrize(
    "before", [b"\n", b"<html>" + b" " * 894, hostile.zip_archive(), b"GIF89a" + bytes(60)]
)
def test_a_pdf_that_begins_later_is_not_accepted(before):
    with pytest.raises(NotAcceptedType):
        inspect(received(before + SMALL_PDF, "contract.pdf"))


BROKEN = {
    "cut in half": (SMALL_PDF[: len(SMALL_PDF) // 2], "The PDF is incomplete: its end is missing."),
    "cut at the end": (SMALL_PDF[:-3], "The PDF is incomplete: its end is missing."),
    "header only": (b"%PDF-1.7\n", "The PDF is incomplete: its end is missing."),
    "header and end only": (b"%PDF-1.7\n%%EOF\n", DAMAGED_PDF),
    "middle missing": (SMALL_PDF.replace(b"/Type/Pages/Kids[3 0 R]", b""), DAMAGED_PDF),
    "no trailer": (SMALL_PDF.replace(b"trailer", b"garbage"), DAMAGED_PDF),
    "object broken": (SMALL_PDF.replace(b"<</Type/Pages/K", b"<</Type/Pages(K"), DAMAGED_PDF),
    "no pages": (written_pdf(pages=b"/Kids[]/Count 0"), DAMAGED_PDF),
    "pages in a circle": (written_pdf(pages=b"/Kids[2 0 R]/Count 1"), DAMAGED_PDF),
    "one page 100,000 times": (hostile.endless_pages(100_000), DAMAGED_PDF),
    "too many pages": (hostile.many_pages(2001), "The PDF has more than 2000 pages."),
    "pages too deep": (hostile.deep_pages(2000), DAMAGED_PDF),
    "too many objects": (hostile.many_objects(100_001), "The PDF has more than 100000 objects."),
    "arrays too deep": (written_pdf({4: b"[" * 5000 + b"]" * 5000}), DAMAGED_PDF),
    "data behind the end": (SMALL_PDF + b"<script>1</script>", "The PDF has other data behind its end."),
    "a ZIP archive too": (SMALL_PDF + hostile.zip_archive(), "The file is a ZIP archive at the same time."),
    "a picture and a ZIP": (
        hostile.picture("JPEG") + hostile.zip_archive(),
        "The file is a ZIP archive at the same time.",
    ),
    "half a JPEG": (hostile.picture("JPEG")[:1500], DAMAGED_PICTURE),
    "half a PNG": (hostile.picture("PNG")[:5000], DAMAGED_PICTURE),
    "JPEG without content": (b"\xff\xd8\xff\xe0" + bytes(50), DAMAGED_PICTURE),
    "PNG with a wrong check sum": (hostile.picture("PNG").replace(b"IDAT", b"IDAT\x00", 1), DAMAGED_PICTURE),
    "animated": (hostile.animated_png(), "The picture is animated."),
    "2.5 billion pixels": (hostile.huge_png(), "The picture has more than 50 million pixels."),
    "51 million pixels": (hostile.huge_png(7142), "The picture has more than 50 million pixels."),
    "a comment of 100 MB": (hostile.text_bomb_png(), DAMAGED_PICTURE),
}


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


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (hostile.encrypted_pdf(), "The PDF is encrypted. Please save it without protection."),
        (hostile.encrypted_pdf(user="secret"), "The PDF is protected by a password."),
    ],
)
def test_an_encrypted_pdf_is_refused_even_if_it_opens_without_password(file, why):
    assert refusal_of(file) == (422, "file", why)


URI = b"/S/URI/URI(http://tracker.example)"
ACTIVE = {
    "script on opening": (automatic(b"/S/JavaScript/JS(app.alert(1))"), "JavaScript"),
    "script in other spelling": (automatic(b"/S/Java#53cript/JS(app.alert(1))"), "JavaScript"),
    "script named elsewhere": (
        written_pdf({4: b"/JavaScript"}, catalog=b"/OpenAction<</S 4 0 R/JS(app.alert(1))>>"),
        "JavaScript",
    ),
    "script in the name tree": (
        written_pdf(catalog=b"/Names<</JavaScript<</Names[(a)<</JS(1)>>]>>>>"),
        "JavaScript",
    ),
    "script behind a link": (annotation(b"/Subtype/Link/A<</S/JavaScript/JS(1)>>"), "JavaScript"),
    "script after a harmless action": (
        automatic(b"/S/Named/N/NextPage/Next[<</S/JavaScript/JS(1)>>]"),
        "JavaScript",
    ),
    "script of a page": (written_pdf(page=b"/AA<</O<</S/JavaScript/JS(1)>>>>"), "JavaScript"),
    "script that nothing refers to": (written_pdf({4: b"<</S/JavaScript/JS(1)>>"}), "JavaScript"),
    "script inside arrays": (written_pdf({4: b"[[[<</S/JavaScript/JS(1)>>]]]"}), "JavaScript"),
    "program": (automatic(b"/S/Launch/F(calc.exe)"), "an action that starts a program"),
    "form that sends": (
        annotation(b"/Subtype/Widget/A<</S/SubmitForm/F(http://x.example)>>"),
        "a form that sends data",
    ),
    "form that loads": (annotation(b"/Subtype/Widget/A<</S/ImportData/F(x)>>"), "a form that loads data"),
    "link into a share": (
        annotation(b"/Subtype/Link/A<</S/GoToR/F(\\\\\\\\host\\\\x)/D[0/Fit]>>"),
        "a link into another file",
    ),
    "link into an embedded file": (
        annotation(b"/Subtype/Link/A<</S/GoToE/D[0/Fit]>>"),
        "a link into an embedded file",
    ),
    "web page on opening": (automatic(URI), "an action that runs by itself"),
    "web page on turning a page": (
        written_pdf(page=b"/AA<</C<<%s>>>>" % URI),
        "an action that runs by itself",
    ),
    "XFA form": (written_pdf(catalog=b"/AcroForm<</Fields[]/XFA[]>>"), "an XFA form"),
    "rich media": (annotation(b"/Subtype/RichMedia"), "rich media"),
    "film": (annotation(b"/Subtype/Screen"), "media that plays"),
    "3D": (annotation(b"/Subtype/3D"), "a 3D model"),
    "portfolio": (written_pdf(catalog=b"/Collection<<>>"), "a portfolio of embedded files"),
    "stream in another file": (
        written_pdf({4: hostile.stream(b"", b"/F(/etc/passwd)")}),
        "data from another file",
    ),
    "embedded program": (hostile.with_attachment("setup.exe", b"MZ"), "an embedded file"),
    "embedded PDF": (hostile.with_attachment("cmr.pdf", SMALL_PDF), "an embedded file"),
    "attached to a page": (
        written_pdf(
            {4: hostile.stream(b"MZ")},
            page=b"/Annots[<</Subtype/FileAttachment/FS<</F(a.exe)/EF<</F 4 0 R>>>>>>]",
        ),
        "an embedded file",
    ),
    "invoice in name only": (hostile.with_attachment("factur-x.xml", b"MZ program"), "an embedded file"),
    "invoice that is a web page": (hostile.with_attachment("factur-x.xml", b"<html/>"), "an embedded file"),
    "invoice with entities": (
        hostile.with_attachment("factur-x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>'),
        "an embedded file",
    ),
    "invoice under two names": (
        written_pdf(
            {
                4: b"<</Type/Filespec/F(factur-x.xml)/UF(setup.exe)/EF<</F 5 0 R>>>>",
                5: hostile.stream(hostile.FACTUR_X),
            }
        ),
        "an embedded file",
    ),
    "invoice without end": (
        embedded(
            b"factur-x.xml",
            hostile.stream(zlib.compress(hostile.FACTUR_X + b" " * 6_000_000), b"/Filter/FlateDecode"),
        ),
        "an embedded file",
    ),
    "invoice in a rare encoding": (
        embedded(b"factur-x.xml", hostile.stream(hostile.FACTUR_X.hex().encode(), b"/Filter/ASCIIHexDecode")),
        "an embedded file",
    ),
}


@pytest.mark.parametrize(("file", "what"), ACTIVE.values(), ids=ACTIVE.keys())
def test_a_pdf_that_acts_is_refused_and_told_what_acts(file, what):
    assert refusal_of(file) == (422, "file", f"The PDF has active content: {what}.")


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (b"/S/GoTo/D[3 0 R/Fit]/Next 4 0 R", "The PDF has a chain of actions without end."),
        (b"/S/Named/N/Print", None),
    ],
)
def test_a_chain_of_actions_must_end(action, why):
    file = written_pdf({4: b"<<%s>>" % action}, catalog=b"/OpenAction 4 0 R")

    if why is None:
        assert inspect(received(file, "a.pdf")) == Inspected(PDF, pages=1)
    else:
        assert refusal_of(file) == (422, "file", why)


@pytest.mark.parametrize("bomb", [hostile.flate_bomb, hostile.nested_flate_bomb, hostile.lzw_bomb])
def test_a_pdf_that_unfolds_without_end_is_refused_and_the_next_file_is_read(bomb):
    file = bomb()
    assert len(file) < 1_000_000

    assert refusal_of(file) == (422, "file", DAMAGED_PDF)
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
