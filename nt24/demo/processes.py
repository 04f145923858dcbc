"""The portal's processes as children of one: started together, watched, ended by their own ids."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

HOST = "127.0.0.1"
GRACE_SECONDS = 20  # a render that has begun may end; the row would bring it back anyway
WORKER_PROCESSES = {"now": 2, "exports": 1, "webhooks": 1, "later": 1}  # by queue, see nt24/settings.py
LOG_TAIL_LINES = 25
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), Linux only


class ProcessEnded(Exception):
    """A process that should serve has ended by itself; the message has the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:])


def commands(port: int) -> dict[str, list[str]]:
    """The embedded default's processes, by the name of their log."""
    celery = [sys.executable, "-m", "celery", "-A", "nt24", "--quiet"]
    worker = [*celery, "worker", "--loglevel", "INFO"]
    web = [sys.executable, "-m", "gunicorn", "--config", "python:nt24.serving", "--workers", "1"]
    return {
        "web": [*web, "--bind", f"{HOST}:{port}", "nt24.wsgi:application"],
        **{
            queue: [*worker, "-n", f"{queue}@%h", "-Q", queue, "--concurrency", str(processes)]
            for queue, processes in WORKER_PROCESSES.items()
        },
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile="],
    }


class Processes:
    """A context that starts `commands` and ends what it has started, whatever happens inside.

    `environment` is given to all of them, beside our own.
    """

    def __init__(self, commands: dict[str, list[str]], logs: Path, environment: Mapping[str, str]) -> None:
        self._commands, self._logs, self._environment = commands, logs, environment
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            for name, command in self._commands.items():
                self.start(name, command, {})
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def require_alive(self) -> None:
        """:raises ProcessEnded: one of them has ended."""
        for child in self._children:
            if child.process.poll() is not None:
                raise ProcessEnded(f"{child.name} has ended with {child.process.returncode}:\n{child.tail()}")

    def end(self) -> None:
        """Ask all of them to end, and after a while end them."""
        running = [child for child in self._children if child.process.poll() is None]
        for child in running:
            child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in running:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)  # its own group, see `start`
                child.process.wait()
        self._children = []

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """One more, which is watched and ended with the others."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own commands, no shell
                command,
                cwd=settings.BASE_DIR,
                env={**os.environ, **self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches the parent only, which then ends them in good order.
                start_new_session=True,
                preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  takes no lock
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child


def end_with_parent() -> None:
    """Runs in the child before its program: a parent that is killed takes its children with it."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
