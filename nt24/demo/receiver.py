"""The partner's server of the demo: the published sample receiver on a loopback port, and what it has told."""

import re
import socket
import sys
from collections.abc import Callable, Iterable

from django.conf import settings

from nt24.demo.processes import HOST, Child, Processes

SAMPLE = settings.BASE_DIR / "docs" / "examples" / "webhook_receiver.py"
HOOK_PATH = "/nt24-demo"  # by it a later run finds the endpoint of an earlier one
EVENT_LINE = re.compile(r"\d\d:\d\d:\d\d \S+ evt_\S+ .+")


def hold_port() -> socket.socket:
    """A free port that nobody else gets until it is closed: the portal has to know it before anybody listens."""
    held = socket.socket()
    held.bind((HOST, 0))
    return held


def origin_of(held: socket.socket) -> str:
    return f"http://{HOST}:{held.getsockname()[1]}"


class Receiver:
    """Takes the held port over when it is started; `heard` is told of every line that it prints."""

    def __init__(self, held: socket.socket, processes: Processes, heard: Callable[[str], None]) -> None:
        self._held, self._processes, self._heard = held, processes, heard
        self._port = held.getsockname()[1]
        self._child: Child | None = None
        self._read_bytes = 0
        self.events: list[str] = []
        self.url = f"{origin_of(held)}{HOOK_PATH}"
        self.is_listening = False

    def start(self, secret: str) -> None:
        """It remembers the events of earlier runs in the data folder."""
        database = settings.DATA_DIR / "webhook-receiver.sqlite3"
        command = [sys.executable, str(SAMPLE), "--port", str(self._port), "--database", str(database)]
        self._held.close()
        self._child = self._processes.start("receiver", command, {"WEBHOOK_SECRET": secret})

    def look(self) -> None:
        """Read on in its log, whole lines only."""
        for line in self._new_lines():
            if not self.is_listening:
                self.is_listening = line.startswith("Listening")
                continue
            if EVENT_LINE.fullmatch(line):
                self.events.append(line)
            self._heard(line)

    def events_of(self, type: str, about: str) -> list[str]:
        """The lines of the events of this type that name `about`."""
        return [line for line in self.events if f" {type} " in line and about in line]

    def _new_lines(self) -> Iterable[str]:
        if self._child is None:
            return
        with self._child.log.open("rb") as log:
            log.seek(self._read_bytes)
            content = log.read()
        whole, _, _ = content.rpartition(b"\n")
        self._read_bytes += len(whole) + 1 if whole else 0
        yield from whole.decode("utf-8", "replace").splitlines()
