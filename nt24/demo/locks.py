"""One holder at a time for things of the data folder; the system gives a lock back when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Held(Exception):
    """Another process holds the lock; `note` is what it has written about itself."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


@contextmanager
def hold_lock(path: Path) -> Iterator[IO[str]]:
    """Wait for the lock and hold it for the length of the block."""
    with path.open("a+", encoding="utf-8") as file:
        path.chmod(0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


@contextmanager
def claim(path: Path, note: str) -> Iterator[None]:
    """Hold the lock at once or not at all, and leave a note about the holder for others to read.

    :raises Held: somebody else has it.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Held(file.read()) from error
        file.truncate(0)
        file.write(note)
        file.flush()
        yield


def note_of_holder(path: Path) -> str:
    """What the present holder has written, or nothing when nobody holds the lock."""
    if not path.exists():
        return ""
    with path.open("r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read()
    return ""
