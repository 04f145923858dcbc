"""What a reader sees and what a screen reader is told: cover, tables of many vehicles, tags, bookmarks, links."""

import re
import subprocess
from functools import cache
from io import BytesIO

import pikepdf
import pytest

from compliance.export_file import SECTION_TITLES, build, compose
from nt24.documents import pdf as documents
from tests.compliance import dossiers
from tests.compliance.dossiers import originals_from, ten_originals
from tests.compliance.test_export_file import folded, needs_poppler, poppler

NAMES = ("a_dossier", "a_taxed_dossier", "a_vat_dossier", "a_margin_dossier", "a_greek_dossier",
         "a_fleet_dossier", "a_yen_dossier", "a_dinar_dossier", "an_overridden_dossier")  # fmt: skip


@cache
def composed(name: str) -> bytes:
    return compose(getattr(dossiers, name)(), originals_from(ten_originals()))


@cache
def pages(name: str) -> list[str]:
    return poppler("pdftotext", "-layout", "-", "-", given=composed(name)).split("\f")[:-1]


def text_of(name: str) -> str:
    return folded("\n".join(pages(name)))


# --- The cover ---


@needs_poppler
@pytest.mark.parametrize("name", NAMES)
def test_the_cover_is_one_page_and_answers_the_first_questions(name):
    cover = folded(pages(name)[0])

    for line in ("Seller", "Buyer", "Sale", "Vehicles", "Transport", "VAT number in VIES", "Final invoice",
                 "Facts as of", "Later ones are not included.", "Decided", "11 How to verify this file"):  # fmt: skip
        assert line in cover
    assert "SHA-256" not in cover
    assert "2 Buyer and KYC" in folded(pages(name)[1])


@needs_poppler
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a_dossier", "VAT-free: conditions met"),
        ("a_taxed_dossier", "Not valid on 24 Apr 2026, 05:00:02 CEST"),
        ("a_taxed_dossier", "No delivery was recorded by the time of this version."),
        ("a_taxed_dossier", "to be issued with VAT"),
        ("a_margin_dossier", "to be issued under the margin scheme, without showing VAT"),
        ("a_margin_dossier", "No pickup was recorded by the time of this version."),
        ("a_vat_dossier", "22,015.00 EUR, including 19 % VAT"),
        ("a_greek_dossier", "ΑΥΤΟΚΙΝΗΤΑ ΠΑΠΑΔΟΠΟΥΛΟΣ Α.Ε."),
        ("a_yen_dossier", "30 vehicles, 55,500,000 JPY"),
        ("a_dinar_dossier", "30 vehicles, 169,503.750 KWD"),
        ("an_overridden_dossier", "Two members of NT24 staff decided"),
        ("an_overridden_dossier", "VAT-free: by decision of two members of staff"),
    ],
)
def test_the_cover_says_it(name, says):
    assert says in folded(pages(name)[0])


@needs_poppler
def test_an_override_is_not_headed_by_conditions_that_are_met():
    assert "conditions met" not in text_of("an_overridden_dossier")


# --- The tables ---


@needs_poppler
@pytest.mark.parametrize("name", ["a_fleet_dossier", "a_yen_dossier", "a_dinar_dossier"])
def test_thirty_vehicles_take_a_line_or_two_each_and_are_printed_once(name, tmp_path):
    (tmp_path / "file.pdf").write_bytes(composed(name))
    boxes = poppler("pdftotext", "-bbox", str(tmp_path / "file.pdf"), "-")

    text = text_of(name)
    vins = [f"WVWZZZ1JZXW{number:06d}" for number in range(30)]
    assert [text.count(vin) for vin in vins] == [2, 2, 2, *[1] * 27]  # the first three are on the cover too
    assert "16 of section 3: no. 1–16" in text
    assert "14 of section 3: no. 17–30" in text
    assert "all 30, listed in section 3" in text
    for mileage in ("100,000", "137,119", "1,176,451"):
        assert f">{mileage}</word>" in boxes
    tops = [
        float(top) for top in re.findall(r'yMin="([\d.]+)"[^>]*>WVWZZZ1JZXW0000(?:0[5-9]|1\d)</word>', boxes)
    ]
    steps = [after - before for before, after in zip(tops, tops[1:], strict=False) if after > before]
    assert max(steps) < 34  # points: two lines and their padding


@needs_poppler
@pytest.mark.parametrize("name", NAMES)
def test_words_are_not_split(name):
    words = set(re.findall(r"\w+", text_of(name)))

    expected = {"Volkswagen", "MS_UNAVAILABLE", "PAYMENT_BANK_TRANSFER_SCREENSHOT", "consultation"}
    shown = expected - ({"Volkswagen"} if name == "a_greek_dossier" and "Volkswagen" not in words else set())
    assert shown <= words | set(re.findall(r"[A-Z_]+", text_of(name)))


@needs_poppler
def test_the_vat_of_a_final_invoice_is_stated_and_a_preliminary_one_without_is_not_green():
    text = text_of("a_vat_dossier")

    assert "18,500.00 EUR" in text
    assert "3,515.00 EUR" in text
    assert "19 %, DE" in text
    assert "VAT applies;" in text
    assert "to the cent" not in text


@needs_poppler
def test_rules_that_do_not_apply_say_so():
    assert text_of("a_margin_dossier").count("Not applicable") >= 3


@needs_poppler
@pytest.mark.parametrize("name", NAMES)
def test_the_certificate_stands_on_the_page_that_explains_it(name):
    (page,) = [folded(page) for page in pages(name) if "SHA-256 fingerprint" in page]

    assert "11 How to verify this file" in page


# --- For those who do not see it ---


@pytest.mark.parametrize("name", NAMES)
def test_bookmarks_are_complete_and_readable(name):
    with pikepdf.open(BytesIO(composed(name))) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]

    assert titles == [f"{number} {title}" for number, title in enumerate(SECTION_TITLES, start=1)]


def elements(document):
    waiting = [document.Root.StructTreeRoot.K[0]]
    while waiting:
        element = waiting.pop(0)
        if isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            waiting[:0] = list(element.get("/K", []))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_tagged_for_screen_readers(name):
    """The structural part of PDF/UA-1 (ISO 14289-1) that can be checked without a validator."""
    with pikepdf.open(BytesIO(composed(name))) as document:
        root = document.Root
        found = list(elements(document))
        kinds = [str(element.S) for element in found]
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert str(root.Lang) == "en"
        headings = [int(kind[2:]) for kind in kinds if re.fullmatch(r"/H[1-6]", kind)]
        assert headings[0] == 1
        assert all(after <= before + 1 for before, after in zip(headings, headings[1:], strict=False))
        tables = [element for element in found if element.S == "/Table"]
        cells = [element for element in found if element.S == "/TH"]
        assert tables
        assert {str(cell.A.Scope) for cell in cells} == {"/Row", "/Column"}
        assert all("/Alt" in element for element in found if element.S == "/Figure")
        for page in document.pages:
            assert page.obj.Tabs == "/S"
            links = [one for one in page.obj.get("/Annots", []) if one.Subtype == "/Link"]
            assert all(str(link.Contents) for link in links)
            content = page.obj.Contents.read_bytes()
            assert b"/Artifact BMC" in content  # the running foot


@pytest.mark.parametrize("name", ["a_dossier", "a_fleet_dossier", "a_vat_dossier"])
def test_every_marked_text_is_in_the_tree_or_an_artifact(name):
    with pikepdf.open(BytesIO(composed(name))) as document:
        told = {}
        for element in elements(document):
            for kid in element.get("/K", []):
                if isinstance(kid, int):
                    told.setdefault(element.Pg.objgen, set()).add(kid)
        for page in document.pages:
            marks = {int(one) for one in re.findall(rb"/MCID (\d+)", page.obj.Contents.read_bytes())}
            assert marks == told[page.obj.objgen]


def test_every_table_of_data_has_headers_for_its_cells():
    with pikepdf.open(BytesIO(composed("a_fleet_dossier"))) as document:
        for table in (element for element in elements(document) if element.S == "/Table"):
            waiting, kinds = list(table.K), []
            while waiting:
                kid = waiting.pop()
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    kinds.append(str(kid.S))
                    waiting.extend(kid.get("/K", []))
            assert "/TH" in kinds


def test_the_sealed_file_names_one_version_of_pdf():
    """ISO 19005-3, 6.1.2: PDF/A-3 builds on PDF 1.7."""
    sealed = build(dossiers.a_dossier(), originals_from(ten_originals()))

    assert sealed.startswith(b"%PDF-1.7")
    with pikepdf.open(BytesIO(sealed)) as document:
        assert str(document.Root.get("/Version", "/1.7")) == "/1.7"
        extensions = document.Root.get("/Extensions", {})
        assert {str(one.BaseVersion) for one in extensions.values()} <= {"/1.7"}


def test_the_metadata_is_one_rdf_with_the_schema_of_pdf_ua():
    with pikepdf.open(BytesIO(composed("a_dossier"))) as document:
        metadata = document.Root.Metadata.read_bytes()

    assert metadata.count(b"<rdf:RDF") == metadata.count(b"</rdf:RDF>") == 1
    assert b"http://www.aiim.org/pdfua/ns/id/" in metadata
    assert documents.PDF_VARIANT == "pdf/a-3a"


@needs_poppler
def test_poppler_reads_the_structure(tmp_path):
    (tmp_path / "file.pdf").write_bytes(composed("a_dossier"))
    told = subprocess.run(
        ["pdfinfo", "-struct-text", str(tmp_path / "file.pdf")], capture_output=True, check=True, text=True
    ).stdout

    assert "Export File" in told
    assert "VAT-free: conditions met" in told
    assert f"Page 1 of {len(pages('a_dossier'))}" not in told  # the running foot
