"""The queue of files of the embedded default: whoever looks at whatever moment reads whole messages."""

from concurrent.futures import ThreadPoolExecutor
from queue import Empty

import orjson
import pytest
from kombu import Connection

WRITERS, EACH = 6, 150


@pytest.fixture
def channel(tmp_path):
    """`channel()`: a channel of a connection of its own, on one folder."""
    (tmp_path / "messages").mkdir()
    (tmp_path / "control").mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "processed_folder": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    return lambda: Connection("filesystem://", transport_options=options).channel()


def test_no_reader_ever_meets_half_a_message(channel):
    def write(writer):
        own = channel()
        for number in range(EACH):
            own._put("celery", {"id": f"{writer}-{number}", "body": "x" * 5000})

    def read():
        own, found = channel(), []
        while len(found) < WRITERS * EACH // 2:
            try:
                found.append(own._get("celery")["id"])
            except Empty:
                continue
        return found

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        list(pool.map(write, range(WRITERS)))
        found = [name for reader in readers for name in reader.result(timeout=60)]

    assert sorted(found) == sorted(
        f"{writer}-{number}" for writer in range(WRITERS) for number in range(EACH)
    )


def test_a_message_that_is_being_written_is_not_there_yet(channel, monkeypatch):
    own, seen = channel(), []

    def look(content):
        try:
            seen.append(channel()._get("celery"))
        except Empty:
            seen.append(None)
        return orjson.dumps(content).decode()

    for module in ("nt24.file_queue", "kombu.transport.filesystem"):
        monkeypatch.setattr(f"{module}.dumps", look)
    own._put("celery", {"id": 1})

    assert seen == [None]
    assert channel()._get("celery") == {"id": 1}


def test_queues_bound_at_once_are_all_in_the_table(channel):
    names = [f"queue-{number}" for number in range(12)]

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: channel()._queue_bind("tasks", name, "", name), names))

    assert sorted(entry.queue for entry in channel().get_table("tasks")) == sorted(names)
    assert len(channel().get_table("tasks")) == len(names)
