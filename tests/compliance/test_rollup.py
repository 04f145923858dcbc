"""The stored rollup: current when the write is answered, its version moves only with its content (contract 10, 16.3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.assess import recompute_open_orders
from compliance.models import Rollup
from tests.compliance.test_blockers_over_http import is_asked
from tests.deal import money, taken
from tests.ledger import nothing_moves, refused
from tests.papers import pdf

STEPS = ("has_kyc", "has_invoice", "has_payment", "is_ready", "is_picked_up", "is_delivered")


def test_version_and_etag_are_one_and_never_step_back(quick_deal):
    deal, seen = quick_deal.has_buyer().has_order(), []
    for step in STEPS:
        getattr(deal, step)()
        response = deal.partner.get(f"{deal.path}/compliance")
        rollup = taken(response, 200)
        assert response["ETag"] == f'"{rollup["version"]}"'
        seen.append(rollup["version"])

    assert seen == sorted(set(seen))


def test_a_known_version_is_answered_with_304(quick_deal):
    quick_deal.has_buyer().has_order()
    path = f"{quick_deal.path}/compliance"

    response = quick_deal.partner.get(path, If_None_Match='"0"')
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", '"0"')
    assert response["Cache-Control"] == "private, no-cache"
    quick_deal.has_invoice()
    assert quick_deal.partner.get(path, If_None_Match='"0"').status_code == 200


@pytest.mark.parametrize("header", ["", '"0"'])
def test_reading_it_costs_the_same_for_any_number_of_vehicles(quick_deal, header):
    quick_deal.has_buyer().has_order(vins=tuple(f"WVWZZZ1JZXW{number:06}" for number in range(30)))
    path = f"{quick_deal.path}/compliance"
    quick_deal.partner.get(path)  # the token is known now

    with CaptureQueriesContext(connection) as queries:
        quick_deal.partner.get(path, If_None_Match=header)
    assert sum("compliance_rollup" in query["sql"] for query in queries) == 1
    assert not any("orders_vehicle" in query["sql"] for query in queries)


def test_what_is_not_shown_does_not_move_the_version(quick_deal):
    deal = quick_deal.has_buyer().has_kyc().has_order().has_invoice()
    before = deal.rollup()

    contact = {"firstName": "A", "lastName": "B", "email": "a@example.com"}
    taken(deal.partner.patch(deal.path, {"responsibleContact": contact}, version=deal.now()["version"]), 200)
    taken(deal.partner.patch(f"{deal.path}/invoice", {"invoiceNumber": "X"}, version=1), 200)
    deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE", pdf("a better scan"))
    deal.uploads(f"{deal.buyer_path}/kyc/documents", "BANK_STATEMENT")
    assert deal.rollup() == before
    is_asked(deal)  # the time of the last check is shown
    assert deal.rollup()["version"] == before["version"] + 1


def test_each_fact_is_seen_in_its_module_when_its_write_is_answered(quick_deal):
    deal, partner = quick_deal.has_buyer().has_order(), quick_deal.partner

    def module(name):
        return deal.rollup()["modules"][name]

    deal.has_kyc()
    assert (module("buyer")["status"], module("buyer")["documentsComplete"]) == ("VALID", True)
    body = {
        "type": "PRELIMINARY", "invoiceDate": "2026-04-18", "invoiceNumber": "1", "vatIncluded": False,
        "amount": money(1850000),
    }  # fmt: skip
    taken(partner.post(f"{deal.path}/invoice", body), 201)
    assert (module("invoice")["status"], module("invoice")["type"]) == ("DRAFT", "PRELIMINARY")
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")
    assert module("invoice")["status"] == "VALID"
    payment = {
        "paymentDate": "2026-04-20", "bankAmount": money(1), "cashAmount": money(0),
        "sourceIban": "DE89370400440532013000",
    }  # fmt: skip
    taken(partner.post(f"{deal.path}/payment", payment), 201)
    assert module("payment") == {
        "status": "DRAFT", "amountMatchesInvoice": False, "ibanConsistent": True, "readyForPickup": False,
    }  # fmt: skip
    deal.uploads(f"{deal.path}/payment/documents", "PAYMENT_CONFIRMATION")
    assert module("payment")["status"] == "INVALID"
    taken(partner.patch(f"{deal.path}/payment", {"bankAmount": money(1850000)}, version=1), 200)
    assert (module("payment")["status"], module("payment")["amountMatchesInvoice"]) == ("VALID", True)
    deal.is_ready()
    assert module("payment")["readyForPickup"] is True
    assert module("transport")["dailyViesChecksActive"] is True
    assert module("order")["vins"][0]["complianceStatus"] == "TRANSPORT_PENDING"
    deal.is_picked_up()
    assert module("transport")["status"] == "IN_PROGRESS"
    assert (module("transport")["pickupDate"], module("transport")["cmrUploaded"]) == ("2026-04-22", True)
    deal.is_delivered()
    assert (module("transport")["status"], module("transport")["deliveryConfirmed"]) == ("DELIVERED", True)
    assert module("exportFile") == {"status": "PENDING", "downloadUrl": None}


def test_a_stored_rollup_is_what_its_facts_say_at_every_step(quick_deal):
    deal = quick_deal.has_buyer().has_order()
    for step in STEPS:
        getattr(deal, step)()
        with nothing_moves():
            assert recompute_open_orders() == 0


def test_an_altered_rollup_is_found_and_put_right(quick_deal):
    quick_deal.has_buyer().has_order()
    rollup = Rollup.objects.get()
    right = quick_deal.rollup()
    Rollup.objects.update(content_json=rollup.content_json.replace("INCOMPLETE", "VALID"), body=b"{}")

    assert recompute_open_orders() == 1
    assert quick_deal.rollup() == right | {"version": 1, "updatedAt": quick_deal.rollup()["updatedAt"]}


def test_the_rollup_of_an_unknown_or_foreign_order_is_not_found(quick_deal, plain_partner):
    quick_deal.has_buyer().has_order()
    path = f"{quick_deal.path}/compliance"

    refused(plain_partner.get(path), 404, "not-found")
    refused(quick_deal.partner.get("P/orders/00000000-0000-4000-8000-000000000000/compliance"), 404, "not-found")
    refused(quick_deal.partner.get(f"{path}?fields=x"), 422, "validation-error")
    refused(quick_deal.partner.post(path, {}), 405, "method-not-allowed")
