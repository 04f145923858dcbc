"""Pickups, revokes, cancelling and invoices at the same moment leave one of the legal histories (contract 7, 9)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nt24.audit.models import Entry
from orders.models import Invoice, Order
from tests.races import bodies
from tests.races.crowd import at_once, in_background, wait_for_a_waiter
from tests.races.proofs import assert_rollups_are_current, slugs_of, statuses_of
from transport.models import Milestone, Transport

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

INVOICE, CANCEL, REVOKE = bodies.invoice(), {"reason": "The buyer withdrew"}, {"reason": "Wrong day"}


def answered(response, status):
    assert response.status_code == status, response.content
    return response


@pytest.fixture
def ready(partner, path):
    """An order that is ready for pickup."""
    answered(partner.post(f"{path}/payment", bodies.payment()), 201)
    answered(partner.post(f"{path}/payment/ready-for-pickup"), 200)
    return path


def test_of_four_pickups_one_is_taken(callers, partner, ready):
    before = Transport.objects.get().version
    days = [bodies.pickup(pickupDate=f"2026-04-2{n}") for n in range(4)]
    answers = at_once(
        [
            lambda c=c, body=body: c.post(f"{ready}/transport/pickup", body)
            for c, body in zip(callers(4), days, strict=True)
        ]
    )

    assert statuses_of(answers) == [201, 409, 409, 409]
    assert slugs_of(answers) == ["milestone-already-set"] * 3
    now = partner.get(f"{ready}/transport").json()
    for answer in answers:
        assert (answer.json() if answer.status_code == 201 else answer.json()["currentResource"]) == now
    assert Milestone.objects.count() == 1
    assert now["version"] == before + 1
    assert Entry.objects.filter(action="transport.pickup_confirmed").count() == 1
    assert_rollups_are_current()


def test_of_three_deliveries_one_is_taken(callers, partner, ready):
    answered(partner.post(f"{ready}/transport/pickup", bodies.pickup()), 201)
    answers = at_once(
        [lambda c=c: c.post(f"{ready}/transport/delivery", bodies.delivery()) for c in callers(3)]
    )

    assert statuses_of(answers) == [201, 409, 409]
    assert slugs_of(answers) == ["milestone-already-set"] * 2
    assert Milestone.objects.filter(kind="DELIVERY").count() == 1
    assert_rollups_are_current()


def test_pickups_and_revokes_alternate_whatever_order_they_arrive_in(callers, ready):
    before = Transport.objects.get().version

    def confirm_and_revoke(caller, starts_with_revoke):
        answers = []
        for _ in range(4):
            confirm = (f"{ready}/transport/pickup", bodies.pickup())
            revoke = (f"{ready}/transport/pickup/revoke", REVOKE)
            for address, body in (revoke, confirm) if starts_with_revoke else (confirm, revoke):
                answers.append(caller.post(address, body))
        return answers

    rounds = at_once([lambda c=c, n=n: confirm_and_revoke(c, bool(n % 2)) for n, c in enumerate(callers(4))])

    answers = [answer for mine in rounds for answer in mine]
    assert set(statuses_of(answers)) <= {200, 201, 409}
    assert set(slugs_of(answers)) <= {"milestone-already-set", "state-conflict"}
    history = list(
        Entry.objects.filter(action__startswith="transport.").order_by("pk").values_list("action", flat=True)
    )
    pair = ["transport.pickup_confirmed", "transport.pickup_revoked"]
    assert history == (pair * len(history))[: len(history)]
    assert len(history) == statuses_of(answers).count(200) + statuses_of(answers).count(201)
    assert Milestone.objects.filter(revoked_at=None).count() == len(history) % 2
    assert Transport.objects.get().version == before + len(history)
    assert_rollups_are_current()


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("transport/delivery", bodies.delivery()), ("transport/pickup/revoke", REVOKE), "state-conflict"),
        (("transport/pickup/revoke", REVOKE), ("transport/delivery", bodies.delivery()), "state-conflict"),
    ],
)
def test_the_second_of_two_steps_is_judged_by_what_the_first_has_left(
    callers, partner, ready, held_call, first, second, refused
):
    answered(partner.post(f"{ready}/transport/pickup", bodies.pickup()), 201)
    one, other = callers(2)
    with ThreadPoolExecutor(2) as pool:
        ahead = in_background(pool, lambda: one.post(f"{ready}/{first[0]}", first[1], key="held"))
        assert held_call.is_reached.wait(10)
        behind = in_background(pool, lambda: other.post(f"{ready}/{second[0]}", second[1]))
        wait_for_a_waiter()
        held_call.release()

        assert ahead.result(10).status_code in {200, 201}
        assert (behind.result(10).status_code, slugs_of([behind.result()])) == (409, [refused])
    assert_rollups_are_current()


@pytest.mark.parametrize(
    ("below", "body", "model"),
    [("invoice", INVOICE, Invoice), ("transport/pickup", bodies.pickup(), Milestone)],
)
def test_a_cancelled_order_takes_nothing_that_arrived_while_it_was_being_cancelled(
    callers, ready, held_call, below, body, model
):
    one, other = callers(2)
    with ThreadPoolExecutor(2) as pool:
        cancel = in_background(pool, lambda: one.post(f"{ready}/cancel", CANCEL, key="held"))
        assert held_call.is_reached.wait(10)
        late = in_background(pool, lambda: other.post(f"{ready}/{below}", body))
        wait_for_a_waiter()
        held_call.release()

        assert (cancel.result(10).status_code, late.result(10).status_code) == (200, 409)
    assert not model.objects.exists()
    assert Order.objects.get().status == Order.Status.CANCELLED
    assert_rollups_are_current()


def test_cancelling_and_invoicing_at_once_never_leave_an_invoice_that_came_after(callers, partner, buyer):
    for number in range(6):
        order = answered(
            partner.post("P/orders", bodies.order(buyer["uuid"], externalOrderId=f"RACE-{number}")), 201
        ).json()
        one, other, third = callers(3)
        address = f"P/orders/{order['uuid']}"
        cancel, again, invoice = at_once(
            [
                lambda c=one, a=address: c.post(f"{a}/cancel", CANCEL),
                lambda c=third, a=address: c.post(f"{a}/cancel", CANCEL),
                lambda c=other, a=address: c.post(f"{a}/invoice", INVOICE),
            ]
        )

        assert statuses_of([cancel, again]) == [200, 409]
        assert invoice.status_code in {201, 409}
        trail = list(
            Entry.objects.filter(
                order_uuid=order["uuid"], action__in=("order.cancelled", "invoice.preliminary_submitted")
            )
            .order_by("pk")
            .values_list("action", flat=True)
        )
        was_in_time = invoice.status_code == 201
        assert trail == ["invoice.preliminary_submitted"] * was_in_time + ["order.cancelled"]
        assert Invoice.objects.filter(order__uuid=order["uuid"]).count() == was_in_time
    assert_rollups_are_current()
