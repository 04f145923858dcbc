"""How long somebody waits while there is a backlog: `python -m tests.bench.queues`, on the embedded default.

Ten new versions of Export Files are asked for; then a VIES check, and the first Export File of another order. Each is
also measured without the backlog, because only the comparison means anything on a shared machine.
"""

import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.bench.latency import portal

PORT = 8805
BACKLOG = 10


def demo_journey() -> Any:
    """Up to the pickup, on a seller and client of the demo."""
    from django.utils import timezone

    from nt24.demo.client import DemoClient
    from nt24.demo.deal import new_deal, papers_of
    from nt24.demo.journey import Journey
    from nt24.demo.organizations import seed

    demo = seed(base_url=f"http://127.0.0.1:{PORT}")
    deal = new_deal(timezone.now())
    client = DemoClient(demo.base_url, lambda answer: None)
    nobody: Any = SimpleNamespace(events=[])
    journey = Journey(client, demo, deal, nobody, begin=lambda title: None, look=lambda: None)
    journey._papers = papers_of(deal)
    for step in ("sign_in", "register_buyer", "file_kyc", "place_order", "invoice", "pay", "pick_up"):
        getattr(journey, step)()
    return journey


def first_file(journey: Any) -> float:
    """Seconds from the answer that completes the proof to its Export File."""
    journey.deliver()
    began = time.monotonic()
    journey.fetch_export_file()
    return time.monotonic() - began


def vies(journey: Any) -> float:
    """Seconds from asking for a check to its answer."""
    kyc = f"{journey._buyer}/kyc"
    before = journey._client.read(kyc)["viesLastCheckedAt"]
    journey._client.post(f"{kyc}/vies-check")
    began = time.monotonic()
    journey._await(kyc, lambda now: now["viesLastCheckedAt"] != before)
    return time.monotonic() - began


def backlog_left(journey: Any) -> int:
    """Versions that are not made yet."""
    newest = journey._client.read(f"{journey._order}/finalization/export-file")["version"]
    return BACKLOG + 1 - int(newest)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nt24-queues-"))
    with portal(PORT, folder, dict(os.environ)):
        os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="nt24.settings")
        import django

        django.setup()
        one, other = demo_journey(), demo_journey()
        print(f"alone: a VIES check {vies(one):.1f} s, a first Export File {first_file(one):.1f} s")
        began = time.monotonic()
        for _ in range(BACKLOG):
            one._client.post(f"{one._order}/finalization/regenerate-export")
        print(f"after {BACKLOG} new versions were asked for, a VIES check {vies(other):.1f} s,", end=" ")
        print(
            f"a first Export File {first_file(other):.1f} s, while {backlog_left(one)} versions still waited"
        )
        while backlog_left(one):
            time.sleep(0.5)
        print(f"the backlog itself took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
