"""Hostile work cannot harm the process that asks for it."""

import multiprocessing
import os
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from nt24 import serving
from nt24.documents import confinement
from nt24.documents.confinement import MEBIBYTE, Busy, Confinement, Overrun
from tests.documents.conftest import wait_until


@pytest.fixture
def room():
    room = Confinement(memory_bytes=400 * MEBIBYTE, cpu_seconds=4, waiting=20)
    yield room
    room.close()


def test_work_is_done_in_another_process(room):
    assert room.run(os.getpid) not in (os.getpid(), None)


def test_the_same_process_works_on(room):
    assert room.run(os.getpid) == room.run(os.getpid)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (bytes, 2_000_000_000),  # more memory than allowed
        (os._exit, 1),  # a crash
        (os.abort, None),  # a crash by signal
    ],
)
def test_an_overrun_is_told_and_the_next_call_is_served(room, function, argument):
    with pytest.raises(Overrun):
        room.run(function, *(() if argument is None else (argument,)))

    assert room.run(abs, -1) == 1


def test_endless_work_is_ended_by_the_kernel(room):
    with pytest.raises(Overrun):
        room.run(sum, range(10**12))

    assert room.run(abs, -1) == 1


def test_an_error_inside_is_raised_outside(room):
    with pytest.raises(RuntimeError, match="ZeroDivisionError: integer division"):
        room.run(divmod, 1, 0)

    assert room.run(abs, -1) == 1


def test_a_helper_that_cannot_start_says_nothing_about_the_file(room, monkeypatch):
    monkeypatch.setattr("nt24.documents.confinement.START", "")  # ends at once

    with pytest.raises(Busy):
        room.run(abs, -1)

    monkeypatch.undo()
    assert room.run(abs, -1) == 1


def test_it_cannot_write_files(room, tmp_path):
    with pytest.raises((RuntimeError, Overrun)):
        room.run(os.truncate, str(written(tmp_path / "file")), 1000)


def written(path):
    path.write_bytes(b"1")
    return path


def test_one_crash_does_not_reach_the_calls_of_others(room):
    results = []

    def ask(number: int) -> None:
        try:
            results.append(room.run(os._exit, 1) if number % 5 == 0 else room.run(abs, -number))
        except Overrun:
            results.append("overrun")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == ["1", "2", "3", "4", "6", "7", "8", "9", "overrun", "overrun"]


def test_a_worn_process_is_replaced(room, monkeypatch):
    monkeypatch.setattr("nt24.documents.confinement.CALLS_PER_PROCESS", 2)

    first, second, third = (room.run(os.getpid) for _ in range(3))

    assert first == second != third


def test_a_forked_process_leaves_the_helper_to_its_parent(room):
    helper = room.run(os.getpid)
    room.forget()

    other = room.run(os.getpid)

    assert other != helper
    os.kill(helper, 0)  # raises when it is gone
    os.kill(helper, 9)


def test_a_worker_s_process_that_may_have_no_children_has_a_helper():
    workers = multiprocessing.get_context("fork").Pool(1)  # as Celery's: daemons
    with workers:
        assert workers.apply(helped) == 1


def helped() -> int:
    room = Confinement(memory_bytes=400 * MEBIBYTE, cpu_seconds=4, waiting=20)
    try:
        return room.run(abs, -1)
    finally:
        room.close()


# --- The line in front of it


@contextmanager
def in_line(room, number):
    """So many calls in it, the first of them at work until the block ends; their results in the order they came."""
    results = []
    with held(room) as first:
        threads = [first]
        for n in range(1, number):
            threads.append(call_in_thread(room, results, n))
            wait_until(lambda n=n: len(room._line) == n + 1)
        yield results
    for thread in threads:
        thread.join()


@contextmanager
def held(room):
    """Its helper reads a pipe to which nobody has written yet."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe)
        thread = threading.Thread(target=room.run, args=(Path.read_bytes, pipe))
        thread.start()
        with pipe.open("wb"):  # waits for the helper to read
            yield thread


def call_in_thread(room, results, number):
    thread = threading.Thread(target=lambda: results.append(room.run(abs, -number)))
    thread.start()
    return thread


@pytest.fixture(params=[0, 1, 2, 5])
def narrow(request):
    room = Confinement(memory_bytes=400 * MEBIBYTE, cpu_seconds=4, waiting=request.param)
    yield room
    room.close()


def test_who_comes_to_a_full_line_is_sent_away_at_once(narrow):
    with in_line(narrow, narrow.waiting + 1), pytest.raises(Busy):
        narrow.run(abs, -1)

    assert narrow.run(abs, -1) == 1


def test_calls_are_served_in_the_order_they_came(narrow):
    with in_line(narrow, narrow.waiting + 1) as results:
        assert results == []

    assert results == list(range(1, narrow.waiting + 1))


def test_who_gives_up_waiting_leaves_the_place_to_others(narrow, monkeypatch):
    with in_line(narrow, max(1, narrow.waiting)) as results:
        monkeypatch.setattr("nt24.documents.confinement.QUEUE_SECONDS", 0)
        for _ in range(3):
            with pytest.raises(Busy):
                narrow.run(abs, -1)
        monkeypatch.undo()

    assert results == list(range(1, max(1, narrow.waiting)))
    assert narrow.run(abs, -1) == 1


def test_the_rooms_of_a_process_leave_threads_to_everybody_else():
    rooms = (confinement.confinement, confinement.drawing, confinement.checking)

    assert sum(1 + room.waiting for room in rooms) < serving.threads
