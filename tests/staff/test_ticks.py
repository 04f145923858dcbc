"""Nothing ticked is nothing chosen: it never means "all"."""

import pytest

from orders.models import Order
from tests.ledger import nothing_moves
from tests.staff.desk import form_on
from transport.models import Milestone

VINS = ("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002", "WVWZZZ1JZXW000003")


@pytest.fixture
def three(deal):
    return deal.has_buyer().has_kyc().has_order(vins=VINS).has_invoice().has_payment().is_ready()


@pytest.mark.parametrize("move", ["confirm-pickup", "confirm-delivery", "revoke-pickup"])
def test_no_vehicle_ticked_is_refused(desk, case, three, move):
    if move != "confirm-pickup":
        three.is_picked_up()
    filled = {
        "type": "COMPANY_TRANSPORT",
        "pickupDate": "2026-04-22",
        "deliveryDate": "2026-04-24",
        "reason": "Wrong",
    }

    with nothing_moves():
        answer = desk.presses(case.move(move), status=422, vins=[], **filled)

    assert "Tick at least one vehicle." in answer.content.decode()


def test_vehicles_at_hand_are_ticked_and_can_be_unticked(desk, case, three):
    offered = desk.form(case.move("confirm-pickup"))["vins"]

    desk.presses(case.move("confirm-pickup"), type="SELF_PICKUP", pickupDate="2026-04-22", vins=[VINS[1]])

    assert offered == [*VINS]
    assert [row.vehicle.vin for row in Milestone.objects.all()] == [VINS[1]]
    assert desk.form(case.move("confirm-pickup"))["vins"] == [VINS[0], VINS[2]]


def test_a_pickup_of_several_vehicles_is_revoked_one_by_one(desk, case, three):
    three.is_picked_up()

    assert "vins" not in desk.form(case.move("revoke-pickup"))


@pytest.mark.parametrize("vin", ["WVWZZZ1JZXW999999", "", "\x00"])
def test_a_vehicle_that_is_not_offered_is_refused(desk, case, three, vin):
    with nothing_moves():
        desk.presses(
            case.move("confirm-pickup"), status=422, type="SELF_PICKUP", pickupDate="2026-04-22", vins=[vin]
        )


def test_a_vehicle_that_a_colleague_has_picked_up_is_not_ticked_any_more(desk, second_desk, case, three):
    url = case.move("confirm-pickup")
    mine = {**desk.form(url), "type": "SELF_PICKUP", "pickupDate": "2026-04-22"}
    second_desk.presses(url, type="SELF_PICKUP", pickupDate="2026-04-21", vins=[VINS[0]])

    answer = desk.sends(url, mine)

    assert answer.status_code == 409
    assert form_on(answer)["vins"] == [VINS[1], VINS[2]]
    assert form_on(answer)["pickupDate"] == "2026-04-22"
    assert desk.sends(url, form_on(answer)).status_code == 302
    assert Milestone.objects.count() == 3
    assert Order.objects.get().status == "TRANSPORT_IN_PROGRESS"


@pytest.mark.parametrize("ids", ["", "0", "x.y", "999999"])
def test_nothing_chosen_in_a_list_is_refused(desk, three, ids):
    answer = desk.http.get(f"/admin/webhooks/delivery/bulk/replay/?ids={ids}", follow=True)

    assert "Tick at least one" in answer.content.decode()
