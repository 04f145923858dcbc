"""The same windows shared by all processes through Redis, and the local ones while Redis is not there."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from nt24.api.windows import (
    MINUTE,
    PAUSE,
    STRIKES,
    STRIKES_KEPT,
    LocalWindows,
    Quota,
    Taking,
    Windows,
    paused,
)
from nt24.shared_cache import COOLDOWN, TIMEOUT

# A lease is five per cent of one second's share, so only limits from 2,400 a minute on are leased at all.
LEASES_PER_MINUTE = MINUTE * 20

log = structlog.get_logger(__name__)

# One round trip and one atomic step; the time is the server's, so the clocks of the web machines do not
# matter. Constraints: (1) a pause answers before anything is counted; (2) permits given back are only ever
# taken off the second they were granted in; (3) a refusal counts as a strike, a grant ends the row of
# strikes.
TAKE = """
local per_minute, per_burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local back_second, back = ARGV[4], tonumber(ARGV[5])
local strikes_allowed, pause, strikes_kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local time = redis.call('TIME')
local now, micros = tonumber(time[1]), tonumber(time[2])
local left_of_second = 1000000 - micros

if strikes_allowed > 0 then
  local paused = redis.call('PTTL', KEYS[3])
  if paused > 0 then return {-1, 0, now, math.ceil(paused / 1000), left_of_second, now} end
end
if back > 0 and redis.call('HEXISTS', KEYS[1], back_second) == 1 then
  redis.call('HINCRBY', KEYS[1], back_second, -back)
end

local stored, seconds, counts = redis.call('HGETALL', KEYS[1]), {}, {}
local minute, burst, oldest = 0, 0, now
for i = 1, #stored, 2 do
  local second, count = tonumber(stored[i]), tonumber(stored[i + 1])
  if second <= now - 61 or second > now + 1 then
    redis.call('HDEL', KEYS[1], stored[i])
  elseif count > 0 then
    seconds[#seconds + 1], counts[second] = second, count
    minute = minute + count
    if second >= now - 10 then burst = burst + count end
    if second < oldest then oldest = second end
  end
end

local room = math.min(per_minute - minute, per_burst - burst)
if room > 0 then
  local granted = math.min(wanted, room)
  if granted > 0 then
    redis.call('HINCRBY', KEYS[1], now, granted)
    redis.call('EXPIRE', KEYS[1], 62)
    if strikes_allowed > 0 then redis.call('DEL', KEYS[2]) end
  end
  return {granted, per_minute - minute - granted, oldest + 61, 0, left_of_second, now}
end

if strikes_allowed > 0 and wanted > 0 then
  if redis.call('INCR', KEYS[2]) >= strikes_allowed then
    redis.call('DEL', KEYS[2])
    redis.call('SET', KEYS[3], now, 'EX', pause)
    return {-1, 0, now, pause, left_of_second, now}
  end
  redis.call('EXPIRE', KEYS[2], strikes_kept)
end

table.sort(seconds)
local function wait_for(span, used, limit)
  if used < limit then return 0 end
  for _, second in ipairs(seconds) do
    if second >= now - span then
      used = used - counts[second]
      if used < limit then return second + span + 1 - now end
    end
  end
  return span
end
local wait = math.max(wait_for(60, minute, per_minute), wait_for(10, burst, per_burst))
return {0, 0, now + wait, wait, left_of_second, now}
"""


@dataclass(slots=True)
class Lease:
    """Permits of one window that this process may use up until the end of the second they were granted in."""

    second: int
    left: int
    until: float  # of time.monotonic()
    remaining: int
    reset: int


@dataclass(slots=True)
class RedisWindows:
    """Counters in Redis. High limits are taken in small leases, so that most calls need no round trip.

    A lease ends with the second it was counted in, and what is left of it is given back with the next round
    trip: the limit is never exceeded, however many processes there are. Within that second another process
    may answer a client from its lease while this one refuses it, and those refusals still count as a row.
    """

    redis: Redis
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leases: dict[tuple[str, str], Lease] = field(default_factory=dict)
    _struck: set[tuple[str, str]] = field(default_factory=set)
    _paused: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, scope: str, name: str, quota: Quota, *, client: str = "", wanted: int = 1) -> Taking:
        """:raises RedisError: Redis cannot be asked."""
        who, size = (scope, client), quota.per_minute // LEASES_PER_MINUTE
        with self._lock:
            if pause := self._pause_of(who):
                return pause
            lease = self._leases.get((scope, name)) if size > 1 and wanted == 1 else None
            if lease and lease.left and who not in self._struck and time.monotonic() < lease.until:
                lease.left -= 1
                return Taking(1, lease.remaining + lease.left, lease.reset)
            if lease:
                del self._leases[scope, name]
        if size > 1 and wanted == 1:
            return self._renew(scope, name, quota, client, size, lease)
        return self._ask(scope, name, quota, client, wanted, None)[0]

    def _renew(
        self, scope: str, name: str, quota: Quota, client: str, size: int, old: Lease | None
    ) -> Taking:
        started = time.monotonic()
        taking, second, left_of_second = self._ask(scope, name, quota, client, size, old)
        if not taking.granted:
            return taking
        new = Lease(second, taking.granted - 1, started + left_of_second, taking.remaining, taking.reset)
        with self._lock:
            other = self._leases.get((scope, name))  # a second thread was as quick
            if other and other.second == new.second:
                new.left += other.left
            self._leases[scope, name] = new
            return Taking(1, new.remaining + new.left, new.reset)

    def _ask(
        self, scope: str, name: str, quota: Quota, client: str, wanted: int, back: Lease | None
    ) -> tuple[Taking, int, float]:
        """The taking, the second of the server it was counted in, and how long that second still lasts."""
        tag = f"{{{scope}}}"  # one hash slot per scope, for a Redis cluster
        keys = [f"nt24:calls:{tag}:{name}", f"nt24:strikes:{tag}:{client}", f"nt24:pause:{tag}:{client}"]
        returned = (back.second, back.left) if back else (0, 0)
        strikes = STRIKES if client else 0
        arguments = (quota.per_minute, quota.per_burst, wanted, *returned, strikes, PAUSE, STRIKES_KEPT)
        answer: list[int] = self._script()(keys=keys, args=arguments)
        granted, remaining, reset, wait, micros, second = answer
        self._remember((scope, client), granted, wait)
        if granted < 0:
            return Taking(0, 0, reset + wait, wait), second, 0.0
        return Taking(granted, remaining, reset, wait), second, micros / 1_000_000

    def _script(self) -> Callable[..., Any]:
        return self.redis.register_script(TAKE)

    def _remember(self, who: tuple[str, str], granted: int, wait: int) -> None:
        """Keep what spares a round trip (a pause lasts) and what forbids it (a row of strikes)."""
        if not who[1]:
            return
        with self._lock:
            if granted > 0:
                self._struck.discard(who)
            elif granted == 0 and wait:
                self._struck.add(who)
            elif granted < 0:
                self._struck.discard(who)
                self._paused[who] = time.time() + wait

    def _pause_of(self, who: tuple[str, str]) -> Taking | None:
        until, moment = self._paused.get(who), time.time()
        if until is None:
            return None
        if until <= moment:
            del self._paused[who]
            return None
        return paused(moment, until)


# --- Redis when it is there, this process when it is not ---------------------------------------------------


class SharedWindows:
    """Redis, or while it fails the counters of this process: a limit per process, but never an error (F4)."""

    def __init__(self, shared: RedisWindows, local: LocalWindows) -> None:
        self._shared, self._local = shared, local
        self._lock = threading.Lock()
        self._is_down = False
        self._next_attempt = 0.0

    def take(self, scope: str, name: str, quota: Quota, *, client: str = "", wanted: int = 1) -> Taking:
        if self._may_ask():
            try:
                taking = self._shared.take(scope, name, quota, client=client, wanted=wanted)
            except RedisError as failure:
                self._note_failure(failure)
            else:
                self._note_success()
                return taking
        return self._local.take(scope, name, quota, client=client, wanted=wanted)

    def _may_ask(self) -> bool:
        """Always while Redis answers; else one call per cooldown finds out whether it is back."""
        if not self._is_down:
            return True
        with self._lock:
            if time.monotonic() < self._next_attempt:
                return False
            self._next_attempt = time.monotonic() + COOLDOWN
            return True

    def _note_failure(self, failure: RedisError) -> None:
        with self._lock:
            was_down, self._is_down = self._is_down, True
            self._next_attempt = time.monotonic() + COOLDOWN
        # Idle connections of the pool died with the server; each would cost one more failure.
        self._shared.redis.connection_pool.disconnect(inuse_connections=False)
        if not was_down:
            log.warning("limits.redis_lost", failure=type(failure).__name__)

    def _note_success(self) -> None:
        if self._is_down:
            self._is_down = False
            log.info("limits.redis_back")


def windows_of_settings() -> Windows:
    """The windows that `CACHE_URL` asks for; making them opens no connection."""
    cache: dict[str, Any] = settings.CACHES["default"]
    if not cache["BACKEND"].endswith("SharedCache"):
        return LocalWindows()
    location = cache["LOCATION"]
    # Several servers are one primary and its replicas, as Django's own cache reads them: only the first is
    # written.
    primary = location.split(",")[0] if isinstance(location, str) else location[0]
    redis = Redis.from_url(
        primary,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        **cache.get("OPTIONS", {}),
    )
    return SharedWindows(RedisWindows(redis), LocalWindows())
