"""What somebody has typed behind a link stays, whatever comes in between: a language, a lost cookie, an outage."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.db import OperationalError

from buyers.aml_declaration import DeclarationNotSealed
from buyers.invitation_models import Draft, Invitation, Prospect
from buyers.pages import declaring, door, prospects, views
from nt24.pages.resending import FORM
from nt24.pages.throttle import Allowance
from tests.buyers.links import invited, linked
from tests.buyers.test_prospect_page import COMPANY
from tests.buyers.visitor import ANSWERS, Visitor, heading, text
from tests.ledger import nothing_moves

# Half filled in, with mistakes and signs that mean something in HTML.
HALF = {
    "person": 'Ján "Jano" <Novák>',
    "role": "konateľ & spoločník",
    "has_owners": "yes",
    "owner1-name": "Ján Novák",
    "owner1-born_on": "1980-13-45",
    "owner2-nationality": "RO",
    "owner4-share": "viel",
    "is_exposed": "yes",
    "exposed_office": "Two\nlines",
    "source": "SALE",
}


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


def filled_in(response):
    """What the fields of the page's form hold, as a browser would send it."""
    markup = response.content.decode()
    held = {}
    for tag in re.findall(r"<input\b[^>]*>", markup):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes["type"] == "hidden" or (
            attributes["type"] in ("radio", "checkbox") and " checked" not in tag
        ):
            continue
        without = "on" if attributes["type"] == "checkbox" else ""
        held[attributes["name"]] = unescape(attributes.get("value", without))
    for name, inner in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', markup, flags=re.S):
        held[name] = unescape(inner)
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', markup, flags=re.S):
        held[name] = "".join(re.findall(r'value="([^"]*)" selected', inner))
    return {name: value for name, value in held.items() if value}


@pytest.mark.parametrize("answers", [ANSWERS, HALF, {"person": "A"}, {}], ids=["all", "half", "one", "none"])
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Geldwäsche"),
        ("pl", "Oświadczenie dotyczące przeciwdziałania praniu pieniędzy"),
        ("ro", "spălării banilor"),
    ],
)
def test_another_language_keeps_the_declaration_as_it_was(visitor, invitation, answers, language, title):
    response = visitor.post("declaration/", {**answers, "language": language})

    assert response.status_code == 200
    assert title in heading(response)
    assert filled_in(response) == answers
    assert 'class="error"' not in response.content.decode()
    assert Invitation.objects.get(pk=invitation.pk).language == language
    assert not Draft.objects.exists()


@pytest.mark.parametrize("language", ["", "sv", "../x"])
def test_an_unknown_language_is_none(visitor, invitation, language):
    response = visitor.post("declaration/", {**HALF, "language": language})

    assert response.status_code == 422
    assert filled_in(response) == HALF
    assert Invitation.objects.get(pk=invitation.pk).language == "en"


@pytest.mark.parametrize("language", ["de", "fr", "it"])
def test_another_language_keeps_what_a_prospect_has_typed(partner, language):
    typed = {**{name: value for name, value in COMPANY.items() if value}, "email": "not yet"}
    visitor = Visitor(linked(partner, language="en"))

    with nothing_moves():
        response = visitor.post(f"?language={language}", {**typed, "language": language})

    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.content.decode()
    assert filled_in(response) == typed


def test_a_form_whose_cookie_has_gone_comes_back_filled_in_with_a_new_one(invitation):
    visitor = Visitor(invitation, enforce_csrf_checks=True)

    with nothing_moves():
        response = visitor.post("declaration/", ANSWERS)

    assert response.status_code == 403
    assert filled_in(response) == ANSWERS
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())
    assert visitor.post("declaration/", {**ANSWERS, "csrfmiddlewaretoken": token[1]}).status_code == 303


def test_a_prospect_whose_cookie_has_gone_sends_the_form_again(partner):
    visitor = Visitor(linked(partner, language="en"), enforce_csrf_checks=True)

    response = visitor.post("", COMPANY)

    assert response.status_code == 403
    assert "Everything you have filled in is kept. Please send it again." in text(response)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())
    assert visitor.post("", {**COMPANY, "csrfmiddlewaretoken": token[1]}).status_code == 303


def test_haste_keeps_the_declaration(visitor, monkeypatch):
    monkeypatch.setattr(views, "FILES", Allowance("link-files", calls=0, seconds=60))

    response = visitor.post("declaration/", ANSWERS)

    assert response.status_code == 429
    assert filled_in(response) == ANSWERS


@pytest.mark.parametrize("failure", [DeclarationNotSealed(), OperationalError("database is locked")])
def test_an_outage_keeps_the_declaration(visitor, monkeypatch, failure):
    def fails(*args):
        raise failure

    monkeypatch.setattr(declaring, "declaration_pdf", fails)

    response = visitor.post("declaration/", ANSWERS)

    assert response.status_code == 503
    assert filled_in(response) == ANSWERS


def as_a_browser(visitor, rest, answers):
    return visitor.http.post(visitor.path + rest, urlencode(answers), content_type=FORM)


def hidden_in(response):
    markup = response.content.decode()
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', markup)
    }


def test_too_many_pages_keep_a_form_to_be_sent_again(visitor, monkeypatch):
    monkeypatch.setattr(door, "PAGE_CALLS", Allowance("buyer-pages", calls=0, seconds=600))

    response = as_a_browser(visitor, "declaration/", HALF)

    assert response.status_code == 429
    assert hidden_in(response) == HALF
    assert "Everything you have filled in is kept." in text(response)


@pytest.mark.parametrize(
    "answers", [COMPANY, {**COMPANY, "city": '"><script>x</script>'}, {**COMPANY, "city": "Łódź"}]
)
def test_a_database_that_is_away_keeps_a_form_to_be_sent_again(partner, monkeypatch, answers):
    def away(*args, **more):
        raise OperationalError("server closed the connection")

    visitor = Visitor(linked(partner, language="en"))
    monkeypatch.setattr(prospects, "submit_prospect", away)

    response = as_a_browser(visitor, "", answers)

    assert response.status_code == 503
    assert hidden_in(response) == answers
    assert "<script>" not in response.content.decode()
    assert not Prospect.objects.exists()


def test_two_tabs_with_a_declaration_leave_the_one_sent_last(visitor, invitation):
    visitor.get("declaration/")
    other = Visitor(invitation)
    other.get("declaration/")

    assert visitor.post("declaration/", ANSWERS).status_code == 303
    first = Draft.objects.get().sha256
    assert other.post("declaration/", {**ANSWERS, "role": "owner"}).status_code == 303

    assert Draft.objects.get().sha256 != first
