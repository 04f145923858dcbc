"""The daily VIES re-check: from ready-for-pickup until delivery, every 24 hours (contract 9)."""

import pytest

from buyers import checks
from buyers.models import ViesCheck
from tests.deal import WARSAW, taken
from tests.ledger import at, messages
from tests.transport.test_pickup import transport_of
from transport.tasks import recheck_vies_daily


def causes():
    return list(ViesCheck.objects.order_by("pk").values_list("cause", flat=True))


def a_day_passes(deal, moment):
    """The scheduler runs at that moment, and the worker after it."""
    with at(deal.partner, moment):
        recheck_vies_daily()
        recheck_vies_daily()
        checks.ask_due()
        return deal.codes()


def test_a_moving_buyer_is_asked_about_once_a_day_until_delivery(ready):
    assert causes() == ["REQUESTED"]
    a_day_passes(ready, "2026-04-25T20:00:00Z")
    assert causes() == ["REQUESTED"]

    a_day_passes(ready, "2026-04-26T09:50:00Z")
    a_day_passes(ready, "2026-04-26T20:00:00Z")
    a_day_passes(ready, "2026-04-27T09:50:00Z")
    assert causes() == ["REQUESTED", "DAILY", "DAILY"]
    with at(ready.partner, "2026-04-27T12:00:00Z"):
        ready.is_picked_up().is_delivered()
        assert transport_of(ready)["dailyViesChecksActive"] is False
    a_day_passes(ready, "2026-04-29T12:00:00Z")
    assert causes() == ["REQUESTED", "DAILY", "DAILY"]


def test_before_ready_for_pickup_nobody_is_asked_daily(deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()
    assert transport_of(deal)["dailyViesChecksActive"] is False

    a_day_passes(deal, "2026-04-27T10:00:00Z")
    assert causes() == ["REQUESTED"]


def test_two_orders_of_one_buyer_are_one_question(ready):
    ready.has_order(externalOrderId="SECOND", vins=("WVWZZZ1JZXW000002",))
    ready.has_invoice().has_payment().is_ready()

    a_day_passes(ready, "2026-04-26T10:00:00Z")
    assert causes() == ["REQUESTED", "DAILY"]


def test_ready_for_pickup_asks_at_once_when_the_last_answer_is_a_day_old(deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()

    with at(deal.partner, "2026-04-27T10:00:00Z"):
        taken(deal.partner.post(f"{deal.path}/payment/ready-for-pickup"), 200)
        assert causes() == ["REQUESTED", "READY_FOR_PICKUP"]
        assert deal.codes() == ["PICKUP_NOT_CONFIRMED", "VIES_PENDING"]
        checks.ask_due()
        assert deal.codes() == ["PICKUP_NOT_CONFIRMED"]


def test_an_invalid_daily_answer_turns_the_verdict_and_a_valid_one_turns_it_back(ready):
    ready.is_picked_up()
    number = ready.buyer["vatNumber"]
    ready.partner.post("/v1/sandbox/vies", {"vatNumber": number, "next": "INVALID"})

    a_day_passes(ready, "2026-04-26T10:00:00Z")
    assert (ready.rollup()["complianceStatus"], ready.rollup()["decision"]) == ("INVALID", "VAT_APPLICABLE")
    assert transport_of(ready)["dailyViesChecksActive"] is True
    a_day_passes(ready, "2026-04-27T10:00:00Z")
    assert (ready.rollup()["complianceStatus"], ready.rollup()["decision"]) == ("INCOMPLETE", None)
    changes = [
        (message["source"], message["data"]["previousStatus"], message["data"]["currentStatus"])
        for message in messages("compliance.status_changed")
    ]
    assert changes == [("SYSTEM", "INCOMPLETE", "INVALID"), ("SYSTEM", "INVALID", "INCOMPLETE")]
    assert len(messages("kyc.vies_check_failed")) == 1


def test_an_outage_on_the_road_waits_and_never_turns_the_verdict(ready):
    ready.is_picked_up()
    body = {"vatNumber": ready.buyer["vatNumber"], "next": "MS_UNAVAILABLE", "times": 2}
    ready.partner.post("/v1/sandbox/vies", body)

    codes = a_day_passes(ready, "2026-04-26T10:00:00Z")
    assert codes == ["DELIVERY_NOT_CONFIRMED", "VIES_PENDING"]
    assert ready.rollup()["modules"]["buyer"]["viesResult"] == "VALID"
    a_day_passes(ready, "2026-04-26T10:00:10Z")
    assert a_day_passes(ready, "2026-04-26T10:00:30Z") == ["DELIVERY_NOT_CONFIRMED"]
    assert messages() == []


@pytest.mark.parametrize(("until", "is_active"), [("DELIVERY", True), ("PICKUP", False)])
def test_the_policy_says_how_long(ready, settings, until, is_active):
    settings.VIES_RECHECK_UNTIL = until

    ready.is_picked_up()
    assert transport_of(ready)["dailyViesChecksActive"] is is_active


def test_a_revoked_delivery_starts_the_daily_checks_again(ready):
    ready.is_picked_up()
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW}
    taken(ready.partner.post(f"{ready.path}/transport/delivery", body), 201)

    taken(ready.partner.post(f"{ready.path}/transport/delivery/revoke", {"reason": "x"}), 200)
    assert transport_of(ready)["dailyViesChecksActive"] is True
    a_day_passes(ready, "2026-04-26T10:00:00Z")
    assert causes() == ["REQUESTED", "DAILY"]
