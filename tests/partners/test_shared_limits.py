"""Rate limits shared through a real Redis: exact across processes, harmless when it fails."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from nt24.api import shared_windows
from nt24.api.limits import check, windows
from nt24.api.shared_windows import RedisWindows, SharedWindows
from nt24.api.windows import LocalWindows, Quota
from tests.partners.test_gates import a_caller

ENTERPRISE = {
    "rate_limit_tier": "ENTERPRISE",
    "read_limit": 60_000,
    "write_limit": 60_000,
    "webhook_limit": 6_000,
}


@pytest.fixture
def redis(redis_server):
    client = Redis.from_url(redis_server.url)
    yield client
    client.close()


@pytest.fixture
def shared(redis):
    return RedisWindows(redis)


def at_start_of_second() -> None:
    """Wait for a new second, so that what follows is counted in one."""
    time.sleep(1 - time.time() % 1 + 0.01)


def seconds_ago(redis, *counts, scope="o", name="write") -> None:
    """Write calls of the past as the counters keep them: pairs of (age in seconds, calls)."""
    now = redis.time()[0]
    for age, calls in counts:
        redis.hset(f"nt24:calls:{{{scope}}}:{name}", now - age, calls)


def test_the_settings_choose_redis(redis_settings):
    assert isinstance(windows(), SharedWindows)


def test_a_burst_ends_where_it_ends_in_one_process(shared):
    at_start_of_second()
    takings = [shared.take("o", "write", Quota(60, 20), client="1") for _ in range(21)]

    assert [taking.granted for taking in takings] == [1] * 20 + [0]
    assert [taking.remaining for taking in takings] == [*range(59, 39, -1), 0]
    assert takings[20].wait == 11


def test_the_minute_slides(redis, shared):
    at_start_of_second()
    seconds_ago(redis, (61, 1000), (59, 10), (30, 50))

    refused = shared.take("o", "write", Quota(60, 20), client="1")

    assert (refused.granted, refused.wait) == (0, 2)
    assert refused.reset == redis.time()[0] + 2
    assert redis.hlen("nt24:calls:{o}:write") == 2


def test_the_wait_is_for_both_spans(redis, shared):
    at_start_of_second()
    seconds_ago(redis, (59, 1), (40, 59), (3, 20))

    assert shared.take("o", "write", Quota(60, 20), client="1").wait == 21
    assert shared.take("o", "write", Quota(600, 20), client="1").wait == 8


def test_what_a_wrong_clock_has_left_in_the_future_is_dropped(redis, shared):
    seconds_ago(redis, (-3600, 1000))

    assert shared.take("o", "write", Quota(60, 20), client="1").granted == 1


def test_counters_leave_redis_by_themselves(redis, shared):
    shared.take("o", "write", Quota(60, 20), client="1")

    assert 0 < redis.ttl("nt24:calls:{o}:write") <= 62


def test_asking_for_nothing_counts_nothing(redis, shared):
    assert shared.take("o", "write", Quota(60, 20), wanted=0).wait == 0
    assert redis.keys() == []


# --- The pause ---------------------------------------------------------------------------------------------


def test_ten_refusals_in_a_row_pause_the_client_in_every_process(redis_server, redis, shared):
    other_process = RedisWindows(Redis.from_url(redis_server.url))
    seconds_ago(redis, (2, 20))

    waits = [shared.take("o", "write", Quota(60, 20), client="1").wait for _ in range(10)]

    assert (max(waits[:9]) <= 9, waits[9]) == (True, 900)
    assert 898 <= other_process.take("o", "read", Quota(300, 100), client="1").wait <= 900
    assert other_process.take("o", "read", Quota(300, 100), client="2").granted == 1


def test_refusals_in_the_pause_neither_count_nor_prolong_it(redis, shared):
    seconds_ago(redis, (2, 20))
    for _ in range(10):
        shared.take("o", "write", Quota(60, 20), client="1")
    redis.pexpire("nt24:pause:{o}:1", 400)
    other_process = RedisWindows(redis)

    assert [other_process.take("o", "write", Quota(60, 20), client="1").wait for _ in range(20)] == [1] * 20

    time.sleep(0.45)
    assert RedisWindows(redis).take("o", "read", Quota(60, 20), client="1").granted == 1
    assert redis.exists("nt24:strikes:{o}:1") == 0


def test_a_known_pause_is_answered_without_redis(redis, shared):
    seconds_ago(redis, (2, 20))
    for _ in range(10):
        shared.take("o", "write", Quota(60, 20), client="1")
    redis.flushall()

    assert shared.take("o", "write", Quota(60, 20), client="1").wait == 900
    assert redis.keys() == []


def test_an_allowed_call_ends_the_row(redis, shared):
    seconds_ago(redis, (2, 20))
    for _ in range(9):
        shared.take("o", "write", Quota(60, 20), client="1")
    shared.take("o", "read", Quota(60, 20), client="1")

    assert shared.take("o", "write", Quota(60, 20), client="1").wait < 60


def test_an_allowed_call_from_a_lease_ends_the_row_too(redis, shared):
    big = Quota(60_000, 20_000)
    shared.take("o", "read", big, client="1")
    seconds_ago(redis, (2, 20))
    for _ in range(9):
        shared.take("o", "write", Quota(60, 20), client="1")
    shared.take("o", "read", big, client="1")

    assert redis.exists("nt24:strikes:{o}:1") == 0


# --- Leases ------------------------------------------------------------------------------------------------


def test_a_high_limit_costs_one_round_trip_for_fifty_calls(redis, shared):
    at_start_of_second()
    before = redis.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)

    takings = [shared.take("o", "read", Quota(60_000, 20_000), client="1") for _ in range(500)]

    assert redis.info("commandstats")["cmdstat_evalsha"]["calls"] - before <= 12
    assert [taking.granted for taking in takings] == [1] * 500
    assert [taking.remaining for taking in takings] == list(range(59_999, 59_499, -1))


def test_a_low_limit_is_never_leased(redis, shared):
    shared.take("o", "write", Quota(200, 66), client="1")

    assert sum(int(count) for count in redis.hvals("nt24:calls:{o}:write")) == 1


def test_what_is_left_of_a_lease_is_given_back(redis, shared):
    at_start_of_second()
    shared.take("o", "read", Quota(60_000, 20_000), client="1")
    assert [int(count) for count in redis.hvals("nt24:calls:{o}:read")] == [50]

    at_start_of_second()
    shared.take("o", "read", Quota(60_000, 20_000), client="1")

    counts = {int(second): int(count) for second, count in redis.hgetall("nt24:calls:{o}:read").items()}
    assert [count for _, count in sorted(counts.items())] == [1, 50]


def test_a_lease_is_no_larger_than_what_is_left(redis, shared):
    at_start_of_second()
    seconds_ago(redis, (20, 59_997), name="read")

    granted = [shared.take("o", "read", Quota(60_000, 20_000), client="1").granted for _ in range(5)]

    assert granted == [1, 1, 1, 0, 0]


def test_threads_of_one_process_lose_no_permits(shared):
    at_start_of_second()
    start = threading.Barrier(8)

    def use(_):
        start.wait()
        return sum(shared.take("o", "read", Quota(6_000, 2_000), client="1").granted for _ in range(400))

    with ThreadPoolExecutor(8) as pool:
        assert 1_900 <= sum(pool.map(use, range(8))) <= 2_000


HAMMER = """
import sys, time
from redis import Redis
from nt24.api.shared_windows import RedisWindows
from nt24.api.windows import Quota
shared, per_minute = RedisWindows(Redis.from_url(sys.argv[1])), int(sys.argv[2])
quota, granted = Quota(per_minute, per_minute // 3), 0
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + 1.5
while time.monotonic() < until:
    granted += shared.take("o", "read", quota).granted
print(granted)
"""


@pytest.mark.races
@pytest.mark.parametrize("per_minute", [300, 6_000])
def test_four_processes_together_get_the_limit_and_not_more(redis_server, redis, per_minute):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, redis_server.url, str(per_minute)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert {racer.stdout.readline() for racer in racers} == {"ready\n"}
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()

    granted = sum(int(racer.communicate(timeout=60)[0]) for racer in racers)

    assert per_minute / 3 * 0.95 <= granted <= per_minute / 3


# --- When Redis fails --------------------------------------------------------------------------------------


def test_without_redis_calls_are_counted_by_the_process_and_nothing_fails(redis_settings, redis_server):
    assert check(a_caller(), "write").is_allowed is True
    redis_server.stop()

    answers = [check(a_caller(), "write").is_allowed for _ in range(25)]

    assert answers == [True] * 20 + [False] * 5


def test_a_lost_redis_is_used_again_when_it_is_back(redis_settings, redis_server, monkeypatch):
    monkeypatch.setattr(shared_windows, "COOLDOWN", 0.2)
    check(a_caller(), "write")
    redis_server.stop()
    check(a_caller(), "write")
    redis_server.start()

    time.sleep(0.25)
    check(a_caller(), "write")

    client = Redis.from_url(redis_server.url)
    assert client.keys("nt24:calls:*") == [
        b"nt24:calls:{organization:550e8400-e29b-41d4-a716-446655440000}:write"
    ]


class Broken(RedisWindows):
    """A Redis that is never there, and how often it was asked."""

    asked = 0

    def take(self, *args, **kwargs):
        type(self).asked += 1
        raise RedisConnectionError


def test_a_failing_redis_is_asked_once_per_cooldown(monkeypatch):
    monkeypatch.setattr(shared_windows, "COOLDOWN", 3600.0)
    Broken.asked = 0
    counters = SharedWindows(Broken(Redis()), LocalWindows())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: counters.take("o", "read", Quota(300, 100)), range(100)))
    first = Broken.asked
    counters._next_attempt = 0.0
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: counters.take("o", "read", Quota(300, 100)), range(100)))

    assert (first <= 4, Broken.asked - first) == (True, 1)


def test_a_redis_that_answers_nonsense_is_treated_as_lost(redis_settings, redis):
    scope = f"organization:{a_caller().organization_uuid}"
    redis.set(f"nt24:calls:{{{scope}}}:write", "not a hash")

    assert check(a_caller(), "write").is_allowed is True


def test_a_standard_call_through_redis_reads_like_a_local_one(redis_settings):
    at_start_of_second()
    first, second = check(a_caller(), "read"), check(a_caller(), "read")

    assert (first.limit, first.remaining, second.remaining, second.is_allowed) == (300, 299, 298, True)
    assert first.reset_unix == second.reset_unix


def test_the_demo_organization_is_not_held_up(redis_settings):
    caller = a_caller(**ENTERPRISE)

    assert all(check(caller, "read").is_allowed for _ in range(3_000))
