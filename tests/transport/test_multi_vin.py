"""Orders of several vehicles: each has its own state, the order is as far as all of them (contract 9, 16.8)."""

from tests.deal import BERLIN, WARSAW, taken
from tests.ledger import fields_of, nothing_moves, refused
from tests.transport.conftest import GOLF, PASSAT, POLO
from tests.transport.test_pickup import transport_of

DELIVERY = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
MUNICH = {**BERLIN, "postCode": "80331", "city": "München"}


def states(deal):
    """(picked up, delivered) of each vehicle, in the order's sequence."""
    return [(row["pickupConfirmed"], row["deliveryConfirmed"]) for row in transport_of(deal)["vins"]]


def vin_statuses(deal):
    return [row["complianceStatus"] for row in deal.now()["vins"]]


def test_vehicles_travel_one_by_one_and_the_order_is_partial_until_all_are_there(three_ready, pickup):
    deal, path = three_ready, f"{three_ready.path}/transport"
    assert vin_statuses(deal) == ["PENDING"] * 3

    first = taken(deal.partner.post(f"{path}/pickup", {**pickup, "vins": [PASSAT]}), 201)
    assert (first["status"], first["pickupConfirmed"]) == ("PARTIAL", False)
    assert states(deal) == [(False, False), (True, False), (False, False)]
    assert vin_statuses(deal) == ["PENDING", "TRANSPORT_PENDING", "PENDING"]
    assert deal.now()["status"] == "TRANSPORT_IN_PROGRESS"
    assert deal.codes() == ["PICKUP_NOT_CONFIRMED", "MISSING_CMR"]

    later = {**pickup, "pickupDate": "2026-04-23", "collectionAddress": MUNICH}
    rest = taken(deal.partner.post(f"{path}/pickup", later), 201)
    assert (rest["status"], rest["pickupConfirmed"]) == ("IN_PROGRESS", True)
    assert (rest["pickupDate"], rest["collectionAddress"]) == ("2026-04-23", MUNICH)
    assert [row["pickupDate"] for row in rest["vins"]] == ["2026-04-23", "2026-04-22", "2026-04-23"]

    one = taken(deal.partner.post(f"{path}/delivery", {**DELIVERY, "vins": [POLO, GOLF]}), 201)
    assert (one["status"], one["deliveryConfirmed"], one["dailyViesChecksActive"]) == ("PARTIAL", False, True)
    assert vin_statuses(deal) == ["DELIVERED", "TRANSPORT_PENDING", "DELIVERED"]
    assert deal.codes() == ["DELIVERY_NOT_CONFIRMED", "MISSING_CMR"]
    all_there = taken(deal.partner.post(f"{path}/delivery", DELIVERY), 201)
    assert (all_there["status"], all_there["deliveryConfirmed"]) == ("DELIVERED", True)
    assert all_there["dailyViesChecksActive"] is False
    assert deal.now()["status"] == "TRANSPORT_COMPLETED"

    for paper in ("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY"):
        deal.uploads(f"{path}/documents", paper)
    assert vin_statuses(deal) == ["VALID"] * 3


def test_a_delivery_without_vins_takes_those_under_way(three_ready, pickup):
    path = f"{three_ready.path}/transport"
    taken(three_ready.partner.post(f"{path}/pickup", {**pickup, "vins": [GOLF, POLO]}), 201)

    delivered = taken(three_ready.partner.post(f"{path}/delivery", DELIVERY), 201)
    assert delivered["status"] == "PARTIAL"
    assert states(three_ready) == [(True, True), (False, False), (True, True)]
    with nothing_moves():
        problem = refused(
            three_ready.partner.post(f"{path}/delivery", DELIVERY), 409, "milestone-already-set"
        )
    assert problem["currentResource"] == delivered


def test_a_delivery_of_one_that_has_not_left_is_refused_whole(three_ready, pickup):
    path = f"{three_ready.path}/transport"
    taken(three_ready.partner.post(f"{path}/pickup", {**pickup, "vins": [GOLF]}), 201)

    with nothing_moves():
        response = three_ready.partner.post(f"{path}/delivery", {**DELIVERY, "vins": [GOLF, POLO]})
        assert POLO in refused(response, 409, "state-conflict")["detail"]


def test_a_named_vehicle_that_is_picked_up_already_refuses_the_whole_request(three_ready, pickup):
    path = f"{three_ready.path}/transport/pickup"
    taken(three_ready.partner.post(path, {**pickup, "vins": [GOLF]}), 201)

    with nothing_moves():
        response = three_ready.partner.post(path, {**pickup, "vins": [GOLF, POLO]})
        refused(response, 409, "milestone-already-set")


def test_all_vehicles_of_an_order_travel_alike(three_ready, pickup):
    path = f"{three_ready.path}/transport/pickup"
    taken(three_ready.partner.post(path, {**pickup, "vins": [GOLF]}), 201)

    with nothing_moves():
        other = {**pickup, "type": "SELF_PICKUP", "vins": [POLO]}
        problem = refused(three_ready.partner.post(path, other), 409, "state-conflict")
    assert problem["currentResource"] == transport_of(three_ready)


def test_a_vin_that_is_not_in_the_order_is_named(three_ready, pickup):
    path = f"{three_ready.path}/transport"
    stranger = "WVWZZZ1JZXW000009"

    with nothing_moves():
        response = three_ready.partner.post(f"{path}/pickup", {**pickup, "vins": [GOLF, stranger]})
        problem = refused(response, 422, "validation-error")
        revoke = three_ready.partner.post(f"{path}/pickup/revoke", {"reason": "x", "vins": [stranger]})
        refused(revoke, 422, "validation-error")
    assert fields_of(problem) == ["vins[1]"]
    assert problem["errors"][0]["rejectedValue"] == stranger


def test_one_pickup_is_revoked_and_the_others_stand(three_ready, pickup):
    path = f"{three_ready.path}/transport/pickup"
    taken(three_ready.partner.post(path, pickup), 201)

    revoked = taken(three_ready.partner.post(f"{path}/revoke", {"reason": "Broke down", "vins": [POLO]}), 200)
    assert (revoked["status"], revoked["type"]) == ("PARTIAL", "COMPANY_TRANSPORT")
    assert states(three_ready) == [(True, False), (True, False), (False, False)]
    with nothing_moves():
        again = three_ready.partner.post(f"{path}/revoke", {"reason": "x", "vins": [POLO]})
        refused(again, 409, "state-conflict")


def test_a_delivered_vehicle_stops_a_revoke_of_all_but_not_of_the_others(three_ready, pickup):
    path = f"{three_ready.path}/transport"
    taken(three_ready.partner.post(f"{path}/pickup", pickup), 201)
    taken(three_ready.partner.post(f"{path}/delivery", {**DELIVERY, "vins": [GOLF]}), 201)

    with nothing_moves():
        refused(three_ready.partner.post(f"{path}/pickup/revoke", {"reason": "x"}), 409, "state-conflict")
    taken(three_ready.partner.post(f"{path}/pickup/revoke", {"reason": "x", "vins": [POLO]}), 200)
    assert states(three_ready) == [(True, True), (True, False), (False, False)]


def test_one_vehicle_that_stayed_taxes_the_order(three_ready, pickup):
    path = f"{three_ready.path}/transport"
    taken(three_ready.partner.post(f"{path}/pickup", pickup), 201)

    taken(three_ready.partner.post(f"{path}/delivery", {**DELIVERY, "vins": [GOLF]}), 201)
    assert three_ready.rollup()["complianceStatus"] == "INCOMPLETE"
    body = {**DELIVERY, "deliveryAddress": BERLIN, "vins": [POLO]}
    taken(three_ready.partner.post(f"{path}/delivery", body), 201)
    assert "DESTINATION_NOT_CROSS_BORDER" in three_ready.codes()
    assert vin_statuses(three_ready) == ["INVALID"] * 3
