"""The start page and the search page as people see them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tests.staff.desk import Desk, member

MOST = 20


def test_before_anything_happened_every_part_says_so(desk):
    page = desk.opens("/admin/")

    for sentence in (
        "All done.",
        "No order is blocked.",
        "No verdict in the last twelve weeks.",
        "No VIES checks in the last 24 hours.",
    ):
        assert sentence in page


def test_it_shows_what_is_stuck_and_leads_there(desk, deal, case):
    deal.has_buyer().has_order()
    order = Order.objects.get()
    page = desk.opens("/admin/")

    assert "Buyer documents missing" in page
    assert 'href="/admin/orders/order/?blocker=DOCUMENTS_MISSING"' in page
    assert f'href="{case.page}"' in page
    assert 'href="/admin/orders/order/?status__exact=CREATED"' in page
    assert order.external_order_id in desk.opens("/admin/orders/order/?blocker=DOCUMENTS_MISSING")
    assert order.external_order_id not in desk.opens("/admin/orders/order/?blocker=MISSING_CMR")


def test_the_verdicts_are_a_chart_and_a_table(desk, deal):
    deal.is_judged()
    page = desk.opens("/admin/")

    assert "Verdicts of the last twelve weeks: 1 valid export, 0 VAT applicable." in page
    assert page.count('<rect class="valid"') == page.count("decision__exact=VALID_EXPORT") == 12


@pytest.fixture
def newcomer(db):
    """May sign in and see nothing."""
    return Desk(member("carla"))


def test_nobody_sees_numbers_of_what_he_may_not_see(newcomer, deal):
    deal.is_judged()
    page = newcomer.opens("/admin/")

    for title in ("Blocked orders", "Verdicts per week", "VIES by Member State", "Nothing open"):
        assert title not in page
    assert "No results" in newcomer.opens("/admin/search/?q=kowalski")


def test_the_pages_take_a_bounded_number_of_queries(desk, deal):
    deal.is_judged()
    for url in ("/admin/", "/admin/search/?q=kowalski", "/admin/orders/order/?blocker=MISSING_CMR"):
        desk.opens(url)  # what is asked once per process
        with CaptureQueriesContext(connection) as captured:
            desk.opens(url)
        assert len(captured) <= MOST, url


def test_the_search_page_shows_what_was_found_and_keeps_the_words(desk, deal, case):
    deal.has_buyer().has_order(vins=("WVWZZZ1JZXW004711",))
    page = desk.opens("/admin/search/?q=004711")

    assert 'value="004711"' in page
    assert f'<a href="{case.page}">WVWZZZ1JZXW004711</a>' in page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("x", "Type at least two characters."), ("nobody", "No results"), ("<script>", "&lt;script&gt;")],
)
def test_the_search_page_says_when_nothing_is_found(desk, words, sentence):
    page = desk.opens(f"/admin/search/?q={words}")

    assert sentence in page
    assert "<script>“" not in page


def test_whoever_is_not_signed_in_sees_neither(client, db):
    for url in ("/admin/", "/admin/search/?q=x"):
        assert client.get(url).status_code == 302
