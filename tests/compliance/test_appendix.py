"""The pages of invoices, payments and transport papers inside the sealed file, and what is never shown there."""

import io
import time
from dataclasses import replace

import pikepdf
import pytest
from PIL import Image

from compliance import appendix
from compliance.appendix import PAGES_IN_ALL, PAGES_OF_ONE, appendix_of, has_pages
from compliance.export_file import compose
from nt24.documents.print_pages import LONGEST, PAGE_BYTES, printed
from nt24.documents.types import DocumentType, Module, module_of
from tests.compliance.dossiers import (
    a_dossier,
    evidence_from,
    image_original,
    originals_from,
    pdf_original,
    ten_originals,
)
from tests.compliance.test_export_file import folded, needs_poppler, poppler
from tests.compliance.test_export_layout import elements
from tests.documents import hostile
from tests.documents.corpus import BOMBS, BROKEN, ENCRYPTED

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
FAR = time.monotonic() + 1e9


def picture(size, kind="PNG", mode="RGB"):
    target = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(target, kind)
    return target.getvalue()


def composed(**contents):
    """The full dossier with other originals: `n8=(bytes, content type)`."""
    originals = ten_originals()
    for name, (content, content_type) in contents.items():
        number = int(name[1:])
        originals[number] = (*originals[number][:3], content_type, content)
    return compose(a_dossier(evidence=evidence_from(originals)), originals_from(originals)), originals


def text_of(document):
    return folded(poppler("pdftotext", "-layout", "-", "-", given=document))


def figures(document):
    return [str(one.Alt) for one in elements(document) if one.S == "/Figure"]


def papers(count, *, pages=1):
    originals = {
        number: (
            "TRANSPORT",
            "TRANSPORT_CMR",
            f"cmr {number}.pdf",
            PDF,
            pdf_original(str(number), pages=pages),
        )
        for number in range(1, count + 1)
    }
    return [(item, originals[item.number][4]) for item in evidence_from(originals)]


# --- From the list of evidence to the pages ---


@pytest.mark.parametrize(
    "contents",
    [
        {"n8": (pdf_original("two", pages=2), PDF)},
        {"n6": (picture((300, 900)), PNG), "n10": (picture((900, 300), "JPEG"), JPEG)},
        {"n7": (picture((40, 40), "JPEG", "L"), JPEG), "n9": (picture((2600, 1800), mode="1"), PNG)},
    ],
)
def test_every_link_of_the_evidence_leads_to_the_first_page_of_its_document(contents):
    content, originals = composed(**contents)

    with pikepdf.open(io.BytesIO(content)) as document:
        targets = {
            str(name): document.pages.index(pikepdf.Page(place[0]))
            for name, place in pikepdf.NameTree(document.Root.Names.Dests).items()
        }
        followed = {
            str(link.Dest): targets[str(link.Dest)]
            for page in document.pages
            for link in page.obj.get("/Annots", [])
            if "/Dest" in link
        }
        for number in (6, 7, 8, 9, 10):
            page = document.pages[followed[f"document-{number}"]]
            assert page.obj.Contents.read_bytes().count(b" Do") == 1
        inside = {name: one.get_file().read_bytes() for name, one in document.attachments.items()}
        assert {name.split("-")[0]: data for name, data in inside.items() if name != "decision.json"} == {
            f"{number:02d}": one[4] for number, one in originals.items() if number != 3
        }
        with document.open_outline() as outline:
            below = [one.title for one in outline.root[-1].children]
        assert [title.split()[1] for title in below] == ["6", "7", "8", "9", "10"]
        assert len(figures(document)) == len(set(figures(document)))
        told = {
            str(link.Contents)
            for page in document.pages
            for link in page.obj.get("/Annots", [])
            if "/Dest" in link
        }
        assert {"Goes to document 8", "Goes to section 9"} <= told


def test_pictures_are_small_upright_and_on_a_page_that_fits():
    wide = printed(picture((2400, 900)), PNG, most=5, until=FAR)
    high = printed(hostile.saved(a_page((842, 595), turned=90)), PDF, most=5, until=FAR)
    noise = printed(picture((3000, 3000)), PNG, most=5, until=FAR)

    assert [len(wide), len(high), len(noise)] == [1, 1, 1]
    assert (wide[0].is_wide, high[0].is_wide, noise[0].is_wide) == (True, False, False)
    for page in (*wide, *high, *noise):
        assert len(page.picture) <= PAGE_BYTES
        with Image.open(io.BytesIO(page.picture)) as shown:
            assert (shown.format, shown.mode) == ("JPEG", "RGB")
            assert max(shown.size) <= LONGEST


def a_page(size, *, turned):
    document = pikepdf.new()
    document.add_blank_page(page_size=size)
    document.pages[0].Rotate = turned
    return document


# --- What is not shown ---


@pytest.mark.parametrize(
    "kind", [kind for kind in DocumentType if module_of(kind) in (Module.KYC, Module.ORDER)]
)
def test_papers_of_the_buyer_have_no_pages(kind):
    paper = replace(a_dossier().evidence[0], type=kind, module=module_of(kind), is_embedded=True)

    assert not has_pages(paper)


def test_what_is_not_embedded_has_no_pages_either():
    invoice = next(one for one in a_dossier().evidence if one.module == "INVOICE")

    assert has_pages(invoice)
    assert not has_pages(replace(invoice, is_embedded=False))


@needs_poppler
def test_a_paper_that_cannot_be_drawn_gets_a_plain_line_and_the_file_is_made():
    content, _ = composed(
        n6=(b"%PDF-1.4 nothing", PDF),
        n7=(image_original("PNG", (1, 1, 1))[:20], PNG),
        n8=(next(iter(ENCRYPTED.values()))[0], PDF),
        n9=(pdf_original("named wrongly"), JPEG),
    )

    text = text_of(content)
    for name in (
        "06-SHIPMENT_PRELIMINARY_INVOICE-",
        "07-PAYMENT_BANK_TRANSFER_SCREENSHOT-",
        "08-TRANSPORT_CMR-",
    ):
        assert f"see the attachment {name}" in text.replace("- ", "-")
    assert text.count("It could not be shown as pages") == 4
    with pikepdf.open(io.BytesIO(content)) as document:
        assert len(document.attachments) == 10
        assert len(figures(document)) == 2  # the delivery note


@pytest.mark.parametrize(
    "name", ["Flate bomb", "page of two million words", "pages in a circle", "2.5 billion pixels"]
)
def test_a_file_that_fights_its_reader_holds_up_no_other(name):
    (one, _), (other, content) = papers(2)
    hostile_one = BOMBS[name]() if name in BOMBS else BROKEN[name][0]

    shown = appendix_of([(one, hostile_one), (other, content)], papers=2)

    assert len(shown.papers[1].pages) == 1
    assert shown.papers[0].pages or "could not be shown" in shown.papers[0].note
    assert all(len(one) <= PAGE_BYTES for one in shown.pictures.values())


@pytest.mark.parametrize(
    ("count", "pages", "shown"),
    [(1, 13, [PAGES_OF_ONE]), (1, 11, [10]), (2, 10, [10, 10]), (7, 9, [8] * 7), (40, 3, [1] * 40)],
)
def test_the_pages_are_bounded_and_what_is_left_out_is_said(count, pages, shown):
    found = appendix_of(papers(count, pages=pages), papers=count)

    assert [len(paper.pages) for paper in found.papers] == shown
    for paper in found.papers:
        first = len(paper.pages) + 1
        rest = f"Page {pages} is" if pages == first else f"Pages {first} to {pages} are"
        note = f"{rest} in the attachment {paper.item.embedded_as} only." if pages >= first else ""
        assert paper.note == paper.pages[-1].note == note


def test_more_papers_than_pages_are_named_with_their_attachments():
    found = appendix_of(papers(PAGES_IN_ALL + 2), papers=PAGES_IN_ALL + 2)

    assert len(found.pictures) == PAGES_IN_ALL
    assert [paper.note for paper in found.papers[-2:]] == [
        f"Its pages are in the attachment {paper.item.embedded_as} only." for paper in found.papers[-2:]
    ]


def test_the_time_for_drawing_is_bounded(monkeypatch):
    monkeypatch.setattr(appendix, "SECONDS_IN_ALL", -1)

    found = appendix_of(papers(3), papers=3)

    assert found.pictures == {}
    assert {paper.note.split(" in the ")[0] for paper in found.papers} == {"Its pages are"}
