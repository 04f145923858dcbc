"""What a buyer does behind a link: sends papers, is told what is wrong with one, declares, submits, keeps a receipt."""

import io
import re
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from buyers.invitation_models import Draft
from buyers.pages import views
from nt24.documents import uploads as evidence_uploads
from nt24.documents.content import inspect
from nt24.documents.models import ScanStatus
from nt24.documents.storage import open_blob
from nt24.documents.uploads import received
from nt24.errors import Unavailable
from nt24.pages.throttle import Allowance
from tests.buyers.links import invited
from tests.buyers.visitor import ANSWERS, Visitor, state_of, text
from tests.documents.hostile import encrypted_pdf, written_pdf
from tests.ledger import nothing_moves
from tests.papers import pdf, photo

# An action that refuses ends its transaction; the page after it needs one of its own, as in real life.
really_committed = pytest.mark.django_db(transaction=True)
DAMAGED = "This file is damaged and cannot be read. Please take a new photo or save it again."


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


# --- Sending ---


def test_a_sent_paper_is_received_and_can_be_seen_after_a_303(visitor):
    answer = visitor.sends("register", photo(), "IMG_2041.jpg")

    page = visitor.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{visitor.path}#register")
    assert state_of(page, "register") == "Received"
    assert "IMG_2041.jpg" in text(page)
    assert "1 of 4 done" in text(page)
    draft = Draft.objects.get()
    assert (draft.need, draft.type, draft.content_type) == ("COC_*", "COC_EXTRACT", "image/jpeg")
    assert (draft.document_on, draft.expires_on) == (date(2026, 4, 25), None)


def test_a_photo_of_the_camera_is_a_file_like_any_other(visitor):
    file = SimpleUploadedFile("image.jpg", photo(), "image/jpeg")

    assert visitor.post("papers/vat/", {"photo": file}).status_code == 303
    assert Draft.objects.get().type == "VAT_CERTIFICATE"


def test_the_stored_bytes_are_the_sent_bytes(visitor):
    visitor.sends("register", photo())

    with open_blob(Draft.objects.get().storage_key) as file:
        assert file.read() == photo()


def test_the_date_on_a_paper_and_the_end_of_an_identity_document_are_kept(visitor):
    visitor.sends("register", document_on="2026-03-02")
    visitor.sends("identity", type="CONTACT_PASSPORT", expires_on="2026-04-25")

    register, passport = Draft.objects.order_by("pk")
    assert register.document_on == date(2026, 3, 2)
    assert (passport.type, passport.expires_on) == ("CONTACT_PASSPORT", date(2026, 4, 25))
    assert "valid until 25 Apr 2026" in text(visitor.get())


def test_a_second_file_replaces_the_first(visitor):
    visitor.sends("vat", pdf("one"), "one.pdf")
    visitor.sends("vat", pdf("two"), "two.pdf", replaces=str(Draft.objects.get().uuid))

    assert [draft.file_name for draft in Draft.objects.all()] == ["two.pdf"]


def test_a_removed_paper_is_missing_again(visitor):
    visitor.sends("vat")

    answer = visitor.post("papers/vat/remove/")

    assert answer.status_code == 303
    assert state_of(visitor.get(), "vat") == "Missing"
    assert not Draft.objects.exists()


def test_another_device_goes_on_where_the_first_stopped(visitor, invitation):
    visitor.sends("vat")

    assert state_of(Visitor(invitation).get(), "vat") == "Received"


# --- Refusals ---


@pytest.mark.parametrize(
    ("slug", "content", "facts", "status", "sentence"),
    [
        (
            "vat",
            b"MZ a program",
            {"name": "scan.pdf"},
            415,
            "This is not a PDF, JPEG or PNG file. Please take a photo of the document or save it as a PDF.",
        ),
        ("vat", photo()[:-200], {}, 422, DAMAGED),
        ("vat", pdf()[:-60], {}, 422, DAMAGED),
        (
            "vat",
            encrypted_pdf(user="secret"),
            {},
            422,
            "This PDF is protected by a password. Please save it without one, or take a photo of the document.",
        ),
        (
            "vat",
            written_pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert())>>"),
            {},
            422,
            "This PDF contains programs or other files. Please print it to a new PDF, or take a photo of the document.",
        ),
        ("identity", b"", {"type": "AML_DECLARATION"}, 422, "Select a valid choice."),
    ],
    ids=[
        "program",
        "half a photo",
        "half a PDF",
        "password",
        "script",
        "wrong type",
    ],
)
def test_what_cannot_be_taken_is_explained_on_its_card(visitor, slug, content, facts, status, sentence):
    with nothing_moves():
        response = visitor.sends(slug, content, **facts)

    assert response.status_code == status
    assert sentence in text(response)
    assert state_of(response, slug) == "Missing"


def test_a_refusal_speaks_the_language_of_the_page(visitor):
    visitor.post("language/", {"language": "ro"})

    response = visitor.sends("vat", b"MZ a program")

    assert "Acesta nu este un fișier PDF, JPEG sau PNG." in text(response)


def test_a_form_without_a_file_asks_for_one(visitor):
    with nothing_moves():
        response = visitor.post("papers/vat/")

    assert response.status_code == 422
    assert "Take a photo or choose a file first." in text(response)


def test_what_was_typed_beside_a_refused_file_stays(visitor):
    response = visitor.sends("identity", b"no paper", type="CONTACT_PASSPORT", expires_on="2030-02-03")

    markup = response.content.decode()
    assert response.status_code == 415
    assert 'value="2030-02-03"' in markup
    assert re.findall(r'<input[^>]*value="(\w+)"[^>]* checked', markup) == ["CONTACT_PASSPORT"]


def test_an_empty_file_is_refused(visitor):
    with nothing_moves():
        response = visitor.post("papers/vat/", {"file": SimpleUploadedFile("scan.pdf", b"")})

    assert response.status_code == 415
    assert "This file is empty. Please choose it again." in text(response)


def test_a_file_that_is_too_large_is_refused_while_it_arrives(visitor, settings):
    settings.DOCUMENT_MAX_BYTES = 1000

    with nothing_moves():
        response = visitor.sends("vat", b"%PDF-" + b"x" * 1000)

    assert response.status_code == 413
    assert "This file is larger than 20 MB." in text(response)


@really_committed
def test_an_infected_file_is_refused(visitor, monkeypatch):
    monkeypatch.setattr(evidence_uploads, "scan", lambda file: ScanStatus.INFECTED)

    with nothing_moves():
        response = visitor.sends("vat")

    assert response.status_code == 422
    assert "The virus scanner has found something in this file, so it was not kept." in text(response)


def test_a_busy_examiner_asks_for_patience(visitor, monkeypatch):
    def busy(file, **more):
        raise Unavailable("Too many files.")

    monkeypatch.setattr(evidence_uploads, "inspect", busy)

    with nothing_moves():
        response = visitor.sends("vat")

    assert response.status_code == 503
    assert "Many files are being received at the moment." in text(response)


def test_an_upload_that_breaks_off_is_refused(visitor):
    with nothing_moves():
        response = visitor.http.generic(
            "POST", f"{visitor.path}papers/vat/", b"--x\r\nbroken", content_type="multipart/form-data"
        )

    assert response.status_code == 400
    assert "The file did not arrive completely. Please send it again." in text(response)


def test_too_many_files_in_a_minute_have_to_wait(visitor, monkeypatch):
    monkeypatch.setattr(views, "FILES", Allowance("link-files", calls=1, seconds=60))
    with time_machine.travel("2026-04-25T10:00:20Z", tick=False):
        first, second = visitor.sends("vat"), visitor.sends("register")

    assert (first.status_code, second.status_code) == (303, 429)
    assert "Too many files in a short time." in text(second)


@pytest.mark.parametrize("slug", ["passport", "COC_", "identity-"])
def test_a_paper_that_nobody_asks_for_is_not_taken(visitor, slug):
    with nothing_moves():
        assert visitor.sends(slug).status_code == 404


# --- The declaration ---


def test_the_answers_become_a_pdf_in_the_buyers_language_and_in_english(visitor, invitation):
    visitor.post("language/", {"language": "pl"})

    answer = visitor.post("declaration/", ANSWERS)

    assert (answer.status_code, answer["Location"]) == (303, f"{visitor.path}#declaration")
    draft = Draft.objects.get()
    assert (draft.need, draft.type, draft.document_on) == (
        "AML_DECLARATION",
        "AML_DECLARATION",
        date(2026, 4, 25),
    )
    assert (draft.content_type, draft.file_name) == ("application/pdf", "aml-declaration.pdf")
    with open_blob(draft.storage_key) as file:
        content = file.read()
    written = " ".join(
        "".join(page.extract_text() + "\n" for page in PdfReader(io.BytesIO(content)).pages).split()
    )
    for phrase in (
        "Oświadczenie dotyczące przeciwdziałania praniu pieniędzy",
        "Anti-money-laundering declaration",
        "Auto Handel Kowalski Sp. z o.o.",
        "PL5260001246",
        "prezes",
        "Jan Kowalski, 1 stycznia 1980, Polska, 60 %",
        "Anna Żółć, 12 marca 1985, Rumunia, 33,3 %",
        "Sold a plot of land",
        "Beneficjenci rzeczywiści Beneficial owners",
        "25 kwietnia 2026",
        str(invitation.uuid),
    ):
        assert phrase in written
    assert inspect(received(content, "again.pdf")).pages == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"person": ""}, "This field is required."),
        ({"has_owners": ""}, "This field is required."),
        ({"owner1-name": " "}, "Please complete the owners below."),
        ({"owner2-born_on": ""}, "Please complete the owners below."),
        ({"owner2-born_on": "2027-01-01"}, "This date lies in the future."),
        ({"owner2-share": "half"}, "Share in percent : Enter a number."),
        ({"owner2-share": "41"}, "Together the owners cannot hold more than 100 percent."),
        ({"is_exposed": "yes"}, "Please answer this as well."),
        ({"is_exposed": "yes", "exposed_person": "Anna Żółć"}, "Please answer this as well."),
        ({"source_details": ""}, "Please explain where the money comes from."),
        ({"confirmed": ""}, "This field is required."),
        ({"signature": "Somebody Else"}, "Please sign with the name that you have entered above: "),
    ],
)
def test_an_incomplete_declaration_is_explained_and_keeps_what_was_typed(visitor, changes, sentence):
    with nothing_moves():
        response = visitor.post("declaration/", {**ANSWERS, **changes})

    assert response.status_code == 422
    assert sentence in text(response)
    assert "Please correct these answers:" in text(response)
    assert 'value="prezes"' in response.content.decode()


NO_OWNERS = {name: "" for name in ANSWERS if name.startswith("owner")} | {"has_owners": "no"}


def test_nobody_owning_a_quarter_needs_no_names(visitor):
    assert visitor.post("declaration/", {**ANSWERS, **NO_OWNERS}).status_code == 303
