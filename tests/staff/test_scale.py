"""The start page, the search and the lists among a hundred thousand orders: how many queries, and by which plans."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.overview import overview
from compliance.search import search
from orders.models import Order
from orders.search import orders_matching
from tests.scale import make_orders

ORDERS = 100_000
MOST = 20
LARGE = "orders_order|orders_vehicle|orders_invoice|compliance_rollup|buyers_buyer|buyers_nameword|buyers_viescheck"

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the plans of a large table are PostgreSQL's"
)


@pytest.fixture
def many(db):
    make_orders(ORDERS)
    vacuum_is_done_by_the_server()


def vacuum_is_done_by_the_server():
    """What autovacuum would have done by now, as far as the planner is told of it within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET relallvisible = relpages WHERE relkind = 'r'")


def plans_of(work):
    """Every SELECT that it makes, with the plan PostgreSQL has for it."""
    with CaptureQueriesContext(connection) as captured:
        work()
    statements = [query["sql"] for query in captured.captured_queries]
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(f"EXPLAIN {sql}")
            yield sql, "\n".join(row[0] for row in cursor.fetchall())


def assert_no_large_table_is_read_whole(work):
    plans = list(plans_of(work))
    assert plans
    for sql, plan in plans:
        assert not re.search(rf"Seq Scan on ({LARGE})\b", plan), f"{sql}\n{plan}"


def test_large_tables_are_read_by_their_indexes(many):
    assert_no_large_table_is_read_whole(lambda: overview(timezone.now()))
    for text in (
        "DEAL-2026-0999",
        "WVWZZZ1JZXW0777",
        "077777",
        "RE-0123",
        "PL52600012",
        "kowal 0012",
        "001234",
    ):
        assert_no_large_table_is_read_whole(lambda text=text: search(text, can_see=lambda model: True))
    uuid = str(Order.objects.values_list("uuid", flat=True)[50_000])
    assert_no_large_table_is_read_whole(lambda: search(uuid, can_see=lambda model: True))

    for text in ("DEAL-2026-0999", "077777", "RE-012345", "PL5260001234", "kowalski 001234"):
        rows = orders_matching(Order.objects.order_by("-pk"), text)[:50]
        assert_no_large_table_is_read_whole(lambda rows=rows: list(rows))


def test_the_pages_take_a_bounded_number_of_queries(many, desk):
    for url in ("/admin/", "/admin/search/?q=kowalski", "/admin/orders/order/", "/admin/orders/order/?q=077777",
                "/admin/orders/order/?blocker=MISSING_CMR"):  # fmt: skip
        desk.opens(url)  # what is asked once per process
        with CaptureQueriesContext(connection) as captured:
            desk.opens(url)
        assert len(captured) <= MOST, url
