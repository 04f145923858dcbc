"""Workers that deliver at the same time, or die in the middle: nothing is lost, and what comes twice is the same."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from nt24.actors import system
from nt24.events import announce
from nt24.webhooks import claiming, delivering
from nt24.webhooks.models import Attempt, Delivery, Message
from nt24.webhooks.tasks import deliver_due
from tests.races.child import HERE, PATIENCE, child, kill, line_from
from tests.races.crowd import at_once
from tests.servers.receiver import Receiver

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
EVENTS = 60
KILLS = 10


@pytest.fixture
def receivers(partner, settings, monkeypatch):
    """Three receivers with an endpoint each; also the processes that a test starts may call loopback."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    monkeypatch.setenv("WEBHOOK_ALLOW_PRIVATE", "true")
    with Receiver() as one, Receiver() as two, Receiver() as three:
        for receiver in (one, two, three):
            body = {"url": receiver.url, "events": ["compliance.*"]}
            assert partner.post("/v1/webhooks", body).status_code == 201
        yield one, two, three


def events_happen(seller, count=EVENTS):
    for _ in range(count):
        data = {"orderUuid": "0b0e3d86-4a7f-4b57-9f0e-0f3f5f1c2d11", "decision": "VALID_EXPORT"}
        announce(seller, "rollup.decided", by=system("test"), seller=seller, message=data)


def leases_run_out():
    Delivery.objects.filter(leased_until__gt=timezone.now()).update(leased_until=timezone.now())


def wait_until(is_there):
    until = time.monotonic() + PATIENCE
    while not is_there():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


def assert_all_arrived(receivers, count=EVENTS):
    expected = set(Message.objects.values_list("event_id", flat=True))
    assert len(expected) == count
    for receiver in receivers:
        assert set(receiver.event_ids) == expected
        bodies = {(request.event["id"], request.body) for request in receiver.requests}
        assert len(bodies) == count
    assert set(Delivery.objects.values_list("status", "failures", "due_at")) == {("DELIVERED", 0, None)}
    assert Delivery.objects.count() == count * len(receivers)


def test_several_workers_share_the_work_and_send_everything_once(seller, receivers):
    events_happen(seller)

    at_once([deliver_due] * 4)

    assert_all_arrived(receivers)
    assert all(len(receiver.requests) == EVENTS for receiver in receivers)
    assert Attempt.objects.count() == EVENTS * 3


def test_no_endpoint_gets_more_requests_at_once_than_its_share(seller, receivers):
    """Whatever the number of workers; SQLite's are one after the other anyway."""
    at_work, most = Counter(), Counter()

    def enters(receiver):
        def hold():
            at_work[receiver.url] += 1
            most[receiver.url] = max(most[receiver.url], at_work[receiver.url])
            time.sleep(0.02)
            at_work[receiver.url] -= 1

        return hold

    for receiver in receivers:
        receiver.on_request = enters(receiver)
    events_happen(seller)

    at_once([deliver_due] * 3)

    assert_all_arrived(receivers)
    assert max(most.values()) <= claiming.PER_ENDPOINT


def test_a_worker_killed_ten_times_loses_nothing(seller, receivers):
    """`kill -9` at arbitrary moments: every event arrives, and what arrives twice has the same id and bytes."""
    for receiver in receivers:
        receiver.on_request = lambda: time.sleep(0.01)
    events_happen(seller)
    received = lambda: sum(len(receiver.requests) for receiver in receivers)  # noqa: E731

    for round in range(KILLS):
        with child("deliver", hold="") as process:
            assert line_from(process) == "delivering"
            seen = received()
            wait_until(lambda seen=seen: received() > seen or not unfinished())
            time.sleep(0.003 * round)
            kill(process)
        leases_run_out()
    deliver_due()

    assert_all_arrived(receivers)
    assert received() <= EVENTS * 3 + KILLS * 3 * claiming.PER_ENDPOINT


def unfinished():
    return Delivery.objects.exclude(status="DELIVERED").exists() or not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("hold", "is_sent_twice"),
    [("distributing", False), ("distributed", False), ("claimed", False), ("sent", True)],
)
def test_a_worker_killed_at_each_step_of_its_work_loses_nothing(seller, receivers, hold, is_sent_twice):
    events_happen(seller, 1)

    with child("deliver", hold=hold) as process:
        assert line_from(process) == "delivering"
        assert line_from(process) == HERE
        kill(process)
    leases_run_out()
    deliver_due()

    assert_all_arrived(receivers, 1)
    assert all(len(receiver.requests) == 1 + is_sent_twice for receiver in receivers)


def test_a_worker_that_comes_back_too_late_does_not_spoil_the_plan(seller, receivers, monkeypatch):
    """Its lease has run out and another one has failed meanwhile: the second plan stands."""
    events_happen(seller, 1)
    for receiver in receivers:
        receiver.answers = [500]
    late = []
    monkeypatch.setattr(delivering, "record", late.extend)
    deliver_due()
    monkeypatch.undo()
    leases_run_out()
    deliver_due()
    planned = list(Delivery.objects.order_by("pk").values_list("due_at", "failures", "attempts"))

    delivering.record(late)

    assert list(Delivery.objects.order_by("pk").values_list("due_at", "failures", "attempts")) == planned
    assert [failures for _, failures, _ in planned] == [1, 1, 1]
    assert Attempt.objects.count() == 6


def test_two_registrations_at_the_limit_make_one_endpoint(callers, monkeypatch):
    from nt24.webhooks import actions

    monkeypatch.setattr(actions, "MAX_ENDPOINTS", 1)
    body = {"url": "https://hooks.invalid/", "events": ["kyc.*"]}

    answers = at_once([lambda caller=caller: caller.post("/v1/webhooks", body) for caller in callers(4)])

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_a_rotation_and_a_change_at_once_are_both_kept(callers):
    one, two = callers(2)
    path = one.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]})["Location"]

    answers = at_once(
        [lambda: one.post(f"{path}/rotate-secret"), lambda: two.patch(path, {"events": ["compliance.*"]})]
    )

    assert [answer.status_code for answer in answers] == [200, 200]
    shown = one.get(path).json()
    assert shown["events"] == ["compliance.*"]
    assert shown["previousSecretUntil"] > (timezone.now() + timedelta(hours=23)).isoformat()
