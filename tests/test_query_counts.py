"""How many statements a call costs: a promise of docs/performance.md that does not depend on the machine."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.deal import money


def statements(call):
    """The SQL of one call but for the transaction's own frame, which is its first and last statement."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    return response, [query["sql"] for query in captured.captured_queries]


def vins(count):
    return tuple(f"WVWZZZ1JZXW{number:06d}" for number in range(count))


def test_a_rollup_and_its_304_cost_one_statement(deal):
    deal.has_buyer().has_order()

    for headers, status in (({}, 200), ({"If_None_Match": '"0"'}, 304)):
        response, sql = statements(
            lambda headers=headers: deal.partner.get(f"{deal.path}/compliance", **headers)
        )
        assert (response.status_code, len(sql)) == (status, 1)


def test_an_order_costs_at_most_fifteen_statements_beside_its_transaction(deal):
    deal.has_buyer().has_kyc()
    body = {
        "externalOrderId": "X", "buyerId": deal.buyer["uuid"], "totalAmount": money(30),
        "vins": [{"vin": vin, "brand": "VW", "model": "Golf", "purchaseAmount": money(10)} for vin in vins(3)],
    }  # fmt: skip

    response, sql = statements(lambda: deal.partner.post("P/orders", body))
    assert response.status_code == 201
    lock_timeout = 1 if connection.vendor == "postgresql" else 0
    assert len(sql) - 2 == 14 + lock_timeout


@pytest.mark.parametrize(
    "path", ["P/orders", "{path}", "{path}/compliance", "{path}/transport", "P/buyers", "{path}/documents"]
)
def test_a_read_costs_the_same_for_one_vehicle_and_for_twenty(deal, path):
    deal.has_buyer().has_order()
    deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    few = statements(lambda: deal.partner.get(path.format(path=deal.path)))[1]
    for number in range(3):
        deal.has_order(externalOrderId=f"MANY-{number}", vins=vins(20))
        deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    response, many = statements(lambda: deal.partner.get(path.format(path=deal.path)))

    assert response.status_code == 200
    assert len(many) == len(few)


def test_a_write_costs_the_same_for_one_vehicle_and_for_twenty(deal, samples):
    deal.has_buyer().has_order()
    few = statements(lambda: deal.partner.patch(deal.path, samples["orderPatch"], version=0))[1]
    deal.has_order(externalOrderId="MANY", vins=vins(20))
    response, many = statements(lambda: deal.partner.patch(deal.path, samples["orderPatch"], version=0))

    assert response.status_code == 200
    assert len(many) == len(few)
