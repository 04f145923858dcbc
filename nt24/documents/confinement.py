"""A room without windows for reading hostile files: one helper process with little memory and no long stay.

A PDF of a few kilobytes can ask its reader for gigabytes or minutes, and no check made beforehand finds
every way to do so. The helper starts with the first file, works through one file at a time and is replaced
when one kills it, so the web process keeps its memory flat however many files arrive at once. A call costs
about a millisecond; starting a process per file would cost 200.
"""

import atexit
import logging
import math
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
WALL_SECONDS = 30  # per call, for a machine that is busy with other things
QUEUE_SECONDS = 10  # how long a call waits for the ones before it; the caller is told to come again
IMPORT_SECONDS = 10  # of processor time before a call: for what it imports, which is ours
CALLS_PER_PROCESS = 500  # then a fresh one, so that fragmented memory cannot pile up
# What an interpreter and its libraries need; passwords and keys of the environment stay outside.
NEEDED_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "MAGIC", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

START = "import sys; from nt24.documents.confinement import serve_on; serve_on(*sys.argv[1:])"


class Overrun(Exception):
    """The call needed more memory or time than allowed, or took the process down."""


class Busy(Exception):
    """Too many calls were waiting, or no helper could be started; nothing is known about this file."""


class Confinement:
    """Runs functions of importable modules in the helper process, one at a time, from any thread.

    `memory_bytes` are on top of the interpreter and of the modules `preload`, `cpu_seconds` for one call; the kernel
    sees to both. At most `waiting` calls wait, in the order they came: each of them holds a thread of its process.
    """

    def __init__(
        self, *, memory_bytes: int, cpu_seconds: int, waiting: int, preload: tuple[str, ...] = ()
    ) -> None:
        self.memory_bytes, self.cpu_seconds = memory_bytes, cpu_seconds
        self.waiting, self.preload = waiting, preload
        self._guard = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._calls = 0

    def run(self, function: Callable[..., T], *args: Any, cpu_seconds: int | None = None) -> T:
        """Call `function(*args)` inside (`partial` for named ones); arguments and result must be picklable.

        :raises Overrun: it used up its memory or time, or crashed.
        :raises Busy: too many were waiting, its turn did not come in time, or the helper did not start.
        """
        turn = self._take_place()
        try:
            if not turn.wait(QUEUE_SECONDS):
                raise Busy
            return self._ask(function, args, cpu_seconds or self.cpu_seconds)
        finally:
            self._leave(turn)

    def _take_place(self) -> threading.Event:
        """:raises Busy: there is none."""
        turn = threading.Event()
        with self._guard:
            if len(self._line) > self.waiting:
                raise Busy
            self._line.append(turn)
            self._line[0].set()
        return turn

    def _leave(self, turn: threading.Event) -> None:
        with self._guard:
            self._line.remove(turn)
            if self._line:
                self._line[0].set()

    def close(self) -> None:
        """End the helper; the next call starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None
        self._calls = 0

    def forget(self) -> None:
        """After a fork: the helper belongs to the parent, so the child lets go of it without ending it."""
        self._guard, self._line = threading.Lock(), deque()
        self._process = self._connection = None
        self._calls = 0

    def _ask(self, function: Callable[..., T], args: tuple[Any, ...], cpu_seconds: int) -> T:
        connection = self._connected()
        self._calls += 1
        try:
            connection.send((function, args, cpu_seconds))
            if not connection.poll(WALL_SECONDS):
                raise EOFError
            is_done, result = connection.recv()
        except (EOFError, OSError) as silence:
            self.close()
            raise Overrun from silence
        if self._calls >= CALLS_PER_PROCESS:
            self.close()
        if not is_done:
            raise result
        return result

    def _connected(self) -> Connection:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self.close()
        connection, theirs = multiprocessing.Pipe()
        self._connection = connection
        try:
            with theirs:
                self._process = started(theirs.fileno(), self.memory_bytes, *self.preload)
            if not connection.poll(WALL_SECONDS):
                raise EOFError
            connection.recv()  # its word that it has started: what fails from now on is the file's doing
        except (EOFError, OSError) as failure:
            self.close()
            raise Busy from failure
        return connection


def started(handle: int, memory_bytes: int, *preload: str) -> subprocess.Popen[bytes]:
    """A fresh interpreter that inherits nothing but this end of the pipe: no thread, no database connection.

    Not a `multiprocessing.Process`: the processes of a Celery worker may not have any.
    """
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own words
        [sys.executable, "-c", START, str(handle), str(memory_bytes), *preload],
        pass_fds=[handle],
        stdin=subprocess.DEVNULL,
        env={
            **{name: os.environ[name] for name in NEEDED_VARIABLES if name in os.environ},
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )


def serve_on(handle: str, memory_bytes: str, *preload: str) -> None:
    for module in preload:
        import_module(module)
    serve(Connection(int(handle)), int(memory_bytes))


def serve(connection: Connection, memory_bytes: int) -> None:
    """The life of the helper: take a call, answer it, until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    logging.disable(logging.CRITICAL)
    limit_memory(memory_bytes)
    connection.send("started")
    while True:
        limit_seconds(IMPORT_SECONDS)
        try:
            function, args, cpu_seconds = connection.recv()  # imports its module when it is the first call
            limit_seconds(cpu_seconds)
            connection.send((True, function(*args)))
        except EOFError:
            return
        except MemoryError:
            return  # what it left behind is unknown: the silence tells, the next call gets a fresh process
        except Exception as error:  # noqa: BLE001  handed to the caller, who raises it there
            connection.send((False, RuntimeError(f"{type(error).__name__}: {error}")))


def limit_memory(memory_bytes: int) -> None:
    """Cap the address space above what the interpreter has now, and forbid writing files and core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform != "linux":
        return  # other systems take the call without enforcing it; production runs on Linux
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_seconds(cpu_seconds: int) -> None:
    """Let the kernel end the process when this call uses more processor time than allowed, to the second."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.floor(time.process_time()) + cpu_seconds, hard))


# The rooms of one process. Together fewer calls run and wait in them than a web process has threads (nt24/serving.py),
# so that health checks and everything else are answered whatever files arrive.
# Where received files are examined. The slowest honest one is a PNG of 200 million pixels, which takes two seconds.
confinement = Confinement(memory_bytes=400 * MEBIBYTE, cpu_seconds=8, waiting=5)
# Where they are drawn and read for people, so that looking at papers does not hold up those that arrive. A PNG of 200
# million pixels decodes into 800 MB. A form shows up to three pictures at once, and two people look at the same time.
drawing = Confinement(memory_bytes=1024 * MEBIBYTE, cpu_seconds=12, waiting=4)
# Where `/verify` looks at what a stranger says is ours. The file is mapped into memory and not read into it.
checking = Confinement(
    memory_bytes=768 * MEBIBYTE,
    cpu_seconds=2,
    waiting=1,
    preload=("nt24.documents.seals", "nt24.documents.sealed_content"),
)

for room in (confinement, drawing, checking):
    atexit.register(room.close)
    os.register_at_fork(after_in_child=room.forget)
