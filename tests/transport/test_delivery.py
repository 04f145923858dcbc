"""Deliveries: after the pickup, once, revocable until they are proven (contract 9, 16.9, 16.11)."""

from unittest.mock import ANY

import pytest

from buyers import checks
from tests.deal import BERLIN, WARSAW, taken
from tests.ledger import fields_of, nothing_moves, refused
from tests.transport.conftest import GOLF
from tests.transport.test_pickup import transport_of

BODY = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}


@pytest.fixture
def moving(ready):
    """Everything is in order, only the delivery is missing."""
    return ready.is_picked_up()


@pytest.fixture
def under_way(released, pickup):
    """A vehicle that was picked up, of a buyer whose file is still empty."""
    taken(released.partner.post(f"{released.path}/transport/pickup", pickup), 201)
    return released


def test_a_delivery_before_the_pickup_is_refused(ready):
    with nothing_moves():
        problem = refused(ready.partner.post(f"{ready.path}/transport/delivery", BODY), 409, "state-conflict")
    assert "pickup" in problem["detail"]


def test_a_delivery_is_answered_with_the_transport_and_moves_the_order(moving):
    before = transport_of(moving)

    body = {**BODY, "recipientName": "Anna Nowak"}
    response = moving.partner.post(f"{moving.path}/transport/delivery", body)
    assert taken(response, 201) == {
        **before,
        "status": "DELIVERED",
        "deliveryConfirmed": True,
        "deliveryDate": "2026-04-24",
        "deliveryAddress": WARSAW,
        "dailyViesChecksActive": False,
        "vins": [
            {
                "vin": GOLF,
                "pickupConfirmed": True,
                "pickupDate": "2026-04-22",
                "deliveryConfirmed": True,
                "deliveryDate": "2026-04-24",
            }
        ],
        "version": before["version"] + 1,
        "updatedAt": ANY,
    }
    assert response["Location"] == f"{moving.partner.path(moving.path)}/transport"
    assert moving.now()["status"] == "TRANSPORT_COMPLETED"
    assert moving.now()["vins"][0]["complianceStatus"] == "DELIVERED"
    assert moving.codes() == ["MISSING_CMR"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deliveryDate": "2026-04-27"}, "deliveryDate"),
        ({"deliveryDate": "2026-04-21"}, "deliveryDate"),
        ({"deliveryDate": None}, "deliveryDate"),
        ({"deliveryAddress": {**WARSAW, "country": "XX"}}, "deliveryAddress.country"),
        ({"vins": ["WVWZZZ1JZXW000009"]}, "vins[0]"),
        ({"pickupDate": "2026-04-22"}, "pickupDate"),
    ],
)
def test_an_invalid_delivery_is_refused_and_nothing_moves(under_way, change, field):
    with nothing_moves():
        response = under_way.partner.post(f"{under_way.path}/transport/delivery", {**BODY, **change})
        assert fields_of(refused(response, 422, "validation-error")) == [field]


def test_a_vehicle_may_arrive_on_the_day_it_left(under_way):
    taken(
        under_way.partner.post(
            f"{under_way.path}/transport/delivery", {**BODY, "deliveryDate": "2026-04-22"}
        ),
        201,
    )


def test_a_confirmed_delivery_stands_but_its_own_replay_is_answered(under_way):
    path = f"{under_way.path}/transport/delivery"
    first = taken(under_way.partner.post(path, BODY, key="d-1"), 201)

    with nothing_moves():
        for body in (BODY, {**BODY, "deliveryDate": "2026-04-25"}, {**BODY, "vins": [GOLF]}):
            problem = refused(under_way.partner.post(path, body), 409, "milestone-already-set")
            assert problem["currentResource"] == first
        assert taken(under_way.partner.post(path, BODY, key="d-1"), 200) == first


def test_a_delivery_is_revoked_before_the_verdict_and_confirmed_anew(moving):
    before, path = transport_of(moving), f"{moving.path}/transport/delivery"
    taken(moving.partner.post(path, BODY), 201)

    revoked = taken(moving.partner.post(f"{path}/revoke", {"reason": "Wrong day"}), 200)
    assert revoked == {**before, "version": before["version"] + 2, "updatedAt": ANY}
    assert moving.now()["status"] == "TRANSPORT_IN_PROGRESS"
    assert moving.codes() == ["DELIVERY_NOT_CONFIRMED"]
    anew = taken(moving.partner.post(path, {**BODY, "deliveryDate": "2026-04-25"}), 201)
    assert anew["deliveryDate"] == "2026-04-25"


def test_a_delivery_to_the_wrong_state_is_revoked_although_vat_was_decided(moving):
    path = f"{moving.path}/transport/delivery"
    taken(moving.partner.post(path, {**BODY, "deliveryAddress": BERLIN}), 201)
    assert (moving.rollup()["complianceStatus"], moving.rollup()["decision"]) == ("INVALID", "VAT_APPLICABLE")

    taken(moving.partner.post(f"{path}/revoke", {"reason": "Typing error"}), 200)
    assert (moving.rollup()["complianceStatus"], moving.rollup()["decision"]) == ("INCOMPLETE", None)
    moving.is_delivered()
    assert moving.rollup()["decision"] == "VALID_EXPORT"


def test_a_proven_delivery_is_not_revoked_over_the_api(deal):
    deal.is_judged()

    with nothing_moves():
        response = deal.partner.post(f"{deal.path}/transport/delivery/revoke", {"reason": "x"})
        assert "VALID_EXPORT" in refused(response, 409, "state-conflict")["detail"]


def test_there_has_to_be_a_delivery_to_revoke_and_a_reason(under_way):
    path = f"{under_way.path}/transport/delivery/revoke"

    with nothing_moves():
        refused(under_way.partner.post(path, {"reason": "x"}), 409, "state-conflict")
        refused(under_way.partner.post(path, {}), 422, "validation-error")
        refused(under_way.partner.post(path, {"reason": "x", "vins": [GOLF]}), 422, "validation-error")


def test_a_cancelled_order_takes_no_transport_fact(under_way):
    taken(under_way.partner.post(f"{under_way.path}/cancel", {"reason": "x"}), 200)
    path = f"{under_way.path}/transport"

    with nothing_moves():
        refused(under_way.partner.post(f"{path}/delivery", BODY), 409, "state-conflict")
        refused(under_way.partner.post(f"{path}/delivery/revoke", {"reason": "x"}), 409, "state-conflict")
        refused(under_way.partner.post(f"{path}/pickup/revoke", {"reason": "x"}), 409, "state-conflict")
    assert transport_of(under_way)["dailyViesChecksActive"] is False


def test_what_vies_says_after_the_delivery_does_not_touch_the_order(moving):
    taken(moving.partner.post(f"{moving.path}/transport/delivery", BODY), 201)
    before = moving.rollup()
    number = moving.buyer["vatNumber"]
    moving.partner.post("/v1/sandbox/vies", {"vatNumber": number, "next": "INVALID"})

    taken(moving.partner.post(f"{moving.buyer_path}/kyc/vies-check"), 202)
    checks.ask_due()
    assert taken(moving.partner.get(f"{moving.buyer_path}/kyc"), 200)["viesResult"] == "INVALID"
    assert moving.rollup() == before
    moving.uploads(f"{moving.path}/transport/documents", "TRANSPORT_CMR_DELIVERY")
    assert moving.rollup()["decision"] == "VALID_EXPORT"
    assert moving.rollup()["modules"]["buyer"]["viesResult"] == "VALID"
