"""Several files for one document behind a link: kept whatever is still missing, put in order, and filed as one PDF."""

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pypdf import PdfReader

from buyers import combining, drafts
from buyers.invitation_models import Draft
from nt24.audit.models import Entry
from nt24.documents.downloads import bytes_of
from nt24.documents.models import Document, Original
from tests.buyers.links import IDENTITY, REGISTER, invited
from tests.buyers.visitor import ANSWERS, Visitor, state_of, text
from tests.ledger import nothing_moves
from tests.papers import pdf, photo

HEIC = (Path(__file__).parent / "files" / "id_card.heic").read_bytes()
ORIENTATION, LIES_ON_ITS_SIDE = 0x0112, 6  # Exif: the camera was held a quarter clockwise
really_committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


def written(size=(1600, 1000), *, words="KOWALSKI JAN", brightness=1.0, blur=0, **how):
    """A JPEG of a card that a person could read."""
    picture = Image.new("RGB", size, (230, 230, 225))
    draw = ImageDraw.Draw(picture)
    for line in range(12):
        place = (size[0] * 0.08, size[1] * (0.06 + line * 0.075))
        draw.text(
            place, f"{words} {line} 1990-01-01", fill="black", font=ImageFont.load_default(size[1] * 0.05)
        )
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    target = io.BytesIO()
    picture.point(lambda value: value * brightness).save(target, "JPEG", **how)
    return target.getvalue()


def names(need=IDENTITY):
    return [draft.file_name for draft in Draft.objects.filter(need=need).order_by("position", "pk")]


def filed(visitor):
    """Everything is submitted; the documents by type."""
    response = visitor.submits()
    assert response.status_code == 303, text(response)
    return {document.type: document for document in Document.objects.all()}


def pages_of(document):
    return [
        tuple(round(side) for side in page.mediabox[2:]) + (page.rotation,)
        for page in PdfReader(io.BytesIO(bytes_of(document))).pages
    ]


# --- One PDF of several files ---


def test_both_sides_and_a_pdf_become_one_document_and_the_originals_stay(visitor):
    front, back = written(words="FRONT"), written((800, 1200), words="BACK")
    visitor.sends_everything()
    visitor.sends("identity", front, "front.jpg", replaces=str(Draft.objects.get(need=IDENTITY).uuid))
    visitor.sends("identity", back, "back.jpg")
    visitor.sends("identity", pdf("annex"), "annex.pdf")

    document = filed(visitor)["CONTACT_ID_CARD"]

    assert (document.content_type, document.file_name) == ("application/pdf", "front.pdf")
    assert [page[2] for page in pages_of(document)] == [0, 0, 0]
    assert [width > height for width, height, _ in pages_of(document)] == [True, False, False]
    originals = Original.objects.filter(document=document)
    assert [bytes_of(original) for original in originals] == [front, back, pdf("annex")]
    assert Entry.objects.get(action="document.filed", subject_uuid=document.uuid).changes["originals"] == [
        None,
        [original.sha256 for original in originals],
    ]


def test_one_untouched_file_is_filed_byte_for_byte(visitor):
    visitor.sends_everything()

    documents = filed(visitor)

    assert bytes_of(documents["COC_EXTRACT"]) == photo()
    assert bytes_of(documents["VAT_CERTIFICATE"]) == pdf("vat")
    assert not Original.objects.exists()


def test_a_picture_lies_as_camera_and_buyer_turned_it_and_a_pdf_too(visitor):
    exif = Image.Exif()
    exif[ORIENTATION] = LIES_ON_ITS_SIDE
    visitor.sends_everything()
    first = str(Draft.objects.get(need=REGISTER).uuid)
    visitor.sends("register", written(exif=exif), "upright.jpg", replaces=first)
    visitor.sends("register", pdf("second"), "second.pdf")
    page = Draft.objects.get(file_name="second.pdf")
    for _ in range(2):  # a button that is pressed twice turns once
        visitor.post("papers/register/turn/", {"file": str(page.uuid), "turned": "90"})

    (width, height, _), (_, _, rotation) = pages_of(filed(visitor)["COC_EXTRACT"])

    assert (width < height, rotation) == (True, 90)


def test_a_single_picture_that_was_turned_is_filed_turned(visitor):
    visitor.sends_everything()
    card = Draft.objects.get(need=REGISTER)
    visitor.post("papers/register/turn/", {"file": str(card.uuid), "turned": "270"})

    document = filed(visitor)["COC_EXTRACT"]

    assert document.content_type == "application/pdf"
    assert [width < height for width, height, _ in pages_of(document)] == [True]


def test_a_picture_of_a_phone_is_converted_and_kept(visitor):
    visitor.sends_everything()
    visitor.sends("identity", HEIC, "IMG_1.HEIC", replaces=str(Draft.objects.get(need=IDENTITY).uuid))

    document = filed(visitor)["CONTACT_ID_CARD"]

    assert (document.content_type, len(pages_of(document))) == ("application/pdf", 1)
    original = Original.objects.get()
    assert (original.content_type, bytes_of(original)) == ("image/heic", HEIC)


@pytest.mark.parametrize(
    "content",
    [HEIC[:-2000], HEIC[:40], b"\0\0\0\x18ftypheic" + bytes(400), HEIC[:12] + bytes(len(HEIC))],
    ids=["cut off", "head only", "zeros", "other boxes"],
)
def test_a_broken_picture_of_a_phone_is_refused(visitor, content):
    with nothing_moves():
        assert visitor.sends("vat", content, "IMG_1.HEIC").status_code in (415, 422)


def test_the_api_takes_what_the_contract_names(deal, invitation):
    response = deal.partner.upload(f"{deal.buyer_path}/kyc/documents", "CONTACT_ID_CARD", HEIC, name="a.heic")

    assert response.status_code == 415


# --- Order, windows, twice ---


def test_files_are_put_in_order_and_taken_back(visitor):
    for name in ("one", "two", "three"):
        visitor.sends("identity", pdf(name), f"{name}.pdf")
    three = Draft.objects.get(file_name="three.pdf")

    visitor.post("papers/identity/place/", {"file": str(three.uuid), "place": "0"})
    assert names() == ["three.pdf", "one.pdf", "two.pdf"]
    visitor.post("papers/identity/remove/", {"file": str(three.uuid)})
    assert names() == ["one.pdf", "two.pdf"]
    visitor.post("papers/identity/remove/")
    assert names() == []


def test_two_windows_add_to_each_other_and_the_same_file_is_kept_once(visitor, invitation):
    other = Visitor(invitation)
    visitor.sends("identity", pdf("front"), "front.pdf")
    other.sends("identity", pdf("back"), "back.pdf")
    other.sends("identity", pdf("back"), "back.pdf")

    assert names() == ["front.pdf", "back.pdf"]


def test_several_files_of_one_form_are_kept_up_to_the_one_that_is_refused(visitor):
    files = [SimpleUploadedFile(name, content) for name, content in [
        ("1.pdf", pdf("1")), ("2.jpg", photo()), ("3.doc", b"PK no paper"),
    ]]  # fmt: skip

    response = visitor.post("papers/register/", {"file": files})

    assert response.status_code == 415
    assert names(REGISTER) == ["1.pdf", "2.jpg"]


@really_committed
def test_a_form_of_somebody_else_changes_no_file(visitor, invitation):
    visitor.sends("vat")
    draft = Draft.objects.get()
    for verb, facts in [("turn", {"turned": "45"}), ("place", {"place": "x"}), ("turn", {"turned": "-90"})]:
        visitor.post(f"papers/vat/{verb}/", {"file": str(draft.uuid), **facts})
    assert visitor.post("papers/vat/turn/", {"file": "no uuid", "turned": "90"}).status_code == 404

    draft.refresh_from_db()
    assert (draft.turned, names("VAT_*")) == (0, ["scan.pdf"])


@really_committed
def test_files_that_change_while_they_are_put_together_are_looked_at_again(visitor, monkeypatch):
    visitor.sends_everything()
    visitor.sends("vat", pdf("second"), "second.pdf")
    together = combining.combined_documents

    def and_one_more(invitation):
        combined = together(invitation)
        visitor.sends("vat", pdf("third"), "third.pdf")
        return combined

    monkeypatch.setattr("buyers.pages.views.combined_documents", and_one_more)
    response = visitor.submits()

    assert response.status_code == 409
    assert "The documents were changed in another window." in text(response)
    assert not Document.objects.exists()
    monkeypatch.undo()
    assert len(pages_of(filed(visitor)["VAT_CERTIFICATE"])) == 3


@really_committed
def test_a_document_has_a_limit_of_files_and_bytes(visitor, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_FILES", 2)
    for name in ("one", "two"):
        assert visitor.sends("register", pdf(name), name).status_code == 303

    with nothing_moves():
        response = visitor.sends("register", pdf("three"), "three")

    assert response.status_code == 422
    assert "One document can have at most 12 files and 20 MB." in text(response)


def test_the_declaration_that_was_filled_in_here_is_replaced_and_never_added_to(visitor):
    visitor.post("declaration/", ANSWERS)
    visitor.sends("declaration", photo(), "signed.jpg")
    visitor.sends("declaration", pdf("second"), "second.pdf")

    assert names("AML_DECLARATION") == ["signed.jpg", "second.pdf"]


# --- Dates ---


@pytest.mark.parametrize(
    ("slug", "facts", "sentence"),
    [
        ("identity", {"expires_on": ""}, "Your file is here. Only its date is still missing."),
        (
            "identity",
            {"expires_on": "2019-05-01"},
            "This document has expired. Please send one that is valid.",
        ),
        ("identity", {"expires_on": "31.13.2030"}, "Enter a valid date."),
        ("identity", {"expires_on": "2031-05-01", "no_expiry": "on"}, "not both"),
        ("register", {"document_on": "2126-04-27"}, "This date lies in the future."),
    ],
)
def test_a_file_whose_date_is_missing_or_wrong_is_kept_and_waits(visitor, slug, facts, sentence):
    visitor.sends(slug, photo(), "IMG_1.jpg", **facts)

    page = visitor.get()
    assert state_of(page, slug) == "Date missing"
    assert Draft.objects.get().waits_for_date
    answer = visitor.post(f"papers/{slug}/facts/", {"type": "CONTACT_ID_CARD", **facts})
    assert sentence in text(answer if answer.status_code == 422 else page)

    good = {"type": "CONTACT_PASSPORT", "expires_on": "2031-05-01", "document_on": "2026-04-01"}
    assert visitor.post(f"papers/{slug}/facts/", good).status_code == 303
    assert state_of(visitor.get(), slug) == "Received"


def test_no_expiry_date_is_an_answer(visitor):
    visitor.sends_everything()
    visitor.post("papers/identity/facts/", {"type": "CONTACT_ID_CARD", "no_expiry": "on"})

    assert filed(visitor)["CONTACT_ID_CARD"].expires_on is None


@really_committed
def test_a_document_that_waits_for_its_date_is_not_submitted(visitor):
    visitor.sends_everything()
    visitor.sends("identity", replaces=str(Draft.objects.get(need=IDENTITY).uuid), expires_on="")

    with nothing_moves():
        assert visitor.submits().status_code == 409


# --- The same file twice, and what can hardly be read ---


@really_committed
def test_the_same_file_for_two_documents_is_asked_about(visitor):
    visitor.sends_everything()
    visitor.sends("vat", photo(), "IMG_1.jpg", replaces=str(Draft.objects.get(need="VAT_*").uuid))

    page = visitor.get()
    assert state_of(page, "vat") == "Please confirm"
    assert "You have sent the same file as “Company register extract”. Is it meant for both?" in text(page)
    assert visitor.submits().status_code == 409
    visitor.post("papers/vat/confirm/")
    assert state_of(visitor.get(), "vat") == "Received"
    assert bytes_of(filed(visitor)["VAT_CERTIFICATE"]) == photo()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (written(), ""),
        (written(blur=9), "This photo looks blurred."),
        (written(brightness=0.25), "This photo is very dark."),
        (written((400, 250)), "This photo is small."),
    ],
    ids=["readable", "blurred", "dark", "small"],
)
def test_what_a_person_can_hardly_read_is_remarked_and_taken(visitor, content, sentence):
    assert visitor.sends("register", content, "IMG_1.jpg").status_code == 303

    page = visitor.get()
    assert state_of(page, "register") == "Received"
    assert ("Otherwise please send a better one." in text(page)) is bool(sentence)
    assert sentence in text(page)


# --- Looking ---


def test_what_was_sent_can_be_looked_at_behind_its_link_and_each_look_is_noted(visitor, partner, invitation):
    visitor.sends("register", written(), "IMG_1.jpg")
    view = re.search(r'href="/b/[^"]+(papers/register/[^"/]+/)"', visitor.get().content.decode())[1]
    assert "data:image/jpeg;base64," in visitor.get().content.decode()

    page, picture = visitor.get(view), visitor.get(f"{view}1.jpg")

    assert "IMG_1.jpg" in text(page)
    assert Image.open(io.BytesIO(picture.content)).size == (1600, 1000)
    assert "no-store" in picture["Cache-Control"]
    assert Entry.objects.filter(action="kyc_draft.read").count() == 1
    assert visitor.get(f"{view}2.jpg").status_code == 409
    stranger = view.replace("papers/register", "papers/vat")
    assert visitor.get(stranger).status_code == 404


def test_what_was_submitted_can_be_looked_at_behind_the_receipt_for_its_day(visitor):
    visitor.sends_everything()
    receipt = visitor.submits()["Location"]
    client = Client()
    views = re.findall(rf'href="({re.escape(receipt)}[^"]+)"', client.get(receipt).content.decode())

    assert len(views) == 4
    for view in views:  # the signed declaration among them
        assert client.get(view).status_code == 200
        assert client.get(f"{view}1.jpg")["Content-Type"] == "image/jpeg"
    assert Entry.objects.filter(action="kyc_document.read").count() == 4
    assert client.get(f"{receipt}{'0' * 8}-0000-4000-8000-{'0' * 12}/").status_code == 404


def test_what_a_document_was_put_together_from_keeps_its_names(visitor):
    visitor.sends_everything()
    visitor.sends("vat", photo(), "second.jpg")
    visitor.post("papers/vat/confirm/")

    document = filed(visitor)["VAT_CERTIFICATE"]

    assert [original.file_name for original in document.originals.all()] == ["scan.pdf", "second.jpg"]
