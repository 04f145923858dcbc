"""From the answer of a write to its event at the receiver, on the embedded default as `make run` starts it (T20)."""

import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.bench.webhooks import arrivals_in, receiving

WRITES = 100
PAUSE = 0.1  # between writes: nobody is to wait for the one before


@contextmanager
def portal(port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Web, workers and scheduler on SQLite, files and a queue of files; `environment` is the caller's own."""
    chosen = {
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_demo"],
        env={**environment, **chosen},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if not any(line.startswith("Serving") for line in process.stdout):
        raise SystemExit(f"the portal did not come up: {process.wait(timeout=60)}")
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def call(port: int, path: str, body: dict[str, object], token: str) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    request = Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers)  # noqa: S310  loopback
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return dict(json.load(answer))


def token_of(port: int, folder: Path) -> str:
    secret = json.loads((folder / "keys" / "demo.json").read_text())["api-client-demo"]
    form = {"grant_type": "client_credentials", "client_id": "api-client-demo", "client_secret": secret}
    path = "/realms/nt24-idp/protocol/openid-connect/token"
    with urlopen(f"http://127.0.0.1:{port}{path}", urlencode(form).encode(), timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["access_token"])


def report(port: int, receiver: int, folder: Path, environment: Mapping[str, str]) -> None:
    data = folder / "latency"
    with portal(port, data, environment), receiving(receiver, folder) as file:
        token = token_of(port, data)
        url = f"http://127.0.0.1:{receiver}/ok"
        hook = call(port, "/v1/webhooks", {"url": url, "events": ["kyc.*"]}, token)["id"]
        answered = {}
        for _ in range(WRITES):
            test: dict[str, object] = {"eventType": "kyc.vies_check_failed", "data": {}}
            event_id = call(port, f"/v1/webhooks/{hook}/test", test, token)["eventId"]
            answered[event_id] = time.time()
            time.sleep(PAUSE)
        time.sleep(5)
        waits = sorted(at - answered[event_id] for _, event_id, at in arrivals_in(file))
    print(
        f"T20 answered write to received event, embedded default: median {statistics.median(waits) * 1000:.0f} ms, "
        f"95th of 100 {waits[int(len(waits) * 0.95)] * 1000:.0f} ms, {len(waits)} of {WRITES} arrived (target < 1 s)"
    )
