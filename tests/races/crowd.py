"""Many callers at the same moment: threads with database connections of their own, started by one signal."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection, connections

Result = TypeVar("Result")
PATIENCE = 30  # seconds; nothing here takes that long, so a test that does has found a deadlock


def with_own_connection(call: Callable[[], Result]) -> Result:
    """Run `call` and give the thread's connection back."""
    try:
        return call()
    finally:
        connections.close_all()


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run every call in a thread of its own, all released together; results in the order of the calls.

    No thread holds a connection while it waits for the signal, so the crowd may be larger than the pool.
    """
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        start.wait(PATIENCE)
        return with_own_connection(call)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=PATIENCE))


def in_background(pool: ThreadPoolExecutor, call: Callable[[], Result]) -> Future[Result]:
    return pool.submit(with_own_connection, call)


def wait_for_a_waiter() -> None:
    """Return when another connection waits for a lock, so that the one that holds it may go on.

    SQLite does not show who waits; there the wait is for the write lock at the start of a transaction, and a moment
    is enough. A test stays right if the moment was too short: it then proves less, but nothing false.
    """
    if connection.vendor != "postgresql":
        time.sleep(0.3)
        return
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody came to wait")


class Hold:
    """Stops whoever passes it first, inside its transaction, until `release`; later ones walk through."""

    def __init__(self) -> None:
        self.is_reached, self._go_on = threading.Event(), threading.Event()

    def stop_here(self) -> None:
        if not self.is_reached.is_set():
            self.is_reached.set()
            assert self._go_on.wait(PATIENCE), "nobody released the hold"

    def release(self) -> None:
        self._go_on.set()

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def held(*args: Any, **kwargs: Any) -> Any:
            self.stop_here()
            return function(*args, **kwargs)

        return held
