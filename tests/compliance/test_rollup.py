"""The stored rollup: current when the write is answered; versions that never lie (contract 10, 16.3, 16.10)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buyers import checks
from compliance import exports
from compliance.assess import recompute_open_orders
from compliance.models import ExportFile, Rollup
from compliance.tasks import reassess_due
from tests.compliance.test_blockers_over_http import is_asked, vies_says
from tests.deal import BERLIN, WARSAW, money, taken
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
    assert module("order")["vins"][0]["complianceStatus"] == "PENDING"
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
    refused(
        quick_deal.partner.get("P/orders/00000000-0000-4000-8000-000000000000/compliance"), 404, "not-found"
    )
    refused(quick_deal.partner.get(f"{path}?fields=x"), 422, "validation-error")
    refused(quick_deal.partner.post(path, {}), 405, "method-not-allowed")


class Watch:
    """Reads every resource of an order again and again, and compares what it shows with its tag."""

    def __init__(self, deal):
        self.deal = deal
        self.seen = {}
        self.shown = 0
        order = deal.path
        self.paths = [
            deal.buyer_path,
            order,
            f"{order}/invoice?type=PRELIMINARY",
            f"{order}/invoice?type=FINAL",
            f"{order}/payment",
            f"{order}/transport",
            f"{order}/compliance",
            f"{order}/finalization/export-file",
        ]

    def __call__(self):
        for path in self.paths:
            response = self.deal.partner.get(path)
            if response.status_code == 404:
                continue
            known = self.seen.setdefault((path, response["ETag"]), response.content)
            assert response.content == known, f"{path} has changed under {response['ETag']}"
            self.shown += 1
        return self


def test_no_resource_changes_under_its_tag(quick_deal):
    golf, polo = "WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002"
    deal = quick_deal.has_buyer().has_order(vins=(golf, polo), each=925000)
    partner, watch = deal.partner, Watch(deal)()
    pickup = {
        "type": "COMPANY_TRANSPORT", "pickupDate": "2026-04-22", "collectionAddress": BERLIN, "vins": [golf],
    }  # fmt: skip
    delivery = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
    final = {
        "invoiceDate": "2026-04-25", "invoiceNumber": "2", "vatIncluded": True, "amount": money(1850000),
    }  # fmt: skip

    def goes(action):
        """One pickup or delivery of one vehicle, revoked and set again."""
        path, body = action
        taken(partner.post(f"{deal.path}/transport/{path}", body), 201)
        watch()
        taken(partner.post(f"{deal.path}/transport/{path}/revoke", {"reason": "x"}), 200)
        watch()
        taken(partner.post(f"{deal.path}/transport/{path}", body), 201)
        watch()

    for step in ("has_kyc", "has_invoice", "has_payment", "is_ready"):
        getattr(deal, step)()
        watch()
    goes(("pickup", pickup))
    taken(partner.post(f"{deal.path}/transport/pickup", {**pickup, "vins": [polo]}), 201)
    watch()
    for paper in ("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY"):
        deal.uploads(f"{deal.path}/transport/documents", paper)
        watch()
    for answer in ("MS_UNAVAILABLE", "INVALID", "VALID"):
        vies_says(deal, answer)
        watch()
    goes(("delivery", {**delivery, "vins": [golf]}))
    taken(partner.post(f"{deal.path}/transport/delivery", delivery), 201)
    watch()
    assert deal.rollup()["decision"] == "VALID_EXPORT"
    exports.begin(ExportFile.objects.order_by("-number")[0])
    watch()
    taken(partner.post(f"{deal.path}/finalization/final-invoice", final), 201)
    watch()
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE")
    watch()
    taken(partner.post(f"{deal.buyer_path}/block"), 200)
    watch()
    assert watch.shown > 120


def test_facts_of_a_buyer_reach_twenty_orders_at_once_and_the_rest_by_the_clock(quick_deal):
    quick_deal.has_buyer()
    for number in range(22):
        quick_deal.has_order(externalOrderId=f"ORDER-{number}")

    def blocked():
        return sum(
            "BUYER_BLOCKED" in codes for codes in Rollup.objects.values_list("blocker_codes", flat=True)
        )

    taken(quick_deal.partner.post(f"{quick_deal.buyer_path}/block"), 200)
    assert blocked() == 20
    reassess_due()
    assert blocked() == 22
    taken(quick_deal.partner.post(f"{quick_deal.buyer_path}/unblock"), 200)
    checks.ask_due()
    reassess_due()
    assert blocked() == 0
