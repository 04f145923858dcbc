"""The page in place of iDenfy: four buttons that send signed callbacks; gone with the live service (contract 15)."""

import io

import pytest
from django.test import Client
from pypdf import PdfReader

from buyers import verification
from buyers.models import VerificationSession
from tests.buyers.verification.steps import COMPLETED, shown, verify
from tests.ledger import messages, nothing_moves, refused, renew


@pytest.fixture
def page(partner, path):
    """The path of the page that the partner is given."""
    url = verify(partner, path)["idenfyUrl"]
    assert url.startswith("http://testserver/sandbox/idenfy/")
    return url.removeprefix("http://testserver")


@pytest.mark.parametrize(
    ("overall", "verification_status", "aml", "told"),
    [
        ("APPROVED", "VERIFIED", "CLEAR", ["VERIFIED"]),
        ("DENIED", "REJECTED", "CLEAR", ["REJECTED"]),
        ("SUSPECTED", "IN_PROGRESS", "CLEAR", []),
        ("EXPIRED", "NOT_STARTED", "PENDING", []),
    ],
)
def test_each_button_has_its_result(client, page, partner, path, overall, verification_status, aml, told):
    assert f'value="{overall}"' in client.get(page).content.decode()

    response = client.post(page, {"overall": overall})

    assert (response.status_code, response["Location"]) == (302, page)
    assert shown(partner, path) == (verification_status, aml)
    assert [message["data"]["outcome"] for message in messages(COMPLETED)] == told
    assert [message["source"] for message in messages(COMPLETED)] == ["SYSTEM"] * len(told)
    after = client.get(page).content.decode()
    assert VerificationSession.objects.get().status in after
    assert "<button" not in after


@pytest.mark.parametrize("overall", ["APPROVED", "SUSPECTED"])
def test_the_checkbox_flags_the_screening(client, page, partner, path, overall):
    client.post(page, {"overall": overall, "aml_hit": "on"})

    assert shown(partner, path)[1] == "FLAGGED"


def test_a_second_press_changes_nothing(client, page):
    client.post(page, {"overall": "SUSPECTED"})

    with nothing_moves():
        assert client.post(page, {"overall": "APPROVED"}).status_code == 302


def test_the_page_uses_the_operators_key_when_there_is_one(client, page, partner, path, settings):
    settings.IDENFY_SIGNING_KEY = "own-key"

    client.post(page, {"overall": "APPROVED"})

    assert shown(partner, path)[0] == "VERIFIED"


@pytest.mark.parametrize("overall", ["", "ACTIVE", "approved"])
def test_another_button_does_not_exist(client, page, overall):
    with nothing_moves():
        assert client.post(page, {"overall": overall}).status_code == 422


def test_the_page_works_without_cookies_and_leaves_none(page):
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(page, {"overall": "APPROVED"}).status_code == 302
    assert browser.get(page).cookies == {}
    assert browser.get(page)["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_the_page_is_not_there_with_the_live_service(client, page, settings):
    settings.IDENFY_PROVIDER = "live"

    with nothing_moves():
        assert client.get(page).status_code == 404
        assert client.post(page, {"overall": "APPROVED"}).status_code == 404


def test_a_page_of_nobody_is_not_found(client, page):
    assert client.get("/sandbox/idenfy/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_session_that_nobody_visits_ends_by_the_clock(page, partner, path, clock):
    clock.shift(7 * 86400 + 3600)
    renew(partner)

    assert verification.settle_due() == 1
    assert shown(partner, path) == ("NOT_STARTED", "PENDING")
    assert messages() == []


def test_the_profile_says_that_it_is_a_sandbox(client, page, partner, path):
    client.post(page, {"overall": "APPROVED"})

    pages = PdfReader(io.BytesIO(partner.get(f"{path}/profile").content)).pages
    assert len(pages) == 1
    assert "Made in the sandbox: nobody was identified." in pages[0].extract_text()


def test_an_unknown_provider_opens_nothing(partner, path, settings):
    settings.IDENFY_PROVIDER = "guess"

    with nothing_moves():
        refused(partner.post(f"{path}/verify"), 500, "internal-error")
