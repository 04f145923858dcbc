"""The embedded default's queue: Celery's files, written so that nobody ever reads half of one.

kombu opens a file, and so makes it visible, before it has locked and written it. A worker that looked into the folder
at that moment read an empty message and ended ("Unrecoverable error: JSONDecodeError").
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A file gets its name when it is complete; whoever changes the table of queues holds its lock."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu disagrees too
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        write_whole(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        file = self._exchange_file(exchange)
        self.control_folder.mkdir(exist_ok=True)
        with alone(file.with_suffix(".lock")):
            table = self.get_table(exchange)
            if wanted not in table:
                write_whole(file, [wanted, *table])


class Transport(filesystem.Transport):
    Channel = Channel


def use_whole_files() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def write_whole(path: Path, content: Any) -> None:
    """The name without an ending of a message's keeps the draft from being taken for one."""
    draft = path.with_name(f"{path.name}.draft-{os.getpid()}-{uuid.uuid4().hex}")
    draft.write_bytes(str_to_bytes(dumps(content)))
    os.replace(draft, path)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
