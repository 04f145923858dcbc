"""Many identical creates at the same moment make one record (contract 4.3, both layers)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from buyers.models import Buyer, Kyc, ViesCheck
from nt24.api.models import Call
from nt24.audit.models import Entry
from orders.models import Invoice, Order, Payment, Vehicle
from tests.partner import Partner
from tests.races import bodies
from tests.races.crowd import Hold, at_once, in_background, wait_for_a_waiter
from tests.races.proofs import assert_rollups_are_current, slugs_of, statuses_of

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def created_and_matched(count):
    return [200] * (count - 1) + [201]


def one_uuid(answers):
    [uuid] = {answer.json()["uuid"] for answer in answers}
    return uuid


def test_thirty_identical_creates_with_one_key_make_one_order(callers, buyer):
    body = bodies.order(buyer["uuid"])
    answers = at_once([lambda c=c: c.post("P/orders", body, key="k-1") for c in callers(30)])

    assert statuses_of(answers) == created_and_matched(30)
    assert one_uuid(answers) == str(Order.objects.get().uuid)
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 29
    assert Vehicle.objects.count() == 1
    assert Entry.objects.filter(action="order.placed").count() == 1
    assert Call.objects.filter(key="k-1").count() == 1


def test_twenty_creates_of_one_buyer_with_keys_of_their_own_make_one_buyer(callers):
    answers = at_once([lambda c=c: c.post("P/buyers", bodies.buyer()) for c in callers(20)])

    assert statuses_of(answers) == created_and_matched(20)
    assert one_uuid(answers) == str(Buyer.objects.get().uuid)
    assert Kyc.objects.count() == 1
    assert Entry.objects.filter(action="buyer.registered").count() == 1
    assert sum("Location" in answer for answer in answers) == 1


def test_creates_of_one_greek_buyer_under_both_prefixes_make_one_buyer(callers):
    numbers = ["GR094259216", "EL094259216"] * 8
    answers = at_once(
        [
            lambda c=c, n=n: c.post("P/buyers", {**bodies.buyer(), "vatNumber": n})
            for c, n in zip(callers(16), numbers, strict=True)
        ]
    )

    assert statuses_of(answers) == created_and_matched(16)
    assert one_uuid(answers) == str(Buyer.objects.get().uuid)
    assert Kyc.objects.count() == 1


def test_twenty_creates_of_one_order_with_keys_of_their_own_make_one_order(callers, buyer):
    body = bodies.order(buyer["uuid"])
    answers = at_once([lambda c=c: c.post("P/orders", body) for c in callers(20)])

    assert statuses_of(answers) == created_and_matched(20)
    assert one_uuid(answers) == str(Order.objects.get().uuid)
    assert Vehicle.objects.count() == ViesCheck.objects.count() == 1
    assert Entry.objects.filter(action="order.placed").count() == 1
    assert_rollups_are_current()


@pytest.mark.parametrize(
    ("below", "body", "model", "action"),
    [
        ("invoice", bodies.invoice(), Invoice, "invoice.preliminary_submitted"),
        ("payment", bodies.payment(), Payment, "payment.submitted"),
    ],
)
def test_twenty_creates_of_one_part_of_an_order_make_one(callers, path, below, body, model, action):
    answers = at_once([lambda c=c: c.post(f"{path}/{below}", body) for c in callers(20)])

    assert statuses_of(answers) == created_and_matched(20)
    assert model.objects.count() == 1
    assert {answer["ETag"] for answer in answers} == {f'"{model.objects.get().version}"'}
    assert Entry.objects.filter(action=action).count() == 1
    assert_rollups_are_current()


def test_two_bodies_under_one_key_are_never_mixed(callers):
    names = [f"Firma {number % 2}" for number in range(10)]
    answers = at_once(
        [
            lambda c=c, name=name: c.post("P/buyers", bodies.buyer(companyName=name), key="k-1")
            for c, name in zip(callers(10), names, strict=True)
        ]
    )

    winner = Buyer.objects.get().company_name
    for answer, name in zip(answers, names, strict=True):
        if name == winner:
            assert answer.json()["companyName"] == winner
        else:
            assert answer.status_code == 422, answer.content
            assert answer.json()["type"].endswith("/idempotency-key-reused")
    assert statuses_of(answers) == [200] * 4 + [201] + [422] * 5


def test_two_contents_under_one_natural_key_make_the_first_and_refuse_the_others(callers, buyer):
    orders = [bodies.order(buyer["uuid"], purchaseDate=f"2026-04-1{number % 2}") for number in range(10)]
    answers = at_once(
        [lambda c=c, body=body: c.post("P/orders", body) for c, body in zip(callers(10), orders, strict=True)]
    )

    assert statuses_of(answers) == [200] * 4 + [201] + [409] * 5
    stored = Order.objects.get()
    for answer, body in zip(answers, orders, strict=True):
        if answer.status_code == 409:
            assert slugs_of([answer]) == ["resource-exists-different-body"]
            assert body["purchaseDate"] != stored.purchase_on.isoformat()
            assert answer.json()["currentResource"]["uuid"] == str(stored.uuid)
        else:
            assert answer.json()["purchaseDate"] == body["purchaseDate"] == stored.purchase_on.isoformat()


def test_orders_of_two_buyers_under_one_external_id_make_one_order(callers, partner, buyer):
    other = partner.post("P/buyers", bodies.buyer(vatNumber="PL5260001252")).json()
    answers = at_once(
        [
            lambda c=c, uuid=uuid: c.post("P/orders", bodies.order(uuid))
            for c, uuid in zip(callers(8), [buyer["uuid"], other["uuid"]] * 4, strict=True)
        ]
    )

    assert statuses_of(answers) == [200] * 3 + [201] + [409] * 4
    assert Order.objects.count() == Vehicle.objects.count() == 1


def test_a_twin_waits_for_the_first_call_and_replays_its_answer(callers, held_call):
    first, second = callers(2)
    with ThreadPoolExecutor(2) as pool:
        winner = in_background(pool, lambda: first.post("P/buyers", bodies.buyer(), key="held"))
        assert held_call.is_reached.wait(10)
        twin = in_background(pool, lambda: second.post("P/buyers", bodies.buyer(), key="held"))
        wait_for_a_waiter()
        assert not twin.done()
        held_call.release()

        assert winner.result(10).status_code == 201
        assert (twin.result(10).status_code, twin.result().content) == (200, winner.result().content)
    assert Buyer.objects.count() == 1


def test_a_twin_that_has_waited_too_long_is_told_to_come_again_and_then_replays(
    callers, held_call, monkeypatch, settings
):
    settings.IDEMPOTENCY_WAIT_SECONDS = 1
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], *wait_one_second(connection))
    first, second = callers(2)
    with ThreadPoolExecutor(2) as pool:
        winner = in_background(pool, lambda: first.post("P/buyers", bodies.buyer(), key="held"))
        assert held_call.is_reached.wait(10)
        too_early = in_background(pool, lambda: second.post("P/buyers", bodies.buyer(), key="held")).result(
            20
        )
        held_call.release()
        assert winner.result(10).status_code == 201

    assert (too_early.status_code, slugs_of([too_early])) == (409, ["request-in-progress"])
    assert too_early["Retry-After"] == "1"
    again = second.post("P/buyers", bodies.buyer(), key="held")
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.content == winner.result().content


def wait_one_second(connection):
    """An option of new connections: SQLite waits by it, PostgreSQL by `IDEMPOTENCY_WAIT_SECONDS`."""
    return ("timeout", 1) if connection.vendor == "sqlite" else ("application_name", "nt24-tests")


def test_a_write_that_waits_too_long_behind_another_one_changes_nothing_and_may_come_again(
    callers, path, held_call, monkeypatch, settings
):
    settings.IDEMPOTENCY_WAIT_SECONDS = 1
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], *wait_one_second(connection))
    first, second = callers(2)
    with ThreadPoolExecutor(2) as pool:
        slow = in_background(pool, lambda: first.post(f"{path}/invoice", bodies.invoice(), key="held"))
        assert held_call.is_reached.wait(10)
        too_early = in_background(pool, lambda: second.post(f"{path}/payment", bodies.payment(), key="k-2"))
        too_early.result(20)
        held_call.release()
        assert slow.result(10).status_code == 201

    wanted = (503, ["service-unavailable"], "5")
    answer = too_early.result()
    assert (answer.status_code, slugs_of([answer]), answer["Retry-After"]) == wanted
    assert not Payment.objects.exists()
    assert second.post(f"{path}/payment", bodies.payment(), key="k-2").status_code == 201


def test_a_read_that_has_to_write_its_access_log_is_unavailable_while_the_database_is_locked(
    callers, buyer, held_call, monkeypatch
):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], *wait_one_second(connection))
    first, second = callers(2)
    with ThreadPoolExecutor(2) as pool:
        slow = in_background(
            pool, lambda: first.post("P/buyers", bodies.buyer(vatNumber="PL5260001252"), key="held")
        )
        assert held_call.is_reached.wait(10)
        read = in_background(pool, lambda: second.get(f"P/buyers/{buyer['uuid']}/contacts")).result(20)
        held_call.release()
        assert slow.result(10).status_code == 201

    is_sqlite = connection.vendor == "sqlite"
    assert (read.status_code, slugs_of([read])) == (
        (503, ["service-unavailable"]) if is_sqlite else (200, [])
    )
    assert Entry.objects.filter(action="contacts.read").count() == (not is_sqlite)


def test_a_twin_of_a_call_that_fails_does_the_work_itself(callers, monkeypatch):
    hold, first_thread = Hold(), []
    create = Buyer.objects.get_or_create

    def fail_once(**values):
        if not first_thread:
            first_thread.append(threading.get_ident())
            create(**values)
            hold.stop_here()
            raise RuntimeError("the first call breaks after its insert")
        return create(**values)

    monkeypatch.setattr(Buyer.objects, "get_or_create", fail_once)
    first, second = callers(2)
    with ThreadPoolExecutor(2) as pool:
        broken = in_background(pool, lambda: first.post("P/buyers", bodies.buyer(), key="k-1"))
        assert hold.is_reached.wait(10)
        twin = in_background(pool, lambda: second.post("P/buyers", bodies.buyer(), key="k-1"))
        wait_for_a_waiter()
        hold.release()

        assert broken.result(10).status_code == 500
        assert (twin.result(10).status_code, "Idempotency-Replayed" in twin.result()) == (201, False)
    assert Buyer.objects.count() == 1


def test_two_organizations_with_one_key_do_not_wait_for_each_other_s_answer(callers, plain_partner):
    [mine] = callers(1)
    theirs = Partner(plain_partner.client, plain_partner.seller)
    body = bodies.buyer(kycMode="NT24_LED")
    answers = at_once([lambda c=c: c.post("P/buyers", body, key="k-1") for c in (mine, theirs)])

    assert statuses_of(answers) == [201, 201]
    assert Buyer.objects.count() == 2


def test_one_key_on_two_paths_at_once_never_answers_with_the_other_path_s_body(callers, buyer):
    first, second = callers(2)
    answers = at_once(
        [
            lambda: first.post("P/orders", bodies.order(buyer["uuid"]), key="k-1"),
            lambda: second.post("P/buyers", bodies.buyer(vatNumber="PL5260001252"), key="k-1"),
        ]
    )

    assert statuses_of(answers) == [201, 422]
    assert slugs_of(answers) == ["idempotency-key-reused"]
    assert Order.objects.count() + Buyer.objects.filter(vat_number="PL5260001252").count() == 1
