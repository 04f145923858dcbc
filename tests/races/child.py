"""A process of the portal that can be killed: `python -m tests.races.child <part> <JSON>`.

It does real work on the database of the test that has started it. Where the test wants to kill it, it says so on its
standard output and waits.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import django

HERE = "here"  # what the process says when it has come to the point where it is to be killed
PATIENCE = 60  # seconds until a forgotten process ends by itself


# --- The test's side -----------------------------------------------------------------------------------------------


@contextmanager
def child(part: str, **arguments: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process on the test's database; it is killed at the end of the block, if not before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.races.child", part, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """`kill -9`, and wait until the process is gone."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def line_from(process: subprocess.Popen[str]) -> str:
    """What the process says next.

    :raises AssertionError: it has ended without a word.
    """
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, f"the process ended with status {process.wait()}"
    return line


def database_url() -> str:
    """The address of the test database: the one of the settings with the name that the test run has given it."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


# --- The process's side --------------------------------------------------------------------------------------------


def wait_to_be_killed(*args: Any, **kwargs: Any) -> None:
    say(HERE)
    time.sleep(PATIENCE)
    raise SystemExit("nobody came to kill this process")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def before(module: Any, name: str) -> None:
    """Come to the end before `module.name` does anything."""
    setattr(module, name, wait_to_be_killed)


def after(module: Any, name: str) -> None:
    """Come to the end when `module.name` is done."""
    function: Callable[..., Any] = getattr(module, name)

    def and_stop(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        wait_to_be_killed()

    setattr(module, name, and_stop)


def serve_one(*, hold: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
    """Answer one POST and stop at the named point of its transaction."""
    from nt24.api import idempotency

    match hold:
        case "remembered":
            after(idempotency, "_remember")
        case "committed":
            after(idempotency, "run_once")
    say(f"answered {post(path, body, headers).status_code}")


def serve_many(*, path: str, bodies: dict[str, dict[str, Any]], headers: dict[str, str]) -> None:
    """Answer one POST after the other, each under its key, and say the key of each answered one."""
    for key, body in bodies.items():
        answer = post(path, body, {**headers, "Idempotency-Key": key})
        say(f"{key} {answer.status_code}")


def post(path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    from django.test import Client

    client = Client(raise_request_exception=False)
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def render(*, hold: str) -> None:
    """Work as the process that renders Export Files."""
    from compliance import exports
    from nt24.webhooks import models

    match hold:
        case "rendering":
            before(exports, "build")
        case "recorded":
            after(models, "write_message")  # the last step but one of the transaction that makes it READY
    say(f"rendered {exports.render_due()}")


def ask() -> None:
    """Work as the process that asks VIES, and stop while waiting for the answer."""
    from buyers import checks

    before(checks, "ask")
    say(f"asked {checks.ask_due()}")


def deliver(*, hold: str) -> None:
    """Work as the process that delivers webhooks; without a point to stop at it goes on until it is killed."""
    from nt24.webhooks import delivering, distributing
    from nt24.webhooks.tasks import deliver_due

    match hold:
        case "distributing":
            before(distributing, "deliveries_of")
        case "distributed":
            after(delivering, "distribute")
        case "claimed":
            before(delivering, "send")
        case "sent":
            before(delivering, "record")
    say("delivering")
    deliver_due()
    say("delivered")


PARTS: dict[str, Callable[..., None]] = {
    "serve_one": serve_one,
    "serve_many": serve_many,
    "render": render,
    "ask": ask,
    "deliver": deliver,
}

if __name__ == "__main__":
    django.setup()
    PARTS[sys.argv[1]](**json.loads(sys.argv[2]))
