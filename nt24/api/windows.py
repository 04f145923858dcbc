"""How many calls were made lately: sliding windows per second, and the counters of one process.

A window refuses nothing by itself and knows no tier: `nt24/api/limits.py` and the token endpoint decide what
a refusal means. Counting is per whole second and the seconds at both ends count in full, so that no real span
of 60 (or 10) seconds ever holds more than its limit; the price is that a call is forgotten up to one second
late.
"""

import math
import threading
import time
from dataclasses import dataclass
from typing import Protocol

MINUTE = 60
BURST = 10  # seconds, contract 4.5
STRIKES = 10  # consecutive refusals that pause a client, contract 4.5
PAUSE = 15 * 60  # seconds, contract 4.5
STRIKES_KEPT = 24 * 60 * 60  # a client that comes back a day later starts anew; bounds the memory


@dataclass(frozen=True, slots=True)
class Quota:
    """`per_minute` in any 60 seconds, of these at most `per_burst` in any 10."""

    per_minute: int
    per_burst: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What a window gave. `wait` is in seconds and 0 when something was granted; `reset` is Unix time."""

    granted: int
    remaining: int
    reset: int
    wait: int = 0


class Windows(Protocol):
    def take(self, scope: str, name: str, quota: Quota, *, client: str = "", wanted: int = 1) -> Taking:
        """Count `wanted` calls in the window `scope`/`name`, or as many as there is room for.

        With a `client`, refusals in a row are counted too: the tenth pauses that client in the whole scope.
        With `wanted=0` nothing is counted: `wait` says whether there is room.
        """
        ...


class Seconds:
    """The calls of the last minute, by second."""

    __slots__ = ("counts", "now", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0
        self.now = 0

    def move_to(self, now: int) -> None:
        """Drop what lies outside of the minute, also ahead of it (a clock was set back)."""
        if now == self.now:
            return
        self.now = now
        for second in [s for s in self.counts if s < now - MINUTE or s > now + 1]:
            self.total -= self.counts.pop(second)

    def add(self, count: int) -> None:
        self.counts[self.now] = self.counts.get(self.now, 0) + count
        self.total += count

    def room(self, quota: Quota) -> int:
        """Calls that both spans still have room for; never more than either limit allows."""
        burst = sum(self.counts.get(second, 0) for second in range(self.now - BURST, self.now + 2))
        return min(quota.per_minute - self.total, quota.per_burst - burst)

    def reset(self) -> int:
        """The second in which the oldest call is forgotten."""
        return min(self.counts, default=self.now) + MINUTE + 1

    def wait(self, quota: Quota) -> int:
        """Seconds until both spans have room for one call."""
        return max(self._wait(MINUTE, quota.per_minute), self._wait(BURST, quota.per_burst))

    def _wait(self, span: int, limit: int) -> int:
        inside = sorted((second, count) for second, count in self.counts.items() if second >= self.now - span)
        left = sum(count for _, count in inside)
        if left < limit:
            return 0
        for second, count in inside:
            left -= count
            if left < limit:
                return second + span + 1 - self.now
        return span


@dataclass(slots=True)
class Conduct:
    """How one client takes its refusals."""

    strikes: int = 0
    paused_until: float = 0.0
    seen_at: float = 0.0


class LocalWindows:
    """Counters of this process, under a lock: exact when it is the only one, else per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], Seconds] = {}
        self._conducts: dict[tuple[str, str], Conduct] = {}
        self._swept_at = 0.0

    def take(self, scope: str, name: str, quota: Quota, *, client: str = "", wanted: int = 1) -> Taking:
        moment = time.time()
        now = int(moment)
        with self._lock:
            self._sweep(moment)
            conduct = self._conducts.get((scope, client)) if client else None
            if conduct and conduct.paused_until > moment:
                return paused(moment, conduct.paused_until)
            seconds = self._windows.setdefault((scope, name), Seconds())
            seconds.move_to(now)
            room = seconds.room(quota)
            if room < 1:
                wait = seconds.wait(quota)
                is_strike = bool(client and wanted)
                return self._strike((scope, client), moment, wait) if is_strike else refused(now, wait)
            granted = min(wanted, room)
            if granted:
                seconds.add(granted)
                self._conducts.pop((scope, client), None)
            return Taking(granted, quota.per_minute - seconds.total, seconds.reset())

    def _strike(self, key: tuple[str, str], moment: float, wait: int) -> Taking:
        conduct = self._conducts.setdefault(key, Conduct())
        conduct.strikes, conduct.seen_at = conduct.strikes + 1, moment
        if conduct.strikes < STRIKES:
            return refused(int(moment), wait)
        conduct.strikes, conduct.paused_until = 0, moment + PAUSE
        return paused(moment, conduct.paused_until)

    def _sweep(self, moment: float) -> None:
        """Once a minute, forget windows and clients that have nothing left to say."""
        if abs(moment - self._swept_at) < MINUTE:
            return
        self._swept_at = moment
        idle = moment - MINUTE - 1
        self._windows = {key: w for key, w in self._windows.items() if w.now > idle}
        self._conducts = {
            key: c
            for key, c in self._conducts.items()
            if c.paused_until > moment or c.seen_at > moment - STRIKES_KEPT
        }


def refused(now: int, wait: int) -> Taking:
    return Taking(0, 0, now + wait, wait)


def paused(moment: float, until: float) -> Taking:
    return Taking(0, 0, math.ceil(until), max(1, math.ceil(until - moment)))
