"""The page behind a link is for everybody: axe finds nothing, every language fits a phone, keys reach all of it."""

import pytest

from buyers.invitation_models import Invitation
from nt24 import languages
from tests.buyers.browser import DESKTOP, PHONE, file, findings, link_to
from tests.buyers.links import invited, linked, uploads_all
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken

pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invitation(partner):
    return invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")


@pytest.fixture
def link(invitation):
    return link_to(invitation)


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
    tab.get_by_role("button", name="Sign the declaration").click()
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


@pytest.mark.parametrize("language", languages.CODES)
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
