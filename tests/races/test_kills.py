"""`kill -9` of the process that answers a request: the retry finds all of the work or none of it (contract 4.3)."""

import random
import time

import pytest

from nt24.api.models import Call
from nt24.audit.models import Entry
from orders.models import Order, Vehicle
from tests.races import bodies
from tests.races.child import HERE, child, kill, line_from
from tests.races.proofs import assert_rollups_are_current, statuses_of

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("hold", ["remembered", "committed"])
def test_a_request_whose_process_was_killed_is_done_once_by_its_retry(partner, buyer, hold):
    body = bodies.order(buyer["uuid"])
    headers = partner.headers({}, key="k-1")
    with child("serve_one", hold=hold, path=partner.path("P/orders"), body=body, headers=headers) as process:
        assert line_from(process) == HERE
        kill(process)
    was_committed = hold == "committed"
    assert Order.objects.count() == Call.objects.filter(key="k-1").count() == was_committed

    retry = partner.post("P/orders", body, key="k-1")

    assert (retry.status_code, "Idempotency-Replayed" in retry) == (
        (200, True) if was_committed else (201, False)
    )
    assert retry.json()["uuid"] == str(Order.objects.get().uuid)
    assert Vehicle.objects.count() == Entry.objects.filter(action="order.placed").count() == 1
    assert_rollups_are_current()


def test_requests_whose_processes_are_killed_at_any_moment_are_each_done_once(partner, buyer):
    dice = random.Random(24)  # noqa: S311  the same moments in each run
    todo = {f"k-{n}": bodies.order(buyer["uuid"], externalOrderId=f"RACE-{n}") for n in range(200)}
    headers, path = partner.headers({}), partner.path("P/orders")
    answered = []
    for _ in range(2):
        left = {key: body for key, body in todo.items() if key not in answered}
        with child("serve_many", path=path, bodies=left, headers=headers) as process:
            answered.append(line_from(process).split()[0])
            time.sleep(dice.uniform(0, 0.1))
            process.kill()
            answered += [line.split()[0] for line in process.stdout]

    tried = list(todo)[: len(answered) + 1]  # the last one may or may not have been committed
    assert set(answered) <= set(tried)
    assert len(answered) <= Order.objects.count() <= len(tried)
    retries = [partner.post("P/orders", todo[key], key=key) for key in tried]

    assert set(statuses_of(retries)) <= {200, 201}
    assert all(
        "Idempotency-Replayed" in retry for key, retry in zip(tried, retries, strict=True) if key in answered
    )
    assert Order.objects.count() == Vehicle.objects.count() == len(tried)
    assert Entry.objects.filter(action="order.placed").count() == len(tried)
    assert_rollups_are_current()
