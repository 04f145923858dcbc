"""Long lists are counted to ten thousand and no further."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nt24.staff.pagination import CappedPaginator
from orders.models import Order


@pytest.fixture
def short_cap(monkeypatch):
    monkeypatch.setattr(CappedPaginator, "CAP", 2)


def test_counting_stops_at_the_cap(short_cap, deal):
    deal.has_buyer()
    for number in range(4):
        deal.has_order(externalOrderId=str(number))

    paginator = CappedPaginator(Order.objects.order_by("-pk"), 1)
    with CaptureQueriesContext(connection) as captured:
        found = (paginator.count, paginator.is_capped, paginator.num_pages)

    assert found == (2, True, 2)
    [query] = captured.captured_queries
    assert "LIMIT 3" in query["sql"]
    assert "ORDER BY" not in query["sql"]


def test_a_short_list_is_counted_exactly(short_cap, deal):
    deal.has_buyer().has_order()

    for rows in (Order.objects.all(), [1]):
        paginator = CappedPaginator(rows, 50)
        assert (paginator.count, paginator.is_capped) == (1, False)


def test_the_list_says_that_there_are_more(short_cap, desk, deal):
    deal.has_buyer()
    for number in range(3):
        deal.has_order(externalOrderId=str(number))

    assert "more than 2 orders" in " ".join(desk.opens("/admin/orders/order/").split())
