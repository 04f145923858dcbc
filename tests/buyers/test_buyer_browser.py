"""The page behind a link in a real browser: a dealer with a phone, with a script and without, in his language."""

import io
from typing import Any

import pytest
from PIL import Image

from buyers.invitation_models import Draft
from buyers.invitations import revoke_invitation
from buyers.links import token_of
from nt24.actors import system
from tests.buyers.browser import DESKTOP, file, findings, link_to
from tests.buyers.links import PAPERS, invited
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def invitation(partner, buyer):
    return invited(partner, buyer, language="en")


@pytest.fixture
def link(invitation):
    return link_to(invitation)


def photo_of_a_phone() -> bytes:
    """Four megapixels of noise: a few megabytes, as a camera makes them."""
    target = io.BytesIO()
    Image.effect_noise((2400, 1600), 80).convert("RGB").save(target, "JPEG", quality=90)
    return target.getvalue()


def posts(tab: Any) -> int:
    return sum(request.method == "POST" for request in tab.requests)


def answer_the_declaration(tab: Any) -> None:
    tab.get_by_role("link", name="Wypełnij oświadczenie tutaj").click()
    tab.fill("[name=person]", "Jan Kowalski")
    tab.fill("[name=role]", "prezes zarządu")
    tab.check("[name=has_owners][value=yes]")
    tab.fill("[name=owner1-name]", "Jan Kowalski")
    tab.fill("[name=owner1-born_on]", "1980-01-01")
    tab.select_option("[name=owner1-nationality]", "PL")
    tab.fill("[name=owner1-share]", "100")
    tab.check("[name=is_exposed][value=no]")
    tab.check("[name=source][value=BUSINESS]")
    tab.check("[name=confirmed]")
    tab.fill("[name=signature]", "Jan Kowalski")
    tab.get_by_role("button", name="Złóż oświadczenie").click()
    tab.locator("#declaration.is-done").wait_for()


def choose_polish(tab: Any) -> None:
    tab.locator(".languages summary").click()
    tab.get_by_role("button", name="Polski").click()
    tab.get_by_role("heading", name="Dokumenty dla firmy AutoHandel Mustermann GmbH").wait_for()


def submit(tab: Any) -> None:
    tab.check("[name=declared]")
    tab.get_by_role("button", name="Przekaż firmie AutoHandel Mustermann GmbH").click()
    tab.get_by_role("heading", name="Dziękujemy").wait_for()


def kyc_of(partner: Any, buyer: dict[str, Any], run_workers: Any) -> dict[str, Any]:
    run_workers()
    status = taken(partner.get(f"P/buyers/{buyer['uuid']}/kyc"), 200)
    return {name: value for name, value in status.items() if name not in ("buyerId", "viesLastCheckedAt")}


def filed_by_api(partner: Any, run_workers: Any) -> dict[str, Any]:
    """The KYC of another buyer whose papers the partner has filed."""
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": "PL5260001247"}), 201)
    for type in PAPERS.values():
        taken(partner.upload(f"P/buyers/{buyer['uuid']}/kyc/documents", type, pdf(type)), 201)
    taken(partner.post(f"P/buyers/{buyer['uuid']}/kyc/vies-check"), 202)
    return kyc_of(partner, buyer, run_workers)


# --- The walk ---


def test_a_dealer_with_a_phone_hands_in_his_papers(open_tab, partner, buyer, invitation, link, run_workers):
    tab = open_tab()
    tab.goto(link)
    choose_polish(tab)

    picture = photo_of_a_phone()
    tab.set_input_files("#register-photo", file("IMG_2041.jpg", picture, "image/jpeg"))
    tab.locator("#register.is-done").wait_for()
    tab.set_input_files("#vat-file", file("vat.docx", b"PK no paper", ""))
    tab.locator("#vat .alert").get_by_text("To nie jest plik PDF, JPEG ani PNG.").wait_for()
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    tab.locator("#vat.is-done").wait_for()
    assert tab.locator("#progress-title").inner_text() == "Gotowe: 2 z 4"

    other = open_tab()  # another device goes on
    other.goto(link)
    assert other.locator("#register .received strong").inner_text() == "IMG_2041.jpg"
    other.fill("#identity-expires_on", "2035-01-31")
    other.set_input_files("#identity-file", file("dowod.pdf", pdf("identity")))
    other.locator("#identity.is-done").wait_for()
    answer_the_declaration(other)
    submit(other)

    assert kyc_of(partner, buyer, run_workers) == filed_by_api(partner, run_workers)
    assert tab.complaints + other.complaints == []
    papers = taken(partner.get(f"P/buyers/{buyer['uuid']}/kyc/documents"), 200)["data"]
    assert {paper["fileName"]: paper["size"] for paper in papers}["IMG_2041.jpg"] == len(picture)
    assert other.goto(link).status == 410


def test_the_same_without_a_script(open_tab, partner, buyer, link, run_workers):
    tab = open_tab(java_script_enabled=False)
    tab.goto(link)
    choose_polish(tab)

    def send(slug: str, paper: dict[str, Any]) -> None:
        tab.set_input_files(f"#{slug}-file", paper)
        tab.locator(f"#{slug} .send").click()

    send("register", file("IMG_2041.jpg", photo_of_a_phone(), "image/jpeg"))
    tab.locator("#register.is-done").wait_for()
    send("vat", file("vat.pdf", b"MZ no paper"))
    tab.locator("#vat .alert").get_by_text("To nie jest plik PDF, JPEG ani PNG.").wait_for()
    send("vat", file("vat.pdf", pdf("vat")))
    tab.locator("#vat.is-done").wait_for()
    tab.get_by_role("button", name="Przekaż firmie").press("Enter")
    tab.locator("#missing").get_by_text("Brakuje jeszcze:").wait_for()
    tab.fill("#identity-expires_on", "2035-01-31")
    send("identity", file("dowod.pdf", pdf("identity")))
    tab.locator("#identity.is-done").wait_for()
    answer_the_declaration(tab)
    submit(tab)

    assert kyc_of(partner, buyer, run_workers) == filed_by_api(partner, run_workers)


def test_no_request_goes_elsewhere_and_none_tells_the_token(open_tab, link, invitation, live_server):
    tab = open_tab()
    tab.goto(link)
    choose_polish(tab)
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    tab.locator("#vat.is-done").wait_for()
    tab.goto("/verify", wait_until="networkidle")
    tab.go_back(wait_until="networkidle")

    told = {request.header_value("referer") for request in tab.requests}
    origins = {request.header_value("origin") for request in tab.requests if request.method == "POST"}
    assert [
        request.url for request in tab.requests if not request.url.startswith((live_server.url, "data:"))
    ] == []
    assert told <= {None, f"{live_server.url}/", live_server.url, f"{live_server.url}/verify"}
    assert f"{live_server.url}/" in told
    assert origins == {live_server.url}
    assert token_of(invitation) not in "".join(filter(None, told))
    assert [cookie["name"] for cookie in tab.context.cookies()] == ["csrftoken"]


# --- What the script adds ---


def test_a_dropped_file_is_sent(open_tab, link):
    tab = open_tab(**DESKTOP)
    tab.goto(link)
    dropped = tab.evaluate_handle(
        """bytes => { const data = new DataTransfer();
                      data.items.add(new File([new Uint8Array(bytes)], "vat.pdf", {type: "application/pdf"}));
                      return data; }""",
        list(pdf("vat")),
    )

    tab.dispatch_event("#vat h2", "drop", {"dataTransfer": dropped})

    tab.locator("#vat.is-done").wait_for()
    assert Draft.objects.get().file_name == "vat.pdf"
    assert tab.complaints == []


@pytest.mark.parametrize(
    ("name", "content", "type", "sentence"),
    [
        ("a.pdf", b"x" * 3000, "application/pdf", "This file is larger than 20 MB."),
        ("a.docx", b"PK", "application/msword", "This is not a PDF, JPEG or PNG file."),
    ],
)
def test_what_can_be_known_before_is_said_before_anything_is_sent(
    open_tab, link, settings, name, content, type, sentence
):
    settings.DOCUMENT_MAX_BYTES = 2000
    tab = open_tab()
    tab.goto(link)

    tab.set_input_files("#vat-file", file(name, content, type))

    assert tab.locator("#vat .alert").inner_text().startswith(sentence)
    assert posts(tab) == 0


def test_a_photo_with_a_wrong_year_is_kept_and_the_right_one_sends_itself(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    tab.fill("#identity-expires_on", "2020-01-31")

    tab.set_input_files("#identity-file", file("id.pdf", pdf("identity")))
    tab.locator("#identity .error").get_by_text("This document has expired.").wait_for()
    assert tab.locator("#identity .badge").inner_text() == "Date missing"
    tab.fill("#identity-answers-expires_on", "2035-01-31")
    tab.dispatch_event("#identity-answers-expires_on", "change")

    tab.locator("#identity.is-done").wait_for()
    assert Draft.objects.get().expires_on.isoformat() == "2035-01-31"


def test_a_photo_comes_before_its_date_and_a_document_without_one_says_so(open_tab, link):
    tab = open_tab()
    tab.goto(link)

    tab.set_input_files("#identity-photo", file("front.jpg", photo_of_a_phone(), "image/jpeg"))
    tab.locator("#identity").get_by_text("Your file is here. Only its date is still missing.").wait_for()
    tab.get_by_label("It has no expiry date").check()

    tab.locator("#identity.is-done").wait_for()
    assert (Draft.objects.get().expires_on, Draft.objects.get().waits_for_date) == (None, False)


def test_both_sides_of_a_card_are_chosen_together_turned_and_put_in_order(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    tab.fill("#identity-expires_on", "2035-01-31")
    sides = [
        file(f"{side}.jpg", photo_of_a_phone() + side.encode(), "image/jpeg") for side in ("back", "front")
    ]

    tab.set_input_files("#identity-file", sides)
    tab.locator("#identity .file").nth(1).wait_for()
    tab.locator("#identity .file").nth(1).get_by_role("button", name="Move up").click()
    tab.locator("#identity .file").first.get_by_text("front.jpg", exact=True).wait_for()
    tab.locator("#identity .file").first.get_by_role("button", name="Turn").click()
    tab.locator("#identity .turned-90").wait_for()
    tab.locator("#identity .turned-90").click()

    tab.locator("img.look").wait_for()
    drawn = tab.locator("img.look").evaluate("image => image.decode().then(() => image.naturalHeight)")
    assert drawn == 1600
    assert [draft.file_name for draft in Draft.objects.order_by("position")] == ["front.jpg", "back.jpg"]
    assert findings(tab) == []
    assert tab.complaints == []


def test_a_lost_connection_is_said_and_the_next_try_works(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    tab.context.set_offline(True)
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    tab.locator("#vat .alert").get_by_text("The connection was lost").wait_for()

    tab.context.set_offline(False)
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))

    tab.locator("#vat.is-done").wait_for()


def test_screen_and_reader_follow_what_was_received(open_tab, link):
    tab = open_tab()
    tab.goto(link)

    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    tab.locator("#vat.is-done").wait_for()

    tab.locator("[data-live]").get_by_text("Proof of VAT registration: Received. 1 of 4 done").wait_for(
        state="attached"
    )
    assert tab.evaluate("document.activeElement.textContent") == "Proof of VAT registration"


def test_a_paper_is_replaced_and_removed_without_a_reload(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    tab.set_input_files("#vat-file", file("one.pdf", pdf("one")))
    tab.locator("#vat.is-done").wait_for()

    tab.get_by_text("Replace it").click()
    tab.set_input_files("#vat-file", file("two.pdf", pdf("two")))
    tab.locator("#vat .received").get_by_text("two.pdf").wait_for()
    tab.get_by_role("button", name="Remove").click()
    tab.locator("#vat:not(.is-done)").wait_for()

    assert not Draft.objects.exists()
    assert len([request for request in tab.requests if request.is_navigation_request()]) == 1


def test_a_link_that_ends_meanwhile_shows_its_own_page(open_tab, link, invitation):
    tab = open_tab()
    tab.goto(link)
    revoke_invitation(invitation, reason="x", by=system("test"))

    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))

    tab.get_by_role("heading", name="This link has been withdrawn").wait_for()


def test_a_file_that_is_too_large_is_explained_without_a_script_too(open_tab, link, settings):
    settings.DOCUMENT_MAX_BYTES = 100_000
    tab = open_tab(java_script_enabled=False)
    tab.goto(link)

    tab.set_input_files("#vat-file", file("vat.pdf", b"%PDF-" + b"x" * 8_000_000))
    tab.locator("#vat .send").click()

    tab.locator("#vat .alert").get_by_text("This file is larger than 20 MB.").wait_for()
