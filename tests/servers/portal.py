"""A portal of its own with the demo's partner in it, and calls to its web process."""

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from urllib3 import encode_multipart_formdata

from tests.servers.web import Caller

FORM = "application/x-www-form-urlencoded"


def environment(folder: Any, **more: str) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder), "PUBLIC_URL": "http://localhost", "DJANGO_SETTINGS_MODULE": "nt24.settings",
        "CELERY_BROKER_URL": "filesystem://", **more,
    }  # fmt: skip


def seeded(told: dict[str, str]) -> dict[str, Any]:
    """What the demo says of its partner, once there are tables."""
    for command in (["migrate", "--verbosity", "0"], ["seed_demo", "--json"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env={**os.environ, **told},
            capture_output=True, text=True, timeout=180, check=True,
        )  # fmt: skip
    demo: dict[str, Any] = json.loads(done.stdout)
    return demo


def call(
    port: int, method: str, path: str, body: bytes = b"", *, patience: float = 30, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    with Caller(port, patience=patience) as caller:
        return caller.ask(head.encode() + body)


def a_token(port: int, demo: dict[str, Any]) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": demo["clientId"],
        "client_secret": demo["clientSecret"],
    }
    path = "/realms/nt24-idp/protocol/openid-connect/token"
    answer = call(port, "POST", path, urlencode(form).encode(), Content_Type=FORM)[2]
    return str(json.loads(answer)["access_token"])


def a_buyer(port: int, demo: dict[str, Any], bearer: dict[str, str]) -> str:
    """The path of a new one."""
    buyers = f"/v1/partners/{demo['sellerId']}/buyers"
    body = {
        "kycMode": "MARKETPLACE_LED", "vatNumber": "PL5260001246", "companyName": "Nowak",
        "address": {"street": "ul. Prosta 1", "postCode": "00-850", "city": "Warszawa", "country": "PL"},
    }  # fmt: skip
    sent = {"Idempotency_Key": "b", "Content_Type": "application/json", **bearer}
    answer = call(port, "POST", buyers, json.dumps(body).encode(), **sent)[2]
    return f"{buyers}/{json.loads(answer)['uuid']}"


def upload(
    port: int, path: str, file: tuple[str, bytes, str], *, key: str, patience: float = 30, **bearer: str
) -> tuple[int, dict[str, str], bytes]:
    """Name, content and type of a paper, filed as `COC_EXTRACT`."""
    fields = {"type": "COC_EXTRACT", "documentDate": "2026-11-01", "file": file}
    body, content_type = encode_multipart_formdata(fields)
    sent = {"Idempotency_Key": key, "Content_Type": content_type, **bearer}
    return call(port, "POST", path, body, patience=patience, **sent)
