"""The page behind a link in a real browser: a dealer with a phone, with a script and without, in eight languages."""

import io
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from buyers.invitation_models import Draft, Invitation, Language
from buyers.invitations import revoke_invitation
from buyers.links import token_of
from nt24.actors import system
from tests.buyers.links import PAPERS, invited, linked, uploads_all
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
    pytest.mark.django_db(transaction=True),
]
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as playwright:
        patch.setitem(
            os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
        )  # playwright keeps a loop in this thread
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_tab(browser, live_server):
    """Opens tabs that note their requests, and what the browser complains about beside refused answers."""
    contexts = []

    def open_tab(**options: Any) -> Any:
        context = browser.new_context(base_url=live_server.url, **(PHONE | options))
        contexts.append(context)
        tab = context.new_page()
        tab.requests, tab.complaints = [], []
        tab.on("request", lambda request: tab.requests.append(request))
        tab.on("console", lambda message: note(tab.complaints, message))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        return tab

    yield open_tab
    for context in contexts:
        context.close()


def note(complaints: list[str], message: Any) -> None:
    is_refused_answer = message.text.startswith(
        "Failed to load resource: the server responded with a status of 4"
    )
    if message.type in ("error", "warning") and not is_refused_answer:
        complaints.append(message.text)


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def invitation(partner, buyer):
    return invited(partner, buyer, language="en")


@pytest.fixture
def link(invitation):
    return link_to(invitation)


def link_to(invitation: Invitation) -> str:
    return f"/b/{token_of(invitation)}/"


def photo_of_a_phone() -> bytes:
    """Four megapixels of noise: a few megabytes, as a camera makes them."""
    target = io.BytesIO()
    Image.effect_noise((2400, 1600), 80).convert("RGB").save(target, "JPEG", quality=90)
    return target.getvalue()


def file(name: str, content: bytes, type: str = "application/pdf") -> dict[str, Any]:
    return {"name": name, "mimeType": type, "buffer": content}


def posts(tab: Any) -> int:
    return sum(request.method == "POST" for request in tab.requests)


def findings(tab: Any) -> list[tuple[str, list[str]]]:
    """What axe finds: the rule and the places."""
    violations = axe.Axe().run(tab, options=RULES).response["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in violations]


def answer_the_declaration(tab: Any) -> None:
    tab.get_by_role("link", name="Wypełnij oświadczenie tutaj").click()
    tab.fill("[name=person]", "Jan Kowalski")
    tab.fill("[name=role]", "prezes zarządu")
    tab.check("[name=has_owners][value=yes]")
    tab.fill("[name=owners]", "Jan Kowalski")
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
    tab.locator("#alert").get_by_text("Czegoś jeszcze brakuje.").wait_for()
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
        ("a.heic", b"ftypheic", "image/heic", "This is not a PDF, JPEG or PNG file."),
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


def test_an_expired_document_is_refused_before_it_is_sent(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    tab.fill("#identity-expires_on", "2020-01-31")

    tab.set_input_files("#identity-file", file("id.pdf", pdf("identity")))

    assert (
        tab.locator("#identity .alert").inner_text()
        == "This document has expired. Please send one that is valid."
    )
    assert tab.evaluate("document.activeElement.id") == "identity-expires_on"
    assert posts(tab) == 0


def test_a_file_chosen_before_its_date_waits_for_it(open_tab, link):
    tab = open_tab()
    tab.goto(link)

    tab.set_input_files("#identity-file", file("id.pdf", pdf("identity")))
    tab.fill("#identity-expires_on", "2035-01-31")
    tab.locator("#identity .send").click()

    tab.locator("#identity.is-done").wait_for()


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


# --- For everybody ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "device", [PHONE, {**DESKTOP, "is_mobile": False, "has_touch": False}], ids=["phone", "desktop"]
)
def test_axe_finds_nothing_in_any_state(open_tab, partner, link, invitation, device, scheme):
    tab = open_tab(**device, color_scheme=scheme, reduced_motion="reduce")
    found = {}

    tab.goto(link)
    tab.locator(".why summary").click()
    found["open"] = findings(tab)
    tab.set_input_files("#vat-file", file("vat.pdf", b"MZ no paper", ""))
    tab.locator("#vat .alert").wait_for()
    found["refused"] = findings(tab)
    tab.goto(f"{link}declaration/")
    tab.get_by_role("button", name="Make the declaration").click()
    found["declaration with errors"] = findings(tab)
    uploads_all(invitation)
    tab.goto(link)
    tab.get_by_text("Replace it").first.click()
    found["ready"] = findings(tab)
    tab.locator(".languages summary").click()
    found["languages"] = findings(tab)
    tab.goto(link)
    tab.check("[name=declared]")
    tab.get_by_role("button", name="Submit to").click()
    tab.get_by_role("heading", name="Thank you").wait_for()
    found["receipt"] = findings(tab)
    tab.goto(link)
    found["used"] = findings(tab)
    tab.goto(link_to(linked(partner, language="en")))
    tab.get_by_role("button", name="Send", exact=True).click()
    found["prospect with errors"] = findings(tab)

    assert found == {state: [] for state in found}
    assert len(found) == 8


def test_axe_finds_nothing_in_mode_b(open_tab, partner, settings, live_server):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    invitation = invited(partner, buyer, language="en")
    settings.PUBLIC_URL = live_server.url  # where the sandbox's page in place of iDenfy lies
    tab = open_tab()
    tab.goto(link_to(invitation))
    found = findings(tab)

    tab.get_by_role("button", name="Verify my identity").click()
    tab.get_by_role("button", name="Approve").click()
    tab.goto(link_to(invitation))

    assert found + findings(tab) == []
    assert tab.locator("#verification .badge").inner_text() == "Verified"
    [visit] = [request for request in tab.requests if "/sandbox/" in request.url and request.method == "GET"][
        :1
    ]
    assert visit.header_value("referer") is None


@pytest.mark.parametrize("language", Language.values)
def test_every_page_fits_a_small_phone_in_every_language(open_tab, partner, link, invitation, language):
    Invitation.objects.filter(pk=invitation.pk).update(language=language)
    prospects = link_to(linked(partner))
    tab = open_tab(locale=language)
    widths = {}

    for page in (link, f"{link}declaration/", f"{prospects}?language={language}", "/b/wrong/"):
        tab.goto(page)
        widths[page] = tab.evaluate("document.documentElement.scrollWidth")
    uploads_all(invitation)
    tab.goto(link)
    widths["ready"] = tab.evaluate("document.documentElement.scrollWidth")
    submit_button = tab.locator("#finish button")
    tab.check("[name=declared]")
    submit_button.click()
    tab.locator(".receipt-papers").wait_for()
    widths["receipt"] = tab.evaluate("document.documentElement.scrollWidth")

    assert widths == dict.fromkeys(widths, 360)
    assert tab.evaluate("document.documentElement.lang") == language


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(open_tab, link):
    tab = open_tab()
    tab.goto(link)
    stops = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        stops.append(tab.evaluate("document.activeElement.id || document.activeElement.innerText"))
        if stops[-1].startswith("Submit to"):
            break

    ids = [stop for stop in stops if stop.endswith(("-photo", "-file", "expires_on", "declared"))]
    assert stops[0] == "Skip to the content"
    assert ids == [
        "register-photo",
        "register-file",
        "vat-photo",
        "vat-file",
        "identity-expires_on",
        "identity-expires_on",
        "identity-expires_on",
        "identity-expires_on",
        "identity-photo",
        "identity-file",
        "id_declared",
    ]
