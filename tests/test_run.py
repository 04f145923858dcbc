"""`make run` as people start it: processes of their own, a folder of their own, nothing configured but that."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings as project

# What runs here is on SQLite of its own, whatever the suite uses: once is enough.
pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql", reason="does not depend on the suite's database"
)


def own_environment(folder: Path, port: int) -> dict[str, str]:
    """That of a shell which has configured nothing but the two variables `make run` takes."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DATA_DIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def manage(*arguments: str, folder: Path, port: int = 8000, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=project.BASE_DIR,
        env=own_environment(folder, port),
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid: int) -> list[int]:
    told = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    found = [int(line) for line in told.stdout.split()]
    return found + [deeper for child in found for deeper in children_of(child)]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_seeding_asks_for_migrations_first(tmp_path):
    refused = manage("seed_demo", "--json", folder=tmp_path)

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Run `manage.py migrate` first." in refused.stderr


def test_a_port_in_use_is_said_so(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = manage("run_demo", folder=tmp_path, port=port)

    assert refused.returncode == 1
    assert f"Port {port} is in use. Choose another one: make run PORT={port + 1}" in refused.stderr


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A portal that `run_demo` has brought up and driven one order through: process, output so far, folder, port."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_demo"],
        cwd=project.BASE_DIR,
        env=own_environment(folder, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    alarm = threading.Timer(150, process.kill)
    alarm.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Serving until Ctrl-C" in line:
            break
    alarm.cancel()
    yield process, "".join(lines), folder, port
    process.kill()
    process.wait()


def test_run_drives_one_order_to_its_sealed_export_file(served):
    process, output, folder, _ = served

    assert process.poll() is None, output
    assert re.search(r"VALID_EXPORT: order DEMO-\d{8}-\d{6} is proven, and sealed in version 1", output)
    assert re.search(r"GET  304 +\d+ ms  /v1/partners/[0-9a-f]{8}…/orders/[0-9a-f]{8}…/compliance", output)
    (pdf,) = (folder / "export-files").iterdir()
    assert str(pdf) in output
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "database: sqlite3" in output
    assert "VIES: sandbox" in output


def test_the_seed_knows_where_run_serves_and_keeps_its_output_clean(served):
    _, _, folder, port = served

    told = manage("seed_demo", "--json", folder=folder, port=1)

    assert json.loads(told.stdout)["baseUrl"] == f"http://127.0.0.1:{port}"
    assert told.stderr == ""


def test_a_second_run_on_the_same_folder_is_refused(served):
    _, _, folder, port = served

    refused = manage("run_demo", folder=folder, port=free_port())

    assert refused.returncode == 1
    assert f"serves from {folder} at http://127.0.0.1:{port}" in refused.stderr


def test_ctrl_c_ends_every_process_and_the_next_run_goes_on_with_the_data(served):
    process, _, folder, _ = served
    family = children_of(process.pid)
    assert len(family) >= 3

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 0
    assert [pid for pid in family if is_alive(pid)] == []
    again = manage("run_demo", "--exit", folder=folder, port=free_port())
    assert again.returncode == 0, again.stderr
    assert len(list((folder / "export-files").iterdir())) == 2
