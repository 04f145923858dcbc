"""Buyers: registering, finding, changing, blocking (contract 6, 4.3)."""

import pytest
import time_machine

from buyers import checks
from nt24.audit.models import Entry
from tests.deal import WARSAW, taken
from tests.ledger import fields_of, messages, nothing_moves, refused

KOWALSKI = {
    "kycMode": "MARKETPLACE_LED",
    "vatNumber": "PL5260001246",
    "companyName": "Auto Handel Kowalski Sp. z o.o.",
    "address": WARSAW,
}


@pytest.fixture
def run_workers(db):
    """VIES is asked; no Export File is rendered, because nothing here reads one."""
    return checks.ask_due


def test_the_same_buyer_again_is_found_and_not_made(partner):
    first = partner.post("P/buyers", KOWALSKI)
    again = partner.post("P/buyers", KOWALSKI)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert "Location" not in again
    assert partner.get("P/buyers").json()["pagination"]["totalElements"] == 1


def test_other_content_under_the_same_vat_number_is_a_conflict(partner):
    first = partner.post("P/buyers", KOWALSKI).json()

    with nothing_moves():
        problem = refused(
            partner.post("P/buyers", {**KOWALSKI, "companyName": "Other"}),
            409,
            "resource-exists-different-body",
        )
    assert problem["currentResource"] == first


def test_contacts_count_only_at_creation(partner):
    person = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}
    buyer = partner.post("P/buyers", KOWALSKI).json()

    taken(partner.post("P/buyers", {**KOWALSKI, "contacts": [person]}), 200)
    assert partner.get(f"P/buyers/{buyer['uuid']}/contacts").json() == []


def test_two_sellers_have_buyers_of_their_own(partner, plain_partner):
    ours = taken(partner.post("P/buyers", KOWALSKI), 201)
    theirs = taken(plain_partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)

    assert ours["uuid"] != theirs["uuid"]
    refused(partner.get(f"P/buyers/{theirs['uuid']}"), 404, "not-found")


def test_mode_a_needs_its_capability_before_the_body_is_looked_at(plain_partner):
    with nothing_moves():
        refused(plain_partner.post("P/buyers", {"kycMode": "MARKETPLACE_LED"}), 403, "capability-required")


def test_a_patch_of_the_name_needs_no_capability(plain_partner):
    buyer = taken(plain_partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)

    response = plain_partner.patch(f"P/buyers/{buyer['uuid']}", {"companyName": "New"}, version=0)
    assert taken(response, 200)["companyName"] == "New"


@pytest.fixture
def three(partner):
    """Kowalski since 1 April, Nowak (Mode B) since 2 April, Zielinski, blocked, since 3 April."""
    others = {
        "2026-04-01T08:00:00Z": KOWALSKI,
        "2026-04-02T08:00:00Z": {
            **KOWALSKI, "vatNumber": "PL1111111111", "companyName": "Nowak", "kycMode": "NT24_LED",
        },
        "2026-04-03T08:00:00Z": {**KOWALSKI, "vatNumber": "CZ22222222", "companyName": "Zielinski"},
    }  # fmt: skip
    for moment, body in others.items():
        with time_machine.travel(moment, tick=False):
            last = taken(partner.post("P/buyers", body), 201)
    taken(partner.post(f"P/buyers/{last['uuid']}/block", {"reason": "Unpaid"}), 200)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Zielinski", "Nowak", "Auto Handel Kowalski Sp. z o.o."]),
        ("sort=companyName,desc", ["Zielinski", "Nowak", "Auto Handel Kowalski Sp. z o.o."]),
        ("sort=createdAt,asc&size=1", ["Auto Handel Kowalski Sp. z o.o."]),
        ("vatNumber=CZ22222222", ["Zielinski"]),
        ("vatNumber=CZ2", []),
        ("status=BLOCKED", ["Zielinski"]),
        ("kycMode=NT24_LED", ["Nowak"]),
        ("q=kowalski", ["Auto Handel Kowalski Sp. z o.o."]),
        ("q=cz22", ["Zielinski"]),
        ("q=%25", []),
        ("createdAfter=2026-04-02T08:00:00Z", ["Zielinski"]),
        ("createdAfter=2026-04-02T07:59:59Z", ["Zielinski", "Nowak"]),
        ("updatedAfter=2026-04-03T08:00:00Z&status=BLOCKED", ["Zielinski"]),
        ("status=ACTIVE&q=nowak", ["Nowak"]),
    ],
)
def test_buyers_are_found_by_each_filter(partner, three, query, names):
    found = taken(partner.get(f"P/buyers?{query}"), 200)

    assert [row["companyName"] for row in found["data"]] == names


@pytest.mark.parametrize("query", ["createdAfter=yesterday", "kycMode=C", "status=", "name=x"])
def test_a_filter_that_makes_no_sense_is_refused(partner, query):
    problem = refused(partner.get(f"P/buyers?{query}"), 422, "validation-error")

    assert fields_of(problem) == [query.split("=")[0]]


def test_mode_a_becomes_mode_b_and_never_goes_back(partner):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}"

    upgraded = taken(partner.patch(path, {"kycMode": "NT24_LED"}, version=0), 200)
    assert (upgraded["kycMode"], upgraded["version"]) == ("NT24_LED", 1)
    with nothing_moves():
        problem = refused(
            partner.patch(path, {"kycMode": "MARKETPLACE_LED"}, version=1), 409, "state-conflict"
        )
    assert problem["currentResource"] == upgraded
    assert taken(partner.patch(path, {"kycMode": "NT24_LED"}, version=1), 200)["kycMode"] == "NT24_LED"


def test_a_patch_names_old_and_new_in_the_trail(partner):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}"

    taken(partner.patch(path, {"companyName": "Kowalski S.A."}, version=0, X_Request_Id="trace-7"), 200)
    entry = Entry.objects.get(action="buyer.updated")
    assert entry.changes == {"company_name": ["Auto Handel Kowalski Sp. z o.o.", "Kowalski S.A."]}
    assert (entry.actor_id, entry.trace_id) == (partner.client.client_id, "trace-7")


@pytest.mark.parametrize("body", [{}, {"vatNumber": "PL1"}, {"status": "BLOCKED"}, {"contacts": []}])
def test_a_patch_takes_only_its_three_members(partner, body):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}"

    with nothing_moves():
        refused(partner.patch(path, body, version=0), 422, "validation-error")


def test_blocking_and_unblocking_move_the_version_once_each(partner):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}"

    blocked = taken(partner.post(f"{path}/block", {"reason": "Unpaid"}), 200)
    assert (blocked["status"], blocked["version"]) == ("BLOCKED", 1)
    with nothing_moves():
        assert taken(partner.post(f"{path}/block", {"reason": "Again"}), 200) == blocked
    unblocked = taken(partner.post(f"{path}/unblock"), 200)
    assert (unblocked["status"], unblocked["version"]) == ("ACTIVE", 2)
    with nothing_moves():
        assert taken(partner.post(f"{path}/unblock"), 200) == unblocked
    trail = Entry.objects.filter(subject_type="buyer").order_by("pk").values_list("action", "purpose")
    assert list(trail) == [("buyer.registered", ""), ("buyer.blocked", "Unpaid"), ("buyer.active", "")]


def test_a_block_needs_no_reason_and_an_unblock_takes_no_body(partner):
    path = f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}"

    taken(partner.post(f"{path}/block"), 200)
    refused(partner.post(f"{path}/unblock", {"reason": "x"}), 422, "validation-error")
    taken(partner.post(f"{path}/unblock"), 200)


def test_a_block_stands_on_open_orders_and_goes_with_the_unblock(deal):
    deal.has_buyer().has_kyc().has_order()
    version = deal.rollup()["version"]

    taken(deal.partner.post(f"{deal.buyer_path}/block"), 200)
    assert "BUYER_BLOCKED" in deal.codes()
    assert deal.rollup()["version"] == version + 1
    assert deal.rollup()["modules"]["buyer"]["status"] == "INCOMPLETE"
    taken(deal.partner.post(f"{deal.buyer_path}/unblock"), 200)
    assert "BUYER_BLOCKED" not in deal.codes()


def test_a_block_does_not_touch_proven_or_cancelled_orders(deal):
    deal.is_judged()
    proven, rollup = deal.path, deal.rollup()
    deal.has_order(externalOrderId="NEXT", vins=("WVWZZZ1JZXW000002",))
    taken(deal.partner.post(f"{deal.path}/cancel", {"reason": "x"}), 200)
    cancelled = deal.rollup()

    taken(deal.partner.post(f"{deal.buyer_path}/block"), 200)
    assert deal.partner.get(f"{proven}/compliance").json() == rollup
    assert deal.rollup() == cancelled
    assert len(messages("compliance.status_changed")) == 1


def test_a_new_company_name_is_compared_with_the_invoice_at_once(deal):
    deal.has_buyer().has_kyc().has_order().has_invoice(buyerName="AUTO HANDEL KOWALSKI sp. z o.o.")
    assert "BUYER_NAME_MISMATCH" not in deal.codes()

    taken(deal.partner.patch(deal.buyer_path, {"companyName": "Nowak"}, version=0), 200)
    assert "BUYER_NAME_MISMATCH" in deal.codes()
