"""The sample receiver that partners copy, run as they would run it: a process of its own, a secret, a file."""

import ast
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import pytest

from nt24.webhooks.models import Delivery
from nt24.webhooks.signing import HEADER, signature
from tests.webhooks.sample import PATH, SAMPLE

SECRET = "whsec_of-the-sample-receiver"
ORDER = "0b0e3d86-4a7f-4b57-9f0e-0f3f5f1c2d11"


class Sample:
    """A running one; `url` is where it listens."""

    def __init__(self, file, secret):
        self.process = subprocess.Popen(
            [sys.executable, "-I", PATH, "--port", "0", "--database", file],
            env={**os.environ, "WEBHOOK_SECRET": secret, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        listening = re.fullmatch(
            r"Listening on (http://127\.0\.0\.1:(\d+)/)\n", self.process.stdout.readline()
        )
        self.url, self.port = listening[1], int(listening[2])

    def told(self):
        """The next line without its clock; waits for it."""
        clock, _, told = self.process.stdout.readline().rstrip("\n").partition(" ")
        assert re.fullmatch(r"\d\d:\d\d:\d\d", clock)
        return told

    def ended(self):
        """Ask it to end: its exit code, and what it had still told."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=10)
        return self.process.returncode, rest


@pytest.fixture
def file(tmp_path):
    return tmp_path / "events.sqlite3"


@pytest.fixture
def start(file):
    """`with start() as sample:` a process on the same file each time, killed at the end."""

    @contextmanager
    def run(secret=SECRET):
        sample = Sample(file, secret)
        try:
            yield sample
        finally:
            sample.process.kill()
            sample.process.communicate()

    return run


@pytest.fixture
def sample(start):
    with start() as sample:
        yield sample


def event(event_id="evt_1", **data):
    content = {"id": event_id, "type": "compliance.decision_made", "data": data}
    return json.dumps(content).encode()


def post(port, body, *, secret=SECRET, at=None, **headers):
    """The status of a signed request; headers are named with `_` for `-`, an empty one is not sent."""
    signed = signature(body, secrets=[secret], at=int(at or time.time()))
    sent = {HEADER: signed, "Content-Length": str(len(body))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("POST", "/hooks")
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


# --- With our engine -----------------------------------------------------------------------------------------------


def test_an_event_of_ours_is_taken_and_told(sample, subscribe, happens, deliver):
    subscribe(sample, secret=SECRET)
    happens(
        "rollup.status_changed",
        orderUuid=ORDER,
        previousStatus="INCOMPLETE",
        currentStatus="VALID",
        blockers=[],
    )

    deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.http_status) == ("DELIVERED", 200)
    assert sample.told() == (
        f"compliance.status_changed {delivery.event_id} order {ORDER} INCOMPLETE → VALID"
    )


def test_a_replay_is_taken_and_not_told_again(sample, partner, subscribe, happens, deliver):
    endpoint = subscribe(sample, secret=SECRET)
    happens()
    deliver()
    first = Delivery.objects.get()

    replayed = partner.post(f"/v1/webhooks/{endpoint['id']}/deliveries/{first.public_id}/replay")
    deliver()

    assert replayed.status_code == 202
    assert list(Delivery.objects.values_list("status", flat=True)) == ["DELIVERED"] * 2
    assert sample.told().startswith(f"compliance.decision_made {first.event_id} ")
    assert sample.ended() == (0, "")


def test_a_receiver_with_the_old_secret_loses_nothing_while_it_is_rotated(
    sample, partner, subscribe, happens, deliver
):
    endpoint = subscribe(sample, secret=SECRET)
    rotated = partner.post(f"/v1/webhooks/{endpoint['id']}/rotate-secret").json()
    happens()

    deliver()

    assert rotated["secret"] != SECRET
    assert Delivery.objects.get().status == "DELIVERED"


def test_a_receiver_with_another_secret_takes_nothing(sample, subscribe, happens, deliver):
    subscribe(sample, secret="whsec_of-somebody-else-entirely")
    happens()

    deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.http_status) == ("PENDING", 401)
    assert sample.ended() == (0, "")


# --- By itself -----------------------------------------------------------------------------------------------------


def test_a_restart_remembers_what_was_told(start):
    with start() as sample:
        assert post(sample.port, event(order="1")) == 200
        assert sample.told() == 'compliance.decision_made evt_1 {"order": "1"}'
        assert sample.ended() == (0, "")

    with start() as sample:
        assert post(sample.port, event(order="1")) == 200
        assert post(sample.port, event("evt_2")) == 200
        assert sample.told() == "compliance.decision_made evt_2 {}"


def test_the_answer_does_not_wait_for_the_work_and_a_restart_does_the_rest(file, start):
    SAMPLE.Handler.inbox, SAMPLE.Handler.secret = SAMPLE.Inbox(str(file)), SECRET
    with ThreadingHTTPServer(("127.0.0.1", 0), SAMPLE.Handler) as nobody_works:
        threading.Thread(target=nobody_works.serve_forever, args=(0.02,), daemon=True).start()
        answered = post(nobody_works.server_port, event())
        nobody_works.shutdown()

    with start() as sample:
        assert answered == 200
        assert sample.told() == "compliance.decision_made evt_1 {}"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"secret": "whsec_of-somebody-else"}, 401),
        ({"at": 1_777_111_331}, 401),
        ({"at": 4_000_000_000}, 401),
        ({"X_Novatrade_Signature": ""}, 401),
        ({"X_Novatrade_Signature": "t=1,v1=é"}, 401),
        ({"Content_Length": ""}, 400),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "9" * 5000}, 400),
        ({"Content_Length": str(SAMPLE.MAX_BODY_BYTES + 1)}, 400),
        ({"body": b"{"}, 400),
        ({"body": b"\xff"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b"{}"}, 400),
    ],
)
def test_what_is_no_signed_event_is_refused_and_not_kept(sample, changes, status):
    sent = {"body": event(), **changes}

    assert post(sample.port, **sent) == status

    assert sample.ended() == (0, "")


def test_what_is_told_moves_no_cursor(sample):
    post(sample.port, json.dumps({"id": "evt_1", "type": "a\x1b[2Jb", "data": {"c": "\x07"}}).encode())

    assert sample.told() == 'a?[2Jb evt_1 {"c": "\\u0007"}'


def test_without_a_secret_it_does_not_start(file):
    refused = subprocess.run(
        [sys.executable, PATH, "--port", "0", "--database", file],
        env={**os.environ, "WEBHOOK_SECRET": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "Set WEBHOOK_SECRET.\n")


def test_it_is_one_short_file_that_needs_python_3_9_and_nothing_else():
    source = PATH.read_text("utf-8")

    tree = ast.parse(source, feature_version=(3, 9))

    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert len(source.splitlines()) <= 120
