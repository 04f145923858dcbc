"""Rate limits with the counters of one process: tiers, bursts, the sliding minute and the pause."""

import random
from dataclasses import replace

import pytest
import time_machine

from nt24.api.limits import Allowance, Category, category_of, check, limit_of, quota_of, windows
from nt24.api.windows import LocalWindows, Quota
from tests.partners.test_gates import a_caller

START = 1_780_000_000  # Unix time, the start of a second


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


def counted(caller, category, calls) -> list[bool]:
    return [check(caller, category).is_allowed for _ in range(calls)]


@pytest.mark.parametrize(
    ("method", "path", "category"),
    [
        ("GET", "/v1/me", "read"),
        ("HEAD", "/v1/me", "read"),
        ("POST", "/v1/partners/x/orders", "write"),
        ("PATCH", "/v1/partners/x/orders/y", "write"),
        ("DELETE", "/v1/partners/x/buyers/y/contacts/z", "write"),
        ("GET", "/v1/webhooks", "webhook-management"),
        ("POST", "/v1/webhooks", "webhook-management"),
        ("GET", "/v1/webhooks/wh_1/deliveries", "webhook-management"),
        ("POST", "/v1/webhooks-of-somebody", "write"),
        ("POST", "/v1/clients/api-client-demo/rotate-secret", "write"),
    ],
)
def test_every_call_has_one_category(method, path, category):
    assert category_of(method, path) == category


@pytest.mark.parametrize(
    ("tier", "own", "limits"),
    [
        ("STANDARD", (None, None, None), (300, 60, 10)),
        ("HIGH_VOLUME", (None, None, None), (1000, 200, 30)),
        ("ENTERPRISE", (60_000, 50_000, 6_000), (60_000, 50_000, 6_000)),
    ],
)
def test_the_limits_are_those_of_the_tier(tier, own, limits):
    read, write, webhook = own
    caller = a_caller(rate_limit_tier=tier, read_limit=read, write_limit=write, webhook_limit=webhook)

    assert tuple(limit_of(caller, category) for category in Category) == limits


@pytest.mark.parametrize(
    ("limit", "burst"),
    [(300, 100), (60, 20), (10, 3), (1000, 333), (200, 66), (30, 10), (60_000, 20_000), (1, 1)],
)
def test_ten_seconds_carry_twice_their_share(limit, burst):
    assert quota_of(limit) == Quota(per_minute=limit, per_burst=burst)


def test_the_first_call_shows_the_whole_budget(clock):
    allowance = check(a_caller(), "read")

    assert allowance == Allowance(
        limit=300,
        remaining=299,
        reset_unix=START + 61,
        category=Category.READ,
        is_allowed=True,
        retry_after=0,
    )
    assert allowance.headers() == {
        "X-RateLimit-Limit": "300",
        "X-RateLimit-Remaining": "299",
        "X-RateLimit-Reset": str(START + 61),
        "X-RateLimit-Category": "read",
    }


def test_a_burst_ends_at_twice_the_share_of_ten_seconds(clock):
    assert counted(a_caller(), "write", 20) == [True] * 20

    refused = check(a_caller(), "write")

    assert (refused.is_allowed, refused.remaining, refused.retry_after) == (False, 0, 11)
    assert refused.reset_unix == START + 11


def test_waiting_as_long_as_told_is_enough_and_a_second_less_is_not(clock):
    counted(a_caller(), "write", 20)
    wait = check(a_caller(), "write").retry_after

    clock.shift(wait - 1)
    assert check(a_caller(), "write").is_allowed is False
    clock.shift(1)
    assert check(a_caller(), "write").is_allowed is True


def test_the_minute_ends_at_its_limit(clock):
    for _ in range(3):
        assert counted(a_caller(), "write", 20) == [True] * 20
        clock.shift(11)

    refused = check(a_caller(), "write")

    assert (refused.is_allowed, refused.retry_after) == (False, 61 - 33)
    clock.shift(61 - 33)
    assert check(a_caller(), "write").is_allowed is True


def test_categories_have_budgets_of_their_own(clock):
    counted(a_caller(), "write", 21)

    assert check(a_caller(), "read").is_allowed is True
    assert counted(a_caller(), "webhook-management", 4) == [True, True, True, False]


def test_clients_of_one_organization_share_its_budget(clock):
    counted(a_caller(client_pk=1), "write", 20)

    assert check(a_caller(client_pk=2), "write").is_allowed is False


def test_organizations_do_not_drain_each_other(clock):
    other = replace(a_caller(), organization_uuid=a_caller().seller.uuid)
    counted(a_caller(), "write", 100)

    assert counted(other, "write", 20) == [True] * 20


def test_an_enterprise_organization_has_the_demo_numbers(clock):
    caller = a_caller(
        rate_limit_tier="ENTERPRISE", read_limit=60_000, write_limit=60_000, webhook_limit=6_000
    )

    assert counted(caller, "webhook-management", 2_000) == [True] * 2_000
    assert check(caller, "webhook-management").is_allowed is False


@pytest.mark.parametrize("seed", range(5))
def test_no_sliding_span_ever_holds_more_than_its_limit(clock, seed):
    """Random traffic for some minutes; the calls that went through are recounted by brute force."""
    rng, counters, quota, passed = random.Random(seed), LocalWindows(), Quota(60, 20), []  # noqa: S311
    now = float(START)
    while now < START + 200:
        now += rng.choice((0.0, 0.01, 0.3, 1.0, 4.0, 9.0))
        clock.move_to(now)
        passed += [now] * sum(counters.take("o", "write", quota).granted for _ in range(rng.randrange(1, 12)))

    assert passed
    for span, limit in ((60, 60), (10, 20)):
        assert max(sum(start <= call < start + span for call in passed) for start in passed) <= limit


def test_a_steady_caller_at_its_limit_loses_at_most_one_call_in_sixty(clock):
    counters, quota, passed = LocalWindows(), Quota(60, 20), 0
    for second in range(600):
        clock.move_to(START + second)
        passed += counters.take("o", "write", quota).granted

    assert passed >= 590


def test_a_clock_that_is_set_back_blocks_nobody(clock):
    counted(a_caller(), "write", 20)

    clock.shift(-600)

    assert check(a_caller(), "write").is_allowed is True


# --- The pause ---------------------------------------------------------------------------------------------


def paused(caller):
    """Use up the writes, then be refused ten times."""
    counted(caller, "write", 20)
    return [check(caller, "write").retry_after for _ in range(10)]


def test_the_tenth_refusal_in_a_row_pauses_the_client_for_a_quarter_of_an_hour(clock):
    assert paused(a_caller()) == [11] * 9 + [900]

    clock.shift(60)
    refused = check(a_caller(), "read")
    assert (refused.is_allowed, refused.retry_after, refused.category) == (False, 840, Category.READ)
    assert refused.reset_unix == START + 900


def test_refusals_in_the_pause_do_not_prolong_it(clock):
    paused(a_caller())

    clock.shift(899)
    assert counted(a_caller(), "write", 50) == [False] * 50
    assert check(a_caller(), "write").retry_after == 1
    clock.shift(1)
    assert check(a_caller(), "write").is_allowed is True


def test_refusals_in_the_pause_are_not_counted_after_it(clock):
    paused(a_caller())
    counted(a_caller(), "write", 50)
    clock.shift(900)
    counted(a_caller(), "write", 20)

    assert [check(a_caller(), "write").retry_after for _ in range(9)] == [11] * 9


def test_calls_in_the_pause_do_not_use_up_the_budget(clock):
    paused(a_caller(client_pk=1))
    clock.shift(61)

    counted(a_caller(client_pk=1), "write", 20)

    assert counted(a_caller(client_pk=2), "write", 20) == [True] * 20


def test_an_allowed_call_ends_the_row_of_refusals(clock):
    counted(a_caller(), "write", 29)
    check(a_caller(), "read")

    assert [check(a_caller(), "write").retry_after for _ in range(9)] == [11] * 9


def test_refusals_of_all_categories_make_one_row(clock):
    counted(a_caller(), "write", 25)
    counted(a_caller(), "webhook-management", 3)
    assert counted(a_caller(), "webhook-management", 5) == [False] * 5

    counted(a_caller(), "write", 5)
    assert check(a_caller(), "read").retry_after == 900


def test_the_other_clients_of_the_organization_are_not_paused(clock):
    paused(a_caller(client_pk=1))
    clock.shift(11)

    assert check(a_caller(client_pk=1), "write").is_allowed is False
    assert check(a_caller(client_pk=2), "write").is_allowed is True


def test_idle_counters_are_forgotten(clock):
    counters = LocalWindows()
    for n in range(100):
        counters.take(f"organization:{n}", "read", Quota(1, 1), client="1")
        counters.take(f"organization:{n}", "read", Quota(1, 1), client="1")

    clock.shift(24 * 60 * 60 + 1)
    counters.take("organization:new", "read", Quota(1, 1), client="1")

    assert len(counters._windows) == 1
    assert len(counters._conducts) == 0


def test_without_redis_the_counters_are_those_of_the_process():
    assert isinstance(windows(), LocalWindows)
