"""The Export File as a document: what it says, what is inside, that it never changes and never loads anything."""

import hashlib
import json
import logging
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings

from compliance.dossier import Dossier
from compliance.export_file import (
    TEMPLATE,
    EvidenceAltered,
    build,
    compose,
    context,
    decision_record,
    seal_notice,
)
from nt24.documents import pdf
from tests.compliance.dossiers import (
    CREATED_AT,
    a_dossier,
    a_long_dossier,
    a_taxed_dossier,
    long_originals,
    originals_from,
    ten_originals,
)

needs_poppler = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
MARGIN = 18 / 25.4 * 72 - 1  # left and right, in points, less one for overhang of italics and rounding


@cache
def composed(name: str) -> bytes:
    """Rendered once for all tests that only look at it."""
    if name == "long":
        return compose(a_long_dossier(), long_originals())
    dossier = a_dossier() if name == "full" else a_taxed_dossier()
    return compose(dossier, originals_from(ten_originals()))


@cache
def text_of(name: str) -> str:
    """As `pdftotext` reads it, white space folded."""
    return folded(poppler("pdftotext", "-layout", "-", "-", given=composed(name)))


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def poppler(*command: str, given: bytes | None = None) -> str:
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout.decode()


def test_the_same_dossier_gives_the_same_bytes():
    assert compose(a_dossier(), originals_from(ten_originals())) == composed("full")


def test_another_process_gives_the_same_bytes():
    program = (
        "import django; django.setup()\n"
        "import hashlib\n"
        "from compliance.export_file import compose\n"
        "from tests.compliance.dossiers import a_dossier, originals_from, ten_originals\n"
        "print(hashlib.sha256(compose(a_dossier(), originals_from(ten_originals()))).hexdigest())\n"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "4711",
        "TZ": "Pacific/Auckland",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()

    assert found == hashlib.sha256(composed("full")).hexdigest()


def test_another_version_gives_other_bytes():
    assert compose(a_dossier(version=3), originals_from(ten_originals())) != composed("full")


def test_a_stored_dossier_gives_the_same_bytes():
    stored = Dossier.from_json(a_dossier().to_json())

    assert compose(stored, originals_from(ten_originals())) == composed("full")


def test_it_is_marked_as_pdf_a_3a_with_title_language_and_dates():
    with pikepdf.open(BytesIO(composed("full"))) as document:
        metadata = document.open_metadata()
        information = {str(name): str(value) for name, value in document.docinfo.items()}

        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Export File DEAL-2026-04-00451, version 2"
        assert str(document.Root.Lang) == "en"
        assert document.Root.OutputIntents[0].S == pikepdf.Name.GTS_PDFA1
        assert metadata["xmp:CreateDate"] == "2026-04-26T08:30:12+00:00"
        assert information["/Title"] == "Export File DEAL-2026-04-00451, version 2"
        assert information["/CreationDate"].startswith("D:20260426083012")


@needs_poppler
def test_every_font_is_ours_and_embedded():
    lines = poppler("pdffonts", "-", given=composed("long")).splitlines()[2:]

    names = {line.split()[0].split("+")[1] for line in lines}
    assert names == {"Inter", "Inter-Medium", "Inter-Semi-Bold", "JetBrains-Mono"}
    assert all(re.search(r"\byes yes yes\b", line) for line in lines)


@needs_poppler
def test_the_sections_stand_in_the_order_a_tax_office_reads_them():
    text = text_of("full")
    headings = [
        "Export File",
        "VAT-free: conditions met",
        "VALID_EXPORT",
        "2 Buyer and KYC Company",
        "3 Vehicles No.",
        "4 Invoices Invoice",
        "5 Payment Paid on",
        "6 Transport Arranged as",
        "7 VIES history Each line",
        "8 Compliance checks All rules",
        "9 Evidence 10 documents",
        "10 Timeline Extract",
        "11 How to verify this file 1. In a PDF reader",
    ]

    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)


@needs_poppler
@pytest.mark.parametrize(
    "fact",
    [
        "Order DEAL-2026-04-00451",
        "Facts as of 26 Apr 2026, 10:30:12 CEST. Later ones are not included.",
        "Version 2, supersedes version 1 of 25 Apr 2026, 18:02:40 CEST: The final invoice was added",
        "Picked up 22 Apr 2026 in 10115 Berlin, DE",
        "Delivered 24 Apr 2026 in 00-049 Warszawa, PL",
        "CMR consignment note signed at delivery: no. 10 of 18 Apr 2026",
        "Valid on 24 Apr 2026, 05:00:02 CEST, consultation number WAPIAAAAZ9q8W7e6",
        "INV-2026-04-00451-F of 25 Apr 2026, 18,500.00 EUR, without VAT",
        "AutoHandel Mustermann GmbH",
        "Żółw Samochody Sp. z o.o.",
        "ul. Świętokrzyska 31/33a, 00-049 Warszawa, PL",
        "Article 138(1) of Directive 2006/112/EC",
        "Article 45a of Implementing Regulation (EU) No 282/2011",
        "§ 4 No. 1(b) and § 6a UStG",
        "Mode B, identity verified through NT24",
        "WVWZZZ1JZXW000001",
        "INV-2026-04-00451-F",
        "17,500.00 EUR, from PL•• •••• •••• 2874",
        "1,000.00 EUR",
        "21 Apr 2026, 09:45:00 CEST",
        "PL-WA-2026-1234",
        "Łukasz Błaszczykowski",
        "WAPIAAAAZ1x2Y3z4",
        "No answer",
        "MS_UNAVAILABLE",
        "ruleset 2026.1",
        "10-TRANSPORT_CMR_DELIVERY-cmr-signed.pdf",
        "Not embedded: personal identity document",
        "https://nt24.example/verify",
        "development certificate",
        "not a qualified seal",
    ],
)
def test_the_document_states(fact):
    assert fact in text_of("full")


@needs_poppler
def test_no_account_number_is_shown_in_full():
    assert "PL61109010140000071219812874" not in text_of("full").replace(" ", "")


@needs_poppler
def test_an_outage_is_never_shown_as_an_invalid_number():
    assert "Not valid" not in text_of("full")
    assert "Not valid" in text_of("taxed")


def test_the_document_says_why_an_original_is_not_inside():
    archived, unscanned, identity = (replace(item, is_embedded=False) for item in a_dossier().evidence[:3])
    evidence = (replace(archived, status="ARCHIVED"), replace(unscanned, scan_status="PENDING"), identity)

    html, _ = pdf.render(
        TEMPLATE, context(a_dossier(evidence=evidence), b"{}"), title="x", created_at=CREATED_AT
    )

    assert "Not embedded: archived, does not count" in html
    assert "Not embedded: not released by the virus scan, does not count" in html
    assert "Not embedded: personal identity document with a shorter retention period" in html


@needs_poppler
def test_a_document_that_does_not_count_is_no_transport_proof():
    evidence = tuple(replace(item, scan_status="INFECTED") for item in a_dossier().evidence)

    text = folded(
        poppler(
            "pdftotext",
            "-layout",
            "-",
            "-",
            given=compose(a_dossier(evidence=evidence), originals_from(ten_originals())),
        )
    )

    assert text.lower().count("not on file") == 4  # on the cover and in section 6


@needs_poppler
def test_every_hash_of_the_evidence_is_printed():
    letters = re.sub(r"\s", "", poppler("pdftotext", "-", "-", given=composed("full")))

    assert [item.number for item in a_dossier().evidence if item.sha256 not in letters] == []


@needs_poppler
def test_the_foot_of_every_page_shows_the_hash_of_the_decision():
    short = hashlib.sha256(decision_record(a_dossier())).hexdigest()[:12]
    pages = poppler("pdftotext", "-layout", "-", "-", given=composed("full")).split("\f")[:-1]

    assert [f"Decision {short}" in page for page in pages] == [True] * len(pages)
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1)] == [
        True
    ] * len(pages)


@needs_poppler
def test_a_taxed_sale_says_so_and_why():
    text = text_of("taxed")

    assert "VAT must be charged on this supply VAT_APPLICABLE" in text
    assert "VIES did not confirm the buyer's VAT number as valid." in text
    assert "It is to be issued with VAT" in text
    assert "Identity verification and AML screening" not in text
    assert "No bank account used" in text
    assert "conditions met" not in text


@needs_poppler
def test_an_order_with_hardly_any_facts_still_gives_a_document():
    bare = a_taxed_dossier(
        preliminary_invoice=None, payment=None, transport=None, vies_checks=(), evidence=(), timeline=()
    )

    text = folded(poppler("pdftotext", "-layout", "-", "-", given=compose(bare, [])))

    for line in (
        "No preliminary invoice was submitted.",
        "No payment was submitted.",
        "No transport was recorded by the time of this version.",
        "VIES was not asked.",
        "No document was filed.",
    ):
        assert line in text


@needs_poppler
@pytest.mark.parametrize("name", ["full", "taxed", "long"])
def test_everything_stays_inside_the_page(name, tmp_path):
    (tmp_path / "file.pdf").write_bytes(composed(name))
    boxes = poppler("pdftotext", "-bbox", str(tmp_path / "file.pdf"), "-")

    words = [
        (float(width), float(height), *map(float, place), word)
        for width, height, page in re.findall(
            r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', boxes, re.DOTALL
        )
        for *place, word in re.findall(
            r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', page
        )
    ]
    outside = [
        word
        for width, height, left, top, right, bottom, word in words
        if left < MARGIN or right > width - MARGIN or top < 20 or bottom > height - 20
    ]
    assert len(words) > 500
    assert outside == []


@needs_poppler
def test_no_two_words_overlap_in_a_table_of_long_values(tmp_path):
    (tmp_path / "file.pdf").write_bytes(composed("long"))
    boxes = poppler("pdftotext", "-bbox", str(tmp_path / "file.pdf"), "-")

    collisions = []
    for page in boxes.split("<page ")[1:]:
        found = re.findall(
            r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', page
        )
        words = sorted((float(top), float(left), float(right), text) for left, top, right, _, text in found)
        collisions += [
            (first, second)
            for first, second in zip(words, words[1:], strict=False)
            if first[0] == second[0] and second[1] < first[2] - 1
        ]
    assert collisions == []


@needs_poppler
def test_greek_and_cyrillic_names_are_readable():
    assert "Подтверждение прибытия № 3 Ελλάδα řžů.pdf" in text_of("long")


@needs_poppler
def test_characters_our_fonts_lack_are_written_as_code_points(caplog):
    buyer = replace(a_dossier().buyer, company_name="大众 🚗 Ḱ")

    document = compose(a_dossier(buyer=buyer, evidence=()), [])

    assert "[U+5927][U+4F17] [U+1F697] Ḱ" in folded(poppler("pdftotext", "-layout", "-", "-", given=document))
    fonts = poppler("pdffonts", "-", given=document).splitlines()[2:]
    assert [line for line in fonts if "+Inter" not in line and "+JetBrains-Mono" not in line] == []
    assert [record.getMessage() for record in caplog.records if "notdef" in record.getMessage()] == []


@pytest.mark.parametrize("name", ["full", "taxed", "long"])
def test_rendering_logs_no_error(name, caplog):
    caplog.set_level(logging.WARNING, logger="weasyprint")
    composed.__wrapped__(name)

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


# What is inside


def test_the_originals_and_the_decision_are_embedded_unchanged():
    contents = {
        item.embedded_as: ten_originals()[item.number][4] for item in a_dossier().evidence if item.is_embedded
    }

    with pikepdf.open(BytesIO(composed("full"))) as document:
        found = {name: item.get_file().read_bytes() for name, item in document.attachments.items()}

    assert found == {**contents, "decision.json": decision_record(a_dossier())}


@needs_poppler
def test_pdfdetach_lists_the_originals(tmp_path):
    (tmp_path / "file.pdf").write_bytes(composed("full"))
    listed = poppler("pdfdetach", "-list", str(tmp_path / "file.pdf"))

    assert listed.startswith("10 embedded files")
    assert "04-AML_DECLARATION-AML.pdf" in listed
    assert "07-PAYMENT_BANK_TRANSFER_SCREENSHOT-przelew.png" in listed
    assert "CONTACT_ID_CARD" not in listed


def test_every_embedded_file_is_associated_once_with_relation_type_and_checksum():
    with pikepdf.open(BytesIO(composed("full"))) as document:
        associated = {str(item.UF): item for item in document.Root.AF}
        embedded = {name: item.obj for name, item in document.attachments.items()}

        assert len(document.Root.AF) == 10
        assert {name: item.objgen for name, item in associated.items()} == {
            name: item.objgen for name, item in embedded.items()
        }
        relations = {name: str(item.AFRelationship) for name, item in associated.items()}
        assert relations.pop("decision.json") == "/Data"
        assert set(relations.values()) == {"/Supplement"}
        png = associated["07-PAYMENT_BANK_TRANSFER_SCREENSHOT-przelew.png"]
        content = ten_originals()[7][4]
        assert str(png.EF.F.Subtype) == "/image/png"
        assert str(png.Desc) == "Bank transfer, screenshot, original no. 7"
        assert bytes(png.EF.F.Params.CheckSum) == hashlib.md5(content, usedforsecurity=False).digest()
        assert int(png.EF.F.Params.Size) == len(content)
        assert str(png.EF.F.Params.ModDate) == "D:20260418160005Z"


def test_the_decision_is_readable_by_machines():
    decision = json.loads(decision_record(a_taxed_dossier()))

    assert decision["orderReference"] == "DEAL-2026-04-00451"
    assert decision["version"] == 1
    assert decision["decision"] == "VAT_APPLICABLE"
    assert decision["complianceStatus"] == "INVALID"
    assert decision["ruleset"] == "2026.1"
    assert decision["generatedAt"] == "2026-04-26T08:30:12Z"
    assert [blocker["code"] for blocker in decision["blockers"]] == ["VIES_INVALID", "DELIVERY_NOT_CONFIRMED"]
    assert decision["case"] == a_taxed_dossier().case
    assert decision["vehicles"][0]["firstRegisteredOn"] == "2020-03-15"
    assert decision["documents"][2] == {
        "number": 3,
        "uuid": "00000000-0000-4000-8000-000000000003",
        "module": "KYC",
        "type": "CONTACT_ID_CARD",
        "status": "ACTIVE",
        "fileName": "dowód osobisty.jpg",
        "embeddedAs": None,
        "contentType": "image/jpeg",
        "documentDate": "2026-04-18",
        "size": len(ten_originals()[3][4]),
        "sha256": hashlib.sha256(ten_originals()[3][4]).hexdigest(),
    }


def test_an_original_with_other_bytes_is_refused():
    originals = originals_from(ten_originals())
    originals[4] = replace(originals[4], open=lambda: BytesIO(b"something else"))

    with pytest.raises(EvidenceAltered, match=re.escape(originals[4].name)):
        compose(a_dossier(), originals)


def test_a_missing_original_is_refused():
    with pytest.raises(EvidenceAltered, match="missing originals: 10-TRANSPORT_CMR_DELIVERY-cmr-signed.pdf"):
        compose(a_dossier(), originals_from(ten_originals())[:-1])


def test_an_original_given_twice_is_refused():
    originals = originals_from(ten_originals())

    with pytest.raises(EvidenceAltered, match="given twice"):
        compose(a_dossier(), [*originals, originals[0]])


def test_originals_are_opened_one_at_a_time_and_closed():
    opened = []

    def watched(original):
        def open_it():
            assert all(file.closed for file in opened)
            opened.append(BytesIO(ten_originals()[int(original.name[:2])][4]))
            return opened[-1]

        return replace(original, open=open_it)

    compose(a_dossier(), [watched(original) for original in originals_from(ten_originals())])

    assert [file.closed for file in opened] == [True] * (5 + 9)  # five are drawn, all are embedded


# What a stranger writes


HOSTILE = (
    '<img src="http://127.0.0.1:{port}/img">'
    '<link rel=attachment href="file:///etc/passwd">'
    '<link rel=stylesheet href="http://127.0.0.1:{port}/css">'
    "<style>body {{ background: url(http://127.0.0.1:{port}/bg) }}</style>"
    "<script>alert(1)</script>"
    "{{% include 'x' %}}{{{{ dossier }}}}url(file:///etc/passwd)"
    "\x00\x1b\u202e</td></table>]]>&amp;"
)


@pytest.fixture
def sink():
    """A server on loopback that remembers what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.asked = asked
    yield server
    server.shutdown()
    server.server_close()


def with_hostile_text(value, text):
    """Every free text of a dossier's JSON replaced, codes and hashes kept."""
    free = {
        "name", "company_name", "street", "city", "brand", "model", "number", "buyer_name", "recipient_name",
        "driver_identification", "trader_name", "trader_address", "file_name", "uploaded_by", "actor", "sentence",
        "message", "reason", "external_id", "verify_url", "signer", "confirmed_by", "consultation_number",
    }  # fmt: skip
    if isinstance(value, list):
        return [with_hostile_text(item, text) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: text if name in free and isinstance(item, str) else with_hostile_text(item, text)
        for name, item in value.items()
    }


@needs_poppler
def test_hostile_text_is_printed_and_nothing_else_happens(sink, caplog):
    text = HOSTILE.format(port=sink.server_port)
    dossier = Dossier.from_data(with_hostile_text(a_dossier().to_data(), text))
    names = {item.number: item.embedded_as for item in dossier.evidence}
    originals = [
        replace(original, name=names[int(original.name[:2])]) for original in originals_from(ten_originals())
    ]

    document = compose(dossier, originals)

    printed = folded(poppler("pdftotext", "-", "-", given=document)).replace(" ", "")
    assert f'<imgsrc="http://127.0.0.1:{sink.server_port}/img">' in printed
    assert "{{dossier}}" in printed
    assert "root:x:0:0" not in printed
    assert sink.asked == []
    with pikepdf.open(BytesIO(document)) as opened:
        assert len(opened.attachments) == 10
        assert "\x00" not in str(opened.docinfo["/Title"])
        assert opened.open_metadata()["dc:title"].startswith("Export File <img src=")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_even_a_template_can_load_nothing_but_our_fonts(sink, settings, tmp_path):
    (tmp_path / "hostile.html").write_text(
        f"""<html><head><title>x</title><link rel="attachment" href="file:///etc/passwd">
        <link rel="stylesheet" href="http://127.0.0.1:{sink.server_port}/css"></head>
        <body><img src="http://127.0.0.1:{sink.server_port}/img"><img src="file:///etc/hostname">
        <img src="nt24-font:../../manage.py"><object data="file:///etc/passwd"></object></body></html>"""
    )
    (tmp_path / "hostile.css").write_text(
        f"@import url(http://127.0.0.1:{sink.server_port}/import); body {{ background: url(file:///etc/passwd) }}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    html, document = pdf.render("hostile.html", {}, title="x", created_at=CREATED_AT)

    assert "file:///etc/passwd" in html
    assert sink.asked == []
    with pikepdf.open(BytesIO(document)) as opened:
        assert len(opened.attachments) == 0
        assert b"root:x:0:0" not in b"".join(
            item.read_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)
        )


def test_two_embedded_files_never_share_a_name():
    file = pdf.EmbeddedFile("a.txt", b"1", "text/plain", "Supplement", "first", CREATED_AT)

    with pytest.raises(ValueError, match=re.escape("a.txt")):
        pdf.embed(composed("taxed"), [file, replace(file, content=b"2")])


# Sealed


@needs_poppler
def test_pdfsig_finds_one_valid_signature_over_the_whole_document(tmp_path):
    sealed = build(a_dossier(), originals_from(ten_originals()))
    (tmp_path / "file.pdf").write_bytes(sealed)

    found = poppler("pdfsig", str(tmp_path / "file.pdf"))

    assert found.count("Signature #") == 1
    assert "Signer Certificate Common Name: NT24 development seal" in found
    assert "Signature Type: ETSI.CAdES.detached" in found
    assert "Total document signed" in found
    assert "Signature is Valid." in found


def test_the_seal_names_order_version_and_decision():
    sealed = build(a_dossier(), originals_from(ten_originals()))

    with pikepdf.open(BytesIO(sealed)) as document:
        signature = document.Root.AcroForm.Fields[0].V
        assert str(signature.Reason) == "Seals Export File DEAL-2026-04-00451 version 2: VALID_EXPORT"
        assert str(signature.Name) == "NT24 development seal"
        assert str(signature.Location) == "https://nt24.example/verify"


@needs_poppler
def test_the_document_names_the_certificate_that_really_seals_it():
    sealed = build(a_dossier(), originals_from(ten_originals()))

    letters = re.sub(r"\s", "", poppler("pdftotext", "-", "-", given=sealed))
    assert seal_notice().certificate_sha256 in letters
    assert a_dossier().seal.certificate_sha256 not in letters


def test_the_fonts_come_with_their_licence():
    folder = Path(settings.BASE_DIR) / "static" / "fonts"

    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text()
