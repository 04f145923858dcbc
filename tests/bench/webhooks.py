"""The delivery of events beside bare loops, with a slow receiver, and with workers that are killed."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync

SECRET = "whsec_bench-bench-bench-bench-bench"  # noqa: S105  of the benchmark's own receivers
AT_ONCE = 160
HEALTHY = 18
KILLS = 10


@contextmanager
def receiving(port: int, folder: Path) -> Iterator[Path]:
    """A receiver process; the file has its arrivals."""
    arrivals = folder / f"arrivals-{time.time_ns()}.tsv"
    command = [sys.executable, "-m", "tests.bench.receiver", str(port), str(arrivals)]
    process = subprocess.Popen(command)
    time.sleep(1)
    try:
        yield arrivals
    finally:
        process.terminate()
        process.wait()


def arrivals_in(file: Path) -> list[tuple[str, str, float]]:
    rows = (line.split("\t") for line in file.read_text().splitlines())
    return [(path, event_id, float(at)) for path, event_id, at in rows]


# --- Ours ----------------------------------------------------------------------------------------------------------


def make_endpoints(port: int, *paths: str) -> int:
    """Endpoints of a new organization; its id."""
    from nt24.vault import encrypt
    from nt24.webhooks.models import Endpoint
    from tests.factories.partners import OrganizationFactory

    organization = OrganizationFactory(
        enterprise=True, name=f"Bench {time.time_ns()}", slug=f"b{time.time_ns()}"
    )
    for path in paths:
        Endpoint.objects.create(
            organization=organization,
            url=f"http://127.0.0.1:{port}{path}",
            events=["compliance.*"],
            secret=encrypt(SECRET),
        )
    return int(organization.pk)


def happen(organization_id: int, count: int) -> None:
    """So many events, as the actions freeze them."""
    from nt24.actors import system
    from nt24.webhooks.models import Message, freeze

    data = {"orderUuid": "0b0e3d86-4a7f-4b57-9f0e-0f3f5f1c2d11", "decision": "VALID_EXPORT"}
    messages = [
        freeze(
            "compliance.decision_made",
            by=system("bench"),
            organization_id=organization_id,
            seller=None,
            data=data,
        )
        for _ in range(count)
    ]
    Message.objects.bulk_create(messages, batch_size=500)


def waiting(organization_id: int) -> Any:
    from nt24.webhooks.models import Delivery

    return Delivery.objects.filter(endpoint__organization=organization_id)


def deliver_all(organization_id: int) -> None:
    from nt24.webhooks import delivering

    async_to_sync(delivering.drain)(slice_seconds=600.0)
    assert not waiting(organization_id).exclude(status="DELIVERED").exists()


def rate_of_ours(port: int, count: int) -> float:
    organization_id = make_endpoints(port, *(f"/ok{number}" for number in range(20)))
    happen(organization_id, count // 20)
    started = time.perf_counter()
    deliver_all(organization_id)
    return count / (time.perf_counter() - started)


# --- Bare loops ----------------------------------------------------------------------------------------------------


def signed() -> tuple[bytes, dict[str, str]]:
    from nt24.webhooks.signing import HEADER, signature

    body = b'{"id":"evt_0","type":"compliance.decision_made","data":{}}' + b" " * 300
    headers = {
        HEADER: signature(body, secrets=[SECRET], at=int(time.time())),
        "Content-Type": "application/json",
        "X-Novatrade-Event-Id": "evt_0",
    }
    return body, headers


def rate_of_requests(port: int, count: int) -> float:
    """One session, one request after the other."""
    import requests  # noqa: TID251  the thing we compare with

    started = time.perf_counter()
    with requests.Session() as session:
        for number in range(count):
            body, headers = signed()
            session.post(f"http://127.0.0.1:{port}/ok{number % 20}", data=body, headers=headers, timeout=10)
    return count / (time.perf_counter() - started)


def rate_of_aiohttp(port: int, count: int) -> float:
    """`AT_ONCE` requests at once and nothing else: no rows, no checks."""
    import aiohttp

    async def loop() -> None:
        numbers = iter(range(count))

        async def work(session: aiohttp.ClientSession) -> None:
            for number in numbers:
                body, headers = signed()
                url = f"http://127.0.0.1:{port}/ok{number % 20}"
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))

    started = time.perf_counter()
    asyncio.run(loop())
    return count / (time.perf_counter() - started)


# --- A slow receiver, and workers that die -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ordeal:
    """How 10,000 events to twenty endpoints went, one of them hanging, one refusing, with workers killed."""

    seconds: float
    lost: int
    repeated: int
    out_of_plan: int
    states: dict[str, int]


def survive(port: int, folder: Path, events: int) -> Ordeal:
    from django.utils import timezone

    from nt24.webhooks.models import Delivery

    healthy = [f"/ok{number}" for number in range(HEALTHY)]
    organization_id = make_endpoints(port, *healthy, "/hang", "/refuse")
    happen(organization_id, events)
    well = waiting(organization_id).filter(endpoint__url__contains="/ok")
    expected = events * HEALTHY
    with receiving(port, folder) as file:
        started = time.perf_counter()
        for kill in range(KILLS + 1):
            worker = subprocess.Popen([sys.executable, "-m", "tests.bench.worker"])
            aim = expected * (kill + 1) // (KILLS + 1) if kill < KILLS else expected
            while well.filter(status="DELIVERED").count() < aim:
                time.sleep(0.2)
            worker.kill()
            worker.wait()
            # Nobody waits half a minute in a benchmark: what the dead worker held is free now.
            Delivery.objects.filter(leased_until__gt=timezone.now()).update(leased_until=timezone.now())
        seconds = time.perf_counter() - started
    # Without the events about the two endpoints that were paused, which go to all the others.
    sent = waiting(organization_id).filter(message__type="compliance.decision_made")
    events_of_ours = set(sent.values_list("message__event_id", flat=True).distinct())
    arrived = Counter(
        (path, event_id)
        for path, event_id, _ in arrivals_in(file)
        if path.startswith("/ok") and event_id in events_of_ours
    )
    return Ordeal(
        seconds,
        lost=expected - len(arrived),
        repeated=sum(arrived.values()) - len(arrived),
        out_of_plan=out_of_plan(organization_id),
        states=dict(Counter(waiting(organization_id).values_list("endpoint__status", flat=True))),
    )


def out_of_plan(organization_id: int) -> int:
    """Pending deliveries that have failed and are not planned within the offset of their next try and its jitter."""
    from django.conf import settings

    offsets, wrong = settings.WEBHOOK_RETRY_OFFSETS, 0
    failed = waiting(organization_id).filter(status="PENDING", failures__gt=0)
    for planned_from, failures, due_at, last in failed.values_list(
        "planned_from", "failures", "due_at", "last_attempt_at"
    ):
        offset = timedelta(seconds=offsets[failures - 1])
        latest = max(planned_from + offset * 1.1, last + timedelta(seconds=61))
        wrong += not planned_from + offset * 0.9 <= due_at <= latest
    return wrong


def throughput_beside(port: int, folder: Path, path: str, count: int) -> float:
    """Deliveries a second of nineteen healthy endpoints, beside one more at `path`."""
    organization_id = make_endpoints(port, *(f"/ok{number}" for number in range(19)), path)
    happen(organization_id, count // 19)
    healthy = waiting(organization_id).filter(endpoint__url__contains="/ok")
    started = time.perf_counter()
    worker = subprocess.Popen([sys.executable, "-m", "tests.bench.worker"])
    while not healthy.exists() or healthy.exclude(status="DELIVERED").exists():
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    worker.kill()
    worker.wait()
    return healthy.count() / seconds


# --- The table -----------------------------------------------------------------------------------------------------


def in_turn(ours: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float, float]:
    """Medians of both rates and of their ratio, measured A B B A."""
    left, right, ratios = [], [], []
    for _ in range(rounds):
        first, second, third, fourth = ours(), other(), other(), ours()
        left += [first, fourth]
        right += [second, third]
        ratios.append((first + fourth) / (second + third))
    return statistics.median(left), statistics.median(right), statistics.median(ratios)


def report(port: int, folder: Path, rounds: int) -> None:
    count = int(os.environ.get("BENCH_DELIVERIES", "2000"))
    print(f"\n{'webhooks':48} {'ours/s':>8} {'other/s':>8} {'ratio':>6}          target")
    with receiving(port, folder):
        for name, other, target in (
            ("T11 deliveries / bare aiohttp loop", rate_of_aiohttp, ">= 0.50"),
            ("    deliveries / bare requests loop", rate_of_requests, ""),
        ):
            ours, theirs, ratio = in_turn(
                lambda: rate_of_ours(port, count), lambda other=other: other(port, count), rounds
            )
            print(f"{name:48} {ours:8.0f} {theirs:8.0f} {ratio:6.2f}          {target}")
        ours, theirs, ratio = in_turn(
            lambda: throughput_beside(port, folder, "/hang", count),
            lambda: throughput_beside(port, folder, "/ok99", count),
            rounds,
        )
        print(f"{'T17 beside a hanging endpoint / beside a good one':48} {ours:8.0f} {theirs:8.0f} {ratio:6.2f}"
              "          >= 0.80")  # fmt: skip
    events = int(os.environ.get("BENCH_EVENTS", "10000"))
    ordeal = survive(port, folder, events)
    print(
        f"\nF1  {events} events, 20 endpoints (one hangs, one refuses), worker killed {KILLS} times: "
        f"{ordeal.seconds:.0f} s, {events * HEALTHY / ordeal.seconds:.0f}/s; lost {ordeal.lost}, "
        f"came twice {ordeal.repeated}, out of plan {ordeal.out_of_plan}; {ordeal.states}"
    )
