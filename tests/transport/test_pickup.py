"""Pickups: when they are taken, that they stand, and how they are revoked (contract 9, 16.8)."""

from unittest.mock import ANY

import pytest

from nt24.audit.models import Entry
from tests.deal import BERLIN, WARSAW, taken
from tests.ledger import fields_of, nothing_moves, refused
from tests.transport.conftest import GOLF


def transport_of(deal):
    return taken(deal.partner.get(f"{deal.path}/transport"), 200)


def test_a_new_order_has_a_transport_that_has_not_started(deal):
    deal.has_buyer().has_order()

    response = deal.partner.get(f"{deal.path}/transport")
    assert taken(response, 200) == {
        "status": "NOT_STARTED",
        "pickupConfirmed": False,
        "deliveryConfirmed": False,
        "cmrUploaded": False,
        "dailyViesChecksActive": False,
        "vins": [{"vin": GOLF, "pickupConfirmed": False, "deliveryConfirmed": False}],
        "version": 0,
        "updatedAt": ANY,
    }
    assert response["ETag"] == '"0"'
    assert deal.partner.get(f"{deal.path}/transport", If_None_Match='"0"').status_code == 304


def test_a_pickup_before_ready_for_pickup_is_refused_and_says_so(deal, pickup):
    deal.has_buyer().has_order().has_invoice()

    with nothing_moves():
        problem = refused(deal.partner.post(f"{deal.path}/transport/pickup", pickup), 409, "state-conflict")
    assert "ready-for-pickup" in problem["detail"]
    deal.has_payment()
    with nothing_moves():
        refused(deal.partner.post(f"{deal.path}/transport/pickup", pickup), 409, "state-conflict")


def test_a_pickup_is_answered_with_the_transport_and_moves_the_order(released, pickup):
    before = transport_of(released)

    response = released.partner.post(f"{released.path}/transport/pickup", pickup)
    transport = taken(response, 201)
    assert transport == {
        **before,
        "status": "IN_PROGRESS",
        "type": "COMPANY_TRANSPORT",
        "pickupConfirmed": True,
        "pickupDate": "2026-04-22",
        "collectionAddress": BERLIN,
        "vins": [
            {"vin": GOLF, "pickupConfirmed": True, "pickupDate": "2026-04-22", "deliveryConfirmed": False}
        ],
        "version": before["version"] + 1,
        "updatedAt": ANY,
    }
    assert response["Location"] == f"{released.partner.path(released.path)}/transport"
    assert response["ETag"] == f'"{transport["version"]}"'
    assert released.now()["status"] == "TRANSPORT_IN_PROGRESS"
    assert released.now()["vins"][0]["complianceStatus"] == "TRANSPORT_PENDING"


def test_the_cmr_note_is_seen_and_moves_the_version(released, pickup):
    taken(released.partner.post(f"{released.path}/transport/pickup", pickup), 201)
    before = transport_of(released)

    released.uploads(f"{released.path}/transport/documents", "TRANSPORT_PICTURE_OF_TRANSPORT")
    assert transport_of(released) == before
    released.uploads(f"{released.path}/transport/documents", "TRANSPORT_CMR")
    after = transport_of(released)
    assert after == {**before, "cmrUploaded": True, "version": before["version"] + 1, "updatedAt": ANY}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "TRAIN"}, "type"),
        ({"pickupDate": "2026-04-27"}, "pickupDate"),
        ({"pickupDate": "2026-04-17"}, "pickupDate"),
        ({"pickupDate": "22.04.2026"}, "pickupDate"),
        ({"collectionAddress": None}, "collectionAddress"),
        ({"collectionAddress": {**BERLIN, "country": "Germany"}}, "collectionAddress.country"),
        ({"driverIdentification": 7}, "driverIdentification"),
        ({"vins": []}, "vins"),
        ({"vins": GOLF}, "vins"),
        ({"vins": ["WVWZZZ1JZXW000009"]}, "vins[0]"),
        ({"vins": [GOLF, "SHORT"]}, "vins[1]"),
        ({"cmrUploaded": True}, "cmrUploaded"),
    ],
)
def test_an_invalid_pickup_is_refused_and_nothing_moves(released, pickup, change, field):
    with nothing_moves():
        response = released.partner.post(f"{released.path}/transport/pickup", {**pickup, **change})
        assert fields_of(refused(response, 422, "validation-error")) == [field]


def test_today_and_the_day_of_the_purchase_are_both_good_days(released, pickup):
    path = f"{released.path}/transport/pickup"

    taken(released.partner.post(path, {**pickup, "pickupDate": "2026-04-18"}), 201)
    taken(released.partner.post(f"{path}/revoke", {"reason": "Other day"}), 200)
    taken(released.partner.post(path, {**pickup, "pickupDate": "2026-04-25"}), 201)


def test_a_confirmed_pickup_stands_but_its_own_replay_is_answered(released, pickup):
    path = f"{released.path}/transport/pickup"
    first = taken(released.partner.post(path, pickup, key="pick-1"), 201)

    with nothing_moves():
        for body in (pickup, {**pickup, "pickupDate": "2026-04-23"}, {**pickup, "vins": [GOLF]}):
            problem = refused(released.partner.post(path, body), 409, "milestone-already-set")
            assert problem["currentResource"] == first
        replay = released.partner.post(path, pickup, key="pick-1")
        assert (taken(replay, 200), replay["Idempotency-Replayed"]) == (first, "true")
        other = released.partner.post(path, {**pickup, "pickupDate": "2026-04-23"}, key="pick-1")
        refused(other, 422, "idempotency-key-reused")


def test_a_revoked_pickup_steps_back_and_is_confirmed_anew(ready, pickup):
    path, before = f"{ready.path}/transport/pickup", transport_of(ready)
    taken(ready.partner.post(path, {**pickup, "driverIdentification": "M 1"}), 201)

    revoked = taken(ready.partner.post(f"{path}/revoke", {"reason": "Wrong truck"}), 200)
    assert revoked == {**before, "version": before["version"] + 2, "updatedAt": ANY}
    assert ready.now()["status"] == "READY_FOR_PICKUP"
    assert ready.codes() == ["PICKUP_NOT_CONFIRMED"]
    entry = Entry.objects.get(action="transport.pickup_revoked")
    assert (entry.purpose, entry.changes) == ("Wrong truck", {"vins": [[GOLF], None]})

    anew = taken(ready.partner.post(path, {**pickup, "type": "SELF_PICKUP"}), 201)
    assert (anew["type"], anew["version"]) == ("SELF_PICKUP", before["version"] + 3)
    assert "driverIdentification" not in anew


def test_the_drivers_name_stays_out_of_the_trail(released, pickup):
    taken(
        released.partner.post(
            f"{released.path}/transport/pickup", {**pickup, "driverIdentification": "Max M"}
        ),
        201,
    )

    assert "Max M" not in str(list(Entry.objects.values()))


def test_a_revoke_needs_a_reason_and_something_to_revoke(released, pickup):
    path = f"{released.path}/transport/pickup/revoke"

    with nothing_moves():
        refused(released.partner.post(path, {"reason": "x"}), 409, "state-conflict")
        refused(released.partner.post(path, {}), 422, "validation-error")
        refused(released.partner.post(path, {"reason": ""}), 422, "validation-error")
        refused(released.partner.post(path, {"reason": "x" * 501}), 422, "validation-error")


def test_a_delivered_vehicle_keeps_its_pickup(deal):
    deal.is_judged()

    with nothing_moves():
        response = deal.partner.post(f"{deal.path}/transport/pickup/revoke", {"reason": "x"})
        assert "delivery" in refused(response, 409, "state-conflict")["detail"]


def test_a_pickup_is_taken_on_an_order_that_is_invalid_already(deal, pickup):
    deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    assert deal.now()["status"] == "COMPLIANCE_INVALID"

    taken(deal.partner.post(f"{deal.path}/transport/pickup", {**pickup, "collectionAddress": WARSAW}), 201)
    assert deal.now()["status"] == "COMPLIANCE_INVALID"
