"""The buyers' pages with text of twice the size (WCAG 1.4.4), on a phone and a desktop: nothing breaks."""

from typing import Any

import pytest

from buyers.invitations import revoke_invitation
from buyers.links import token_of
from nt24.actors import system
from tests.buyers.browser import DESKTOP, PHONE, findings, link_to
from tests.buyers.links import invited, linked, uploads, uploads_all
from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.visitor import Visitor
from tests.deal import taken

pytestmark = pytest.mark.django_db(transaction=True)

# What the eye sees first: a text beside its neighbour that got less than four letters a line, and what leaves the page.
CRAMPED = """() => [...document.querySelectorAll('header strong, summary, h1, h2, p, li, dt, dd, button, label')]
    .filter(one => one.checkVisibility() && !one.closest('.hidden, .skip') && one.innerText.trim().length > 8)
    .filter(one => one.getBoundingClientRect().width < 4 * parseFloat(getComputedStyle(one).fontSize))
    .map(one => one.outerHTML.slice(0, 120))"""
OUTSIDE = """() => [...document.querySelectorAll('body *')]
    .filter(one => one.checkVisibility() && !one.closest('.hidden, .skip, svg'))
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120))"""


def papers(partner: Any) -> str:
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="de")
    uploads(invitation, "VAT_*")
    return link_to(invitation)


def identity(partner: Any) -> str:
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    return link_to(invited(partner, buyer, language="ro"))


def declaration(partner: Any) -> str:
    return f"{papers(partner)}declaration/"


def receipt(partner: Any) -> str:
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="pl")
    uploads_all(invitation)
    return Visitor(invitation).submits()["Location"]


def prospects(partner: Any) -> str:
    return f"/b/{token_of(linked(partner))}/?language=fr"


def revoked(partner: Any) -> str:
    invitation = invited(partner, taken(partner.post("P/buyers", KOWALSKI), 201), language="de")
    revoke_invitation(invitation, reason="x", by=system("test"))
    return link_to(invitation)


def unknown(partner: Any) -> str:
    return "/b/nonsense/"


def verify(partner: Any) -> str:
    return "/verify"


def imprint(partner: Any) -> str:
    return "/imprint"


PAGES = [papers, identity, declaration, receipt, prospects, revoked, unknown, verify, imprint]


@pytest.mark.parametrize("page", PAGES)
def test_text_of_twice_the_size_breaks_nothing(open_tab, partner, page):
    path = page(partner)
    for device, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
        tab = open_tab(**device, color_scheme=scheme)
        tab.goto(path)
        assert tab.evaluate(OUTSIDE) == []
        tab.evaluate("document.documentElement.style.fontSize = '200%'")

        for inner in tab.locator("details").all():
            inner.evaluate("one => { one.open = true; }")
        assert (tab.evaluate(CRAMPED), tab.evaluate(OUTSIDE)) == ([], [])
        assert findings(tab) == []
