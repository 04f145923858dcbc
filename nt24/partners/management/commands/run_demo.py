"""`manage.py run_demo`: serve the portal on the embedded default, drive one order through it, keep serving."""

import re
import signal
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import environ
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.markup import escape

from nt24.demo.client import Answer, DemoClient, Refused
from nt24.demo.deal import new_deal
from nt24.demo.journey import Journey, NotProven, Proof, TookTooLong
from nt24.demo.locks import Held, claim
from nt24.demo.organizations import Demo, secrets_path, seed
from nt24.demo.processes import HOST, ProcessEnded, Processes, commands, is_free
from nt24.demo.receiver import Receiver, hold_port, origin_of
from nt24.http import Unreachable, call
from nt24.partners.management.commands.seed_demo import RUN_LOCK

START_SECONDS = 90.0  # the first start compiles every module
LOOK_SECONDS = 0.5
# UUIDs with hyphens, and those without them in the ids of endpoints and events.
LONG_ID = re.compile(r"([0-9a-f]{8})(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})")
GOOD, BAD = 300, 400  # a status below the first was taken, from the second on refused; 304 stands between


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class Command(BaseCommand):
    help = "Serve the portal (web, workers, scheduler), drive one real order over HTTP, and keep serving until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exit", action="store_true", help="end after the order instead of serving on")

    def handle(self, **options: Any) -> None:
        console = Console(soft_wrap=True, highlight=False)
        port = environ.Env().int("PORT", default=urlsplit(settings.PUBLIC_URL).port or 8000)
        own_url = f"http://{HOST}:{port}"
        try:
            with until_stopped(), claim(settings.DATA_DIR / RUN_LOCK, own_url):
                if not is_free(port):
                    raise CommandError(f"Port {port} is in use. Choose another one: make run PORT={port + 1}")
                self.serve(console, port, own_url, is_once=options["exit"])
        except Held as held:
            raise CommandError(
                f"Another `make run` serves from {settings.DATA_DIR} at {held.note}. "
                "Stop it first, or choose another folder: make run DATA_DIR=/some/folder PORT=…"
            ) from held
        except Stopped:
            console.print("\nStopped. The data stays; the next `make run` goes on with it.")
        except (ProcessEnded, Refused, TookTooLong, NotProven, Unreachable) as failure:
            raise CommandError(f"{failure}\nThe logs are in {settings.DATA_DIR / 'logs'}.") from failure

    def serve(self, console: Console, port: int, own_url: str, *, is_once: bool) -> None:
        show_defaults(console)
        with console.status("Preparing the database …"):
            call_command("migrate", verbosity=0)
            settings.STATIC_ROOT.mkdir(exist_ok=True)
            demo = seed(base_url=own_url)
        logs = settings.DATA_DIR / "logs"
        with hold_port() as held, Processes(commands(port), logs, trusting(origin_of(held))) as processes:
            with console.status("Starting web, workers and scheduler …"):
                await_ready(own_url, processes)
            receiver = Receiver(held, processes, heard=lambda line: show_event(console, line))
            try:
                self.drive(console, demo, processes, receiver, is_once=is_once)
            except Stopped:
                console.print("\nStopping …")  # a worker takes some seconds to come to its end
                raise

    def drive(
        self, console: Console, demo: Demo, processes: Processes, receiver: Receiver, *, is_once: bool
    ) -> None:
        """One order, and then whatever comes. An order that gets stuck does not end the portal."""

        def look() -> None:
            processes.require_alive()
            receiver.look()

        def heard(answer: Answer) -> None:
            show_call(console, answer)
            receiver.look()

        journey = Journey(
            DemoClient(demo.base_url, heard),
            demo,
            new_deal(timezone.now()),
            receiver,
            begin=lambda title: console.print(f"\n[bold]{title}[/]"),
            look=look,
        )
        try:
            proof = journey.drive(settings.DATA_DIR / "export-files")
        except (Refused, TookTooLong, NotProven, Unreachable) as failure:
            if is_once:
                raise
            show_failure(console, demo, failure)
        else:
            show_result(console, demo, proof, is_serving=not is_once)
        while not is_once:
            look()
            time.sleep(LOOK_SECONDS)


@contextmanager
def until_stopped() -> Iterator[None]:
    """Both ways of being asked to end become one exception; what is ended with it is not disturbed by a second."""

    def stop(number: int, frame: FrameType | None) -> None:
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, signal.SIG_IGN)
        raise Stopped

    before = {asked: signal.signal(asked, stop) for asked in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for asked, handler in before.items():
            signal.signal(asked, handler)


def trusting(origin: str) -> dict[str, str]:
    """Lets webhooks go to this one private origin, and to those that are configured anyway."""
    return {"WEBHOOK_TRUSTED_ORIGINS": ",".join([*settings.WEBHOOK_TRUSTED_ORIGINS, origin])}


def await_ready(base_url: str, processes: Processes) -> None:
    """Wait until the portal can reach all it needs.

    :raises ProcessEnded: one of the processes did not come up.
    :raises TookTooLong: it does not become ready.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        processes.require_alive()
        try:
            state = f"{(reply := call('GET', f'{base_url}/readyz', allow_private=True)).status}"
            if reply.status == 200:
                return
        except Unreachable as failure:
            state = str(failure.reason)
        if time.monotonic() > deadline:
            raise TookTooLong(f"The portal is not ready after {START_SECONDS:.0f} seconds ({state}).")
        time.sleep(LOOK_SECONDS / 2)


# --- What is shown -----------------------------------------------------------------------------------------------


def show_defaults(console: Console) -> None:
    """What this portal runs on, and which of it is only fit for development."""
    parts = {
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "queue": urlsplit(settings.CELERY_BROKER_URL).scheme,
        "cache": settings.CACHES["default"]["BACKEND"].rpartition(".")[2],
        "files": urlsplit(settings.STORAGE_URL).scheme,
        "mail": settings.EMAIL_BACKEND.split(".")[-2],
        "VIES": settings.VIES_PROVIDER,
        "iDenfy": settings.IDENFY_PROVIDER,
        "seal": "PKCS#12" if settings.SIGNING_PKCS12 else "development certificate",
        "virus scan": "clamd" if settings.CLAMD_URL else "none",
    }
    console.print("[bold]NT24[/] on " + ", ".join(f"{name}: {value}" for name, value in parts.items()))
    console.print(f"Everything is kept in {settings.DATA_DIR}. Variables are explained in .env.example.")


def show_call(console: Console, answer: Answer) -> None:
    colour = "green" if answer.status < GOOD else "yellow" if answer.status < BAD else "red"
    repeats = f"  (asked {answer.asked} times)" if answer.asked > 1 else ""
    console.print(
        f"  {answer.method:<5} [{colour}]{answer.status}[/] {answer.took_ms:>5} ms  {shortened(answer.path)}{repeats}"
    )


def show_event(console: Console, line: str) -> None:
    """A line of the receiver, as it is: what arrives is no markup of ours."""
    console.print(f"  event {shortened(line)}", style="dim", markup=False)


def shortened(text: str) -> str:
    """With the beginning of each id only."""
    return LONG_ID.sub(r"\1…", text)


def show_failure(console: Console, demo: Demo, failure: Exception) -> None:
    console.print(f"\n[bold red]The order was not proven:[/] {escape(str(failure))}")
    console.print(f"The portal goes on at {demo.base_url}/; the logs are in {settings.DATA_DIR / 'logs'}.")
    console.print("\nServing until Ctrl-C.")


def show_result(console: Console, demo: Demo, proof: Proof, *, is_serving: bool) -> None:
    base, first = demo.base_url, demo.first
    token = f"curl -s {demo.token_url} -d grant_type=client_credentials -d client_id={first.client_id}"
    reader = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"access_token\"])'"
    lines = [
        f"\n[bold green]{proof.decision}[/]: order {proof.external_order_id} is proven, and sealed in version "
        f"{proof.version} of its Export File:",
        f"  {proof.pdf}",
        f"{proof.events} signed events arrived at the sample receiver; the one about the file:",
        f"  {escape(shortened(proof.export_file_event))}",
        "\n[bold]Look around[/]",
        f"  Start page         {base}/",
        f"  API reference      {base}/docs",
        f"  Check a seal       {base}/verify",
        f"  Mail it would send {base}/dev/mail",
        f"  Staff              {base}/admin/",
        *(f"    {login.role:<16} {login.username} / {login.password}" for login in demo.logins),
        "\n[bold]Call the API[/]",
        f"  client_id          {first.client_id}",
        f"  client_secret      in {secrets_path()}",
        f"  seller             {first.seller_ids[0]}",
        f"\n  SECRET={first.client_secret}",
        f"  TOKEN=$({token} -d client_secret=$SECRET | {reader})",
        f'  curl -s {base}{proof.rollup_path} -H "Authorization: Bearer $TOKEN"',
    ]
    for line in lines:
        console.print(line)
    if is_serving:
        console.print("\nServing until Ctrl-C.")
