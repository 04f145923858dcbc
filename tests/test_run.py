"""`make run` as people start it: processes of their own, a folder of their own, nothing configured but that."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as project

from nt24.demo.client import DemoClient, Refused

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


@contextmanager
def killed_after(seconds, process):
    """What reads its output inside comes to an end then at the latest."""
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


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
    lines = []
    with killed_after(150, process):
        for line in process.stdout:
            lines.append(line)
            if "Serving until Ctrl-C" in line:
                break
    yield process, "".join(lines), folder, port
    process.kill()
    process.wait()


def test_run_drives_one_order_to_its_sealed_export_file(served):
    process, output, folder, _ = served

    assert process.poll() is None, output
    assert re.search(r"VALID_EXPORT: order DEMO-\d{8}-\d{6} is proven, and sealed in version 1", output)
    assert re.search(r"GET   304 +\d+ ms  /v1/partners/[0-9a-f]{8}…/orders/[0-9a-f]{8}…/compliance", output)
    (pdf,) = (folder / "export-files").iterdir()
    assert str(pdf) in output
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "database: sqlite3" in output
    assert "VIES: sandbox" in output


def test_the_events_of_the_order_are_shown_while_it_runs(served):
    _, output, _, _ = served

    events = re.findall(r"^  event \d\d:\d\d:\d\d ([a-z_.]+) evt_[0-9a-f]{8}… (.+)$", output, re.MULTILINE)
    told = dict(events)  # two that happen at once may arrive in any order
    assert len(events) == 3
    assert set(told) == {"compliance.status_changed", "compliance.decision_made", "export_file.generated"}
    assert re.fullmatch(r"order [0-9a-f]{8}… INCOMPLETE → VALID", told["compliance.status_changed"])
    assert output.index("export_file.generated evt_") < output.index("Drop it on the public page")
    assert re.search(
        r"3 signed events arrived at the sample receiver; the one about the file:\n"
        r"  \d\d:\d\d:\d\d export_file\.generated evt_",
        output,
    )


@pytest.fixture(scope="module")
def partner(served):
    """The demo's partner, signed in."""
    _, _, folder, _ = served
    demo = json.loads(manage("seed_demo", "--json", folder=folder).stdout)
    client = DemoClient(demo["baseUrl"], heard=lambda answer: None)
    token_path = demo["tokenUrl"].removeprefix(demo["baseUrl"])
    client.sign_in(token_path, demo["clientId"], demo["clientSecret"])
    return client


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/nt24-demo", "https://127.0.0.1/", "https://localhost/"]
)
def test_no_other_private_address_is_opened(served, partner, url):
    _, _, _, port = served

    with pytest.raises(Refused) as refused:
        partner.post("/v1/webhooks", {"url": url.format(port=port), "events": ["compliance.*"]})

    assert refused.value.answer.status == 422
    assert [error["field"] for error in refused.value.answer.json()["errors"]] == ["url"]


def test_an_event_that_comes_later_is_shown_too(served, partner):
    process, _, _, _ = served
    (endpoint,) = partner.read("/v1/webhooks")

    fired = partner.post(
        f"/v1/webhooks/{endpoint['id']}/test",
        {"eventType": "prospect.submitted", "data": {"type": "COMPANY"}},
    )

    with killed_after(30, process):
        line = next(line for line in process.stdout if "  event" in line)
    assert f" prospect.submitted {fired['eventId'][:12]}… " in line
    assert line.endswith('{"type": "COMPANY"}\n')


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
    assert len(family) >= 9  # web, two workers with their children, scheduler, receiver

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 0
    assert [pid for pid in family if is_alive(pid)] == []
    again = manage("run_demo", "--exit", folder=folder, port=free_port())
    assert again.returncode == 0, again.stderr
    assert len(list((folder / "export-files").iterdir())) == 2
    # The endpoint of the first run now leads to the receiver of this one.
    assert re.search(r"POST  200 +\d+ ms  /v1/webhooks/wh_[0-9a-f]{8}…/rotate-secret\n", again.stdout)
    assert re.search(r"PATCH 200 +\d+ ms  /v1/webhooks/wh_[0-9a-f]{8}…\n", again.stdout)
    assert "3 signed events arrived at the sample receiver" in again.stdout
