"""Walks through the buyer's page at 360 px with what comes in between: a denied check, a language, a lost answer."""

from typing import Any

import pytest

from buyers.invitation_models import Draft, Prospect
from buyers.links import token_of
from buyers.models import Kyc
from tests.buyers.browser import file, findings, link_to
from tests.buyers.links import invited, linked, uploads
from tests.buyers.test_buyer_browser_faults import answering
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf
from tests.servers.scripted import resets

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def open_tab(open_tab):
    """What hangs is a fault and not slow."""

    def patient(**options: Any) -> Any:
        tab = open_tab(**options)
        tab.set_default_timeout(8000)
        return tab

    return patient


def verify(tab: Any, button: str, decision: str) -> None:
    """To iDenfy's stand-in, by the page that leads there, and back by itself."""
    tab.get_by_role("button", name=button).click()
    tab.get_by_role("button", name=decision, exact=True).click()
    tab.locator("#verification").wait_for()


@SCRIPTS
def test_a_denied_check_is_explained_and_repeated_and_nothing_goes_before(
    open_tab, settings, live_server, partner, script
):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    invitation = invited(partner, buyer, language="en")
    for need in ("COC_*", "VAT_*", "AML_DECLARATION"):
        uploads(invitation, need)
    settings.PUBLIC_URL = live_server.url  # the way to iDenfy and back stays in this test
    tab = open_tab(java_script_enabled=script)
    tab.goto(link_to(invitation))

    verify(tab, "Verify my identity", "Deny")
    card = tab.locator("#verification")
    assert "Not successful" in card.inner_text()
    assert "Your face did not match the photo" in card.inner_text()
    tab.check("[name=declared]")
    tab.get_by_role("button", name="Submit to").press("Enter")
    tab.locator("#missing").get_by_text("Verify your identity").wait_for()
    assert tab.evaluate("document.activeElement.id") == "missing"
    assert tab.is_checked("[name=declared]")
    tab.goto(tab.url)  # the address after a refusal can be loaded again
    assert tab.locator("#progress-title").inner_text() == "3 of 4 done"

    verify(tab, "Verify my identity", "Approve")
    assert "Verified" in card.inner_text()
    tab.check("[name=declared]")
    tab.get_by_role("button", name="Submit to").click()
    tab.get_by_role("heading", name="Thank you").wait_for()

    assert Kyc.objects.get().verification_status == "VERIFIED"
    assert tab.complaints == []


@SCRIPTS
def test_another_language_in_the_middle_keeps_the_declaration(open_tab, partner, script):
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")
    tab = open_tab(java_script_enabled=script)
    tab.goto(f"{link_to(invitation)}declaration/")
    tab.fill("[name=person]", "Jan Kowalski")
    tab.check("[name=has_owners][value=yes]")
    tab.fill("[name=owner1-born_on]", "1980-01-01")
    tab.select_option("[name=owner1-nationality]", "PL")
    tab.check("[name=confirmed]")

    tab.locator(".languages summary").click()
    tab.get_by_role("button", name="Polski").click()
    tab.get_by_role("heading", name="Oświadczenie dotyczące").wait_for()

    assert tab.input_value("[name=person]") == "Jan Kowalski"
    assert tab.is_checked("[name=has_owners][value=yes]")
    assert tab.input_value("[name=owner1-born_on]") == "1980-01-01"
    assert tab.input_value("[name=owner1-nationality]") == "PL"
    assert tab.is_checked("[name=confirmed]")
    assert tab.complaints == []


@SCRIPTS
def test_enter_in_a_field_sends_the_form_and_changes_no_language(open_tab, partner, script):
    tab = open_tab(java_script_enabled=script)
    tab.goto(f"/b/{token_of(linked(partner, language='de'))}/")
    tab.fill("[name=company_name]", "Auto Ionescu SRL")

    tab.locator("[name=company_name]").press("Enter")

    tab.locator("#errors").wait_for()
    assert tab.locator("html").get_attribute("lang") == "de"
    assert tab.input_value("[name=company_name]") == "Auto Ionescu SRL"


@SCRIPTS
def test_the_tick_that_was_forgotten_is_where_the_page_opens(open_tab, partner, script):
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")
    for need in ("COC_*", "VAT_*", "AML_DECLARATION"):
        uploads(invitation, need)
    uploads(invitation, "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE")
    tab = open_tab(java_script_enabled=script)
    tab.goto(link_to(invitation))

    tab.get_by_role("button", name="Submit to").click()
    tab.get_by_text("Please tick the box to confirm").wait_for()

    assert tab.evaluate("document.activeElement.name") == "declared"
    assert tab.locator("[name=declared]").bounding_box()["y"] < 740
    if script:
        assert findings(tab) == []
    tab.locator("[name=declared]").press("Space")
    tab.get_by_role("button", name="Submit to").click()
    tab.get_by_role("heading", name="Thank you").wait_for()


def test_a_page_that_was_left_is_filled_in_as_before_until_it_was_sent(open_tab, partner):
    link = f"/b/{token_of(linked(partner, language='en'))}/"
    typed = {
        "company_name": "Auto Ionescu SRL",
        "vat_number": "RO1234567",
        "street": "Strada Lungă 7",
        "post_code": "010101",
        "city": "București",
        "first_name": "Ana",
        "last_name": "Ionescu",
        "email": "ana@example.com",
    }
    tab = open_tab()
    tab.goto(link)
    for name, value in typed.items():
        tab.fill(f"[name={name}]", value)
    tab.select_option("[name=country]", "RO")
    tab.goto("/verify")
    tab.goto(link)

    assert {name: tab.input_value(f"[name={name}]") for name in typed} == typed
    tab.get_by_role("button", name="Send").click()
    tab.get_by_role("heading", name="Thank you").wait_for()
    assert Prospect.objects.get().company_name == "Auto Ionescu SRL"
    tab.goto(link)
    assert tab.input_value("[name=company_name]") == ""


def test_an_upload_that_breaks_off_goes_on_in_another_language(open_tab, partner):
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")
    tab = open_tab()
    tab.goto(link_to(invitation))
    with answering(tab, resets):
        tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
        tab.locator("#vat .alert").wait_for()
    tab.locator("#vat").get_by_role("button", name="Try again").click()
    tab.locator("#vat.is-done").wait_for()

    tab.locator(".languages summary").click()
    tab.get_by_role("button", name="Polski").click()
    tab.get_by_role("heading", name="Dokumenty dla firmy").wait_for()

    assert tab.locator("#vat .received strong").inner_text() == "vat.pdf"
    assert Draft.objects.count() == 1


def test_a_cookie_that_has_gone_costs_no_photograph(open_tab, partner):
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="en")
    tab = open_tab()
    tab.goto(link_to(invitation))
    tab.context.clear_cookies()

    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    tab.locator("#vat .alert").get_by_text("The page was open for too long").wait_for()
    tab.locator("#vat").get_by_role("button", name="Try again").click()

    tab.locator("#vat.is-done").wait_for()
