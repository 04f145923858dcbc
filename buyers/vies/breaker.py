"""A breaker per member state: while one state is down we do not add to its load, and no other state notices.

Its memory is the cache, shared by all processes when that is Redis. A cache that is down means "no breaker".
"""

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.core.cache import cache

OUTAGES_TO_OPEN = 5
COOL_DOWN_SECONDS = 120
# Older outages are another story: a state that fails once a day is not down.
OUTAGES_KEPT_SECONDS = 900
# A probe that never reports back (its process was killed) is forgotten after this. Longer than a call takes,
# shorter than the cool-down, so that the next cool-down ends with a probe again.
PROBE_SECONDS = 60

Result = TypeVar("Result")
log = structlog.get_logger(__name__)


def allows(state: str) -> bool:
    """Whether a call may go out now. After the cool-down exactly one may: the probe; its result decides."""
    return without_a_cache(lambda: is_closed_or_probing(state), otherwise=True)


def note_success(state: str) -> None:
    """The state has answered, whatever it said: close."""
    keys = [outages_key(state), opened_key(state), probe_key(state)]
    without_a_cache(lambda: cache.delete_many(keys), otherwise=None)


def note_outage(state: str) -> None:
    """Count one more; open at the fifth in a row, and again at once when the probe has failed."""
    without_a_cache(lambda: count_outage(state), otherwise=None)


def is_open(state: str) -> bool:
    """For display: calls are being held back. Claims no probe."""
    return without_a_cache(lambda: cache.get(opened_key(state)) is not None, otherwise=False)


def held_back(states: Iterable[str]) -> set[str]:
    """For display: those of the states that `is_open` is true of, in one look."""
    keys = {opened_key(state): state for state in states}
    return without_a_cache(lambda: {keys[key] for key in cache.get_many(keys)}, otherwise=set[str]())


def is_closed_or_probing(state: str) -> bool:
    retry_at: float | None = cache.get(opened_key(state))
    if retry_at is None:
        return True
    if time.time() < retry_at:
        return False
    return cache.add(probe_key(state), 1, timeout=PROBE_SECONDS)


def count_outage(state: str) -> None:
    cache.add(outages_key(state), 0, timeout=OUTAGES_KEPT_SECONDS)
    outages = cache.incr(outages_key(state))
    cache.touch(outages_key(state), OUTAGES_KEPT_SECONDS)
    if outages < OUTAGES_TO_OPEN:
        return
    log.warning("vies_breaker_opened", member_state=state, outages=outages)
    # Kept longer than the cool-down, so that after it there is still something to probe against.
    cache.set(opened_key(state), time.time() + COOL_DOWN_SECONDS, timeout=OUTAGES_KEPT_SECONDS)


def without_a_cache(work: Callable[[], Result], *, otherwise: Result) -> Result:
    """What `work` returns, or `otherwise` when the cache is down: a check of a buyer never fails for that."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  every cache backend raises its own kinds, and none matters here
        log.warning("vies_breaker_without_cache", error=type(error).__name__)
        return otherwise


def outages_key(state: str) -> str:
    return f"vies:{state}:outages"


def opened_key(state: str) -> str:
    return f"vies:{state}:opened"


def probe_key(state: str) -> str:
    return f"vies:{state}:probe"
