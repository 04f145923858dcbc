"""A buyer's facts change while his orders are being written: no order is left with yesterday's facts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone
from schwifty import IBAN

from buyers import checks
from buyers.models import Buyer, ViesCheck
from buyers.vies import Answer, Outcome
from compliance import assess
from compliance.models import Rollup
from compliance.tasks import reassess_due
from nt24.actors import system
from orders.models import Order, Payment
from tests.races import bodies
from tests.races.crowd import Hold, at_once, in_background, wait_for_a_waiter
from tests.races.proofs import assert_rollups_are_current, slugs_of, statuses_of

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLOCK = system("test-clock")


def answer(outcome, *, retryable=False):
    return Answer(
        outcome=Outcome(outcome), error_code="", retryable=retryable, asked_at=timezone.now(), provider="test"
    )


def blockers_of(order):
    return Rollup.objects.get(order=order).blocker_codes


# --- Blocking ------------------------------------------------------------------------------------------------------


def test_an_order_that_arrives_while_its_buyer_is_being_blocked_is_refused(callers, buyer, held_call):
    one, other = callers(2)
    with ThreadPoolExecutor(2) as pool:
        block = in_background(pool, lambda: one.post(f"P/buyers/{buyer['uuid']}/block", {}, key="held"))
        assert held_call.is_reached.wait(10)
        order = in_background(pool, lambda: other.post("P/orders", bodies.order(buyer["uuid"])))
        wait_for_a_waiter()
        held_call.release()

        assert block.result(10).status_code == 200
        assert (order.result(10).status_code, slugs_of([order.result()])) == (409, ["state-conflict"])
    assert not Order.objects.exists()


def test_a_block_that_arrives_while_an_order_is_being_made_reaches_that_order(callers, buyer, held_call):
    one, other = callers(2)
    with ThreadPoolExecutor(2) as pool:
        order = in_background(pool, lambda: one.post("P/orders", bodies.order(buyer["uuid"]), key="held"))
        assert held_call.is_reached.wait(10)
        block = in_background(pool, lambda: other.post(f"P/buyers/{buyer['uuid']}/block", {}))
        wait_for_a_waiter()
        held_call.release()

        assert (order.result(10).status_code, block.result(10).status_code) == (201, 200)
    assert "BUYER_BLOCKED" in blockers_of(Order.objects.get())
    assert_rollups_are_current()


def test_orders_of_a_buyer_that_is_blocked_meanwhile_are_refused_or_show_the_block(callers, buyer):
    calls = [
        lambda c=c, n=n: c.post("P/orders", bodies.order(buyer["uuid"], externalOrderId=f"RACE-{n}"))
        for n, c in enumerate(callers(6))
    ]
    [blocker] = callers(1)
    calls.insert(3, lambda: blocker.post(f"P/buyers/{buyer['uuid']}/block", {}))
    answers = at_once(calls)

    assert set(statuses_of(answers)) <= {200, 201, 409}
    assert Order.objects.count() == statuses_of(answers).count(201)
    assert all("BUYER_BLOCKED" in blockers_of(order) for order in Order.objects.all())
    assert_rollups_are_current()


@pytest.mark.parametrize("is_block_first", [True, False])
def test_a_block_and_a_change_of_an_order_leave_the_block_in_its_rollup(
    callers, buyer, order, path, held_call, is_block_first
):
    one, other = callers(2)
    block, change = (f"P/buyers/{buyer['uuid']}/block", {}), (f"{path}/invoice", bodies.invoice())
    first, second = (block, change) if is_block_first else (change, block)
    with ThreadPoolExecutor(2) as pool:
        ahead = in_background(pool, lambda: one.post(*first, key="held"))
        assert held_call.is_reached.wait(10)
        behind = in_background(pool, lambda: other.post(*second))
        wait_for_a_waiter()
        held_call.release()

        assert {ahead.result(10).status_code, behind.result(10).status_code} == {200, 201}
    assert "BUYER_BLOCKED" in blockers_of(Order.objects.get())
    assert_rollups_are_current()


def test_an_assessment_by_the_clock_that_waited_for_a_block_knows_of_it(callers, buyer, order, held_call):
    """PostgreSQL re-reads the row it waited for, but not the rows that were joined to it."""
    [caller] = callers(1)
    with ThreadPoolExecutor(2) as pool:
        block = in_background(pool, lambda: caller.post(f"P/buyers/{buyer['uuid']}/block", {}, key="held"))
        assert held_call.is_reached.wait(10)
        clock = in_background(pool, lambda: assess.reassess(Order.objects.get().pk, by=CLOCK))
        wait_for_a_waiter()
        held_call.release()

        assert block.result(10).status_code == 200
        clock.result(10)
    assert "BUYER_BLOCKED" in blockers_of(Order.objects.get())
    assert_rollups_are_current()


def test_a_block_that_is_left_to_the_sweep_is_not_forgotten_by_an_order_that_is_written_meanwhile(
    callers, partner, buyer, order, held_call, monkeypatch
):
    """Beyond the first orders a buyer's facts are assessed later: the mark for that must not be overwritten."""
    monkeypatch.setattr(assess, "AT_ONCE", 1)
    second = partner.post("P/orders", bodies.order(buyer["uuid"], externalOrderId="RACE-2")).json()
    one, other = callers(2)
    with ThreadPoolExecutor(2) as pool:
        block = in_background(pool, lambda: one.post(f"P/buyers/{buyer['uuid']}/block", {}, key="held"))
        assert held_call.is_reached.wait(10)
        write = in_background(
            pool, lambda: other.post(f"P/orders/{second['uuid']}/invoice", bodies.invoice())
        )
        wait_for_a_waiter()
        held_call.release()

        assert (block.result(10).status_code, write.result(10).status_code) == (200, 201)
    reassess_due()

    assert all("BUYER_BLOCKED" in blockers_of(order) for order in Order.objects.all())
    assert_rollups_are_current()


def test_one_buyer_s_contacts_are_deleted_once(callers, partner, buyer):
    person = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}
    address = f"P/buyers/{buyer['uuid']}/contacts"
    contact = partner.post(address, person).json()
    answers = at_once([lambda c=c: c.delete(f"{address}/{contact['uuid']}") for c in callers(4)])

    assert statuses_of(answers) == [204, 404, 404, 404]


# --- VIES ----------------------------------------------------------------------------------------------------------


def test_an_order_that_is_written_while_an_answer_of_vies_is_recorded_ends_up_with_the_answer(
    callers, path, held_call
):
    [caller] = callers(1)
    check = ViesCheck.objects.get()
    with ThreadPoolExecutor(2) as pool:
        write = in_background(pool, lambda: caller.post(f"{path}/invoice", bodies.invoice(), key="held"))
        assert held_call.is_reached.wait(10)
        record = in_background(pool, lambda: checks.record_answer(check.pk, answer("INVALID")))
        wait_for_a_waiter()
        held_call.release()

        assert write.result(10).status_code == 201
        record.result(10)
    assert "VIES_INVALID" in blockers_of(Order.objects.get())
    assert_rollups_are_current()


@pytest.fixture
def held_record(monkeypatch):
    """Stops the recording of an answer after the check is stored and before the orders are assessed."""
    hold = Hold()
    monkeypatch.setattr(checks, "tell", hold.before(checks.tell))
    yield hold
    hold.release()


@pytest.mark.parametrize(
    ("below", "body", "status"), [("invoice", bodies.invoice(), 201), ("payment/ready-for-pickup", None, 200)]
)
@pytest.mark.parametrize("is_back_in_the_queue", [False, True])
def test_an_answer_of_vies_that_is_being_recorded_stops_no_order_and_reaches_it(
    callers, partner, path, held_record, below, body, status, is_back_in_the_queue
):
    """`is_back_in_the_queue`: a twin whose lease had run out has put the check back meanwhile."""
    assert partner.post(f"{path}/payment", bodies.payment()).status_code == 201
    check = ViesCheck.objects.get()
    if not is_back_in_the_queue:
        ViesCheck.objects.update(status=ViesCheck.Status.IN_PROGRESS)
    [caller] = callers(1)
    with ThreadPoolExecutor(2) as pool:
        record = in_background(pool, lambda: checks.record_answer(check.pk, answer("VALID")))
        assert held_record.is_reached.wait(10)
        write = in_background(pool, lambda: caller.post(f"{path}/{below}", body))
        let_it_come_as_far_as_it_can(write)
        held_record.release()

        record.result(10)
        assert write.result(10).status_code == status, write.result().content
    assert ViesCheck.objects.filter(result="VALID").count() == 1
    assert_rollups_are_current()


def let_it_come_as_far_as_it_can(future):
    """Until it is done or waits for a lock; which of both is up to the database."""
    try:
        future.result(0.7)
    except TimeoutError:
        return


def test_an_answer_that_two_workers_bring_is_recorded_once(path):
    check = ViesCheck.objects.get()
    at_once([lambda: checks.record_answer(check.pk, answer("INVALID")) for _ in range(4)])

    check.refresh_from_db()
    assert (check.status, check.result) == ("COMPLETED", "INVALID")
    assert_rollups_are_current()


def test_twenty_requests_for_a_check_queue_one(callers, partner, buyer):
    answers = at_once([lambda c=c: c.post(f"P/buyers/{buyer['uuid']}/kyc/vies-check") for c in callers(20)])

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"status":"QUEUED"}')}
    assert ViesCheck.objects.count() == 1


def test_two_orders_of_one_buyer_that_become_ready_at_once_queue_one_check(
    callers, partner, buyer, run_workers
):
    addresses = []
    for number in range(4):
        body = bodies.order(buyer["uuid"], externalOrderId=f"RACE-{number}")
        addresses.append(f"P/orders/{partner.post('P/orders', body).json()['uuid']}")
        assert partner.post(f"{addresses[-1]}/payment", bodies.payment()).status_code == 201
    run_workers()
    ViesCheck.objects.update(checked_at=timezone.now() - checks.RECHECK_AFTER)
    answers = at_once(
        [
            lambda c=c, a=a: c.post(f"{a}/payment/ready-for-pickup")
            for c, a in zip(callers(4), addresses, strict=True)
        ]
    )

    assert statuses_of(answers) == [200] * 4
    assert ViesCheck.objects.exclude(status="COMPLETED").count() == 1


# --- The first account ---------------------------------------------------------------------------------------------


def test_of_payments_from_different_accounts_at_once_one_is_the_buyer_s_first(callers, partner, buyer):
    """Contract 16.7: the first account needs no question, every other one does."""
    addresses = []
    for number in range(4):
        body = bodies.order(buyer["uuid"], externalOrderId=f"RACE-{number}")
        addresses.append(f"P/orders/{partner.post('P/orders', body).json()['uuid']}")
    ibans = [str(IBAN.generate("DE", bank_code="37040044", account_code=f"53201300{n}")) for n in range(4)]
    answers = at_once(
        [
            lambda c=c, a=a, iban=iban: c.post(f"{a}/payment", bodies.payment(sourceIban=iban))
            for c, a, iban in zip(callers(4), addresses, ibans, strict=True)
        ]
    )

    assert statuses_of(answers) == [201] * 4
    assert Payment.objects.filter(iban_consistent=True).count() == 1
    assert Buyer.objects.count() == 1
    assert_rollups_are_current()
