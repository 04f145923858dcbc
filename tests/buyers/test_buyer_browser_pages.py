"""Papers as they are, behind a link on a phone: a card with two sides, an extract of four pages, and a lost connection.

With a script and without one, in Polish.
"""

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from buyers.invitation_models import Draft
from nt24.documents.models import Document, Original
from tests.buyers.browser import file, findings, link_to
from tests.buyers.links import invited
from tests.buyers.test_buyer_browser import answer_the_declaration, choose_polish, kyc_of, submit
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def link(partner, buyer):
    return link_to(invited(partner, buyer, language="en"))


def photo(text: str) -> dict[str, Any]:
    """A page of print as a phone photographs it; the text tells one from the other."""
    page = Image.new("RGB", (1200, 1600), "white")
    draw = ImageDraw.Draw(page)
    for line in range(60):
        draw.text(
            (80, 60 + line * 25), f"{text} line {line} of a company register, share capital PLN", "black"
        )
    target = io.BytesIO()
    page.save(target, "JPEG", quality=85)
    return file(f"{text}.jpg", target.getvalue(), "image/jpeg")


class Hand:
    """Sends files as a buyer does: chosen is sent with a script, and with a button without one."""

    def __init__(self, tab: Any, *, has_script: bool) -> None:
        self.tab, self.has_script = tab, has_script

    def first(self, slug: str, paper: dict[str, Any]) -> None:
        self.tab.set_input_files(f"#{slug}-file", paper)
        self.press(slug)
        self.tab.locator(f"#{slug} .file").first.wait_for()

    def more(self, slug: str, paper: dict[str, Any], *, count: int) -> None:
        self.tab.locator(f"#{slug} summary", has_text="Dodaj kolejną stronę").click()
        self.tab.set_input_files(f"#{slug}-more-file", paper)
        self.press(slug, "form[data-more] ")
        self.tab.locator(f"#{slug} .file").nth(count - 1).wait_for()

    def press(self, slug: str, form: str = "") -> None:
        if not self.has_script:
            self.tab.locator(f"#{slug} {form}.send").first.click()


@pytest.mark.parametrize("has_script", [True, False])
def test_two_sides_and_four_pages_become_two_documents(
    open_tab, partner, buyer, link, run_workers, has_script
):
    tab = open_tab(java_script_enabled=has_script)
    tab.goto(link)
    choose_polish(tab)
    hand = Hand(tab, has_script=has_script)

    hand.first("register", photo("one"))
    for count, name in enumerate(("two", "three", "four"), start=2):
        hand.more("register", photo(name), count=count)
    hand.first("vat", file("vat.pdf", pdf("vat")))
    tab.fill("#identity-expires_on", "2035-01-31")
    hand.first("identity", photo("front"))
    hand.more("identity", photo("back"), count=2)
    if has_script:
        assert findings(tab) == []
        assert tab.complaints == []
    answer_the_declaration(tab)
    submit(tab)

    assert kyc_of(partner, buyer, run_workers)["missingDocuments"] == []
    pages = {document.type: document for document in Document.objects.filter(module="KYC")}
    assert pages["COC_EXTRACT"].content_type == pages["CONTACT_ID_CARD"].content_type == "application/pdf"
    names = Original.objects.order_by("position").values_list("document__type", "file_name")
    assert [name for type, name in names if type == "COC_EXTRACT"] == [
        "one.jpg",
        "two.jpg",
        "three.jpg",
        "four.jpg",
    ]
    assert [name for type, name in names if type == "CONTACT_ID_CARD"] == ["front.jpg", "back.jpg"]


def test_a_connection_that_breaks_without_a_script_loses_nothing_that_has_arrived(open_tab, link):
    tab = open_tab(java_script_enabled=False)
    tab.goto(link)
    choose_polish(tab)
    hand = Hand(tab, has_script=False)
    hand.first("register", photo("one"))

    tab.context.set_offline(True)
    tab.set_input_files("#vat-file", file("vat.pdf", pdf("vat")))
    with tab.expect_event("requestfailed"):
        tab.locator("#vat .send").click()
    tab.context.set_offline(False)
    tab.goto(link)

    tab.locator("#register .file").first.wait_for()
    hand.first("vat", file("vat.pdf", pdf("vat")))
    assert {draft.need for draft in Draft.objects.all()} == {"COC_*", "VAT_*"}
