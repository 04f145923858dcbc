"""A receiver of NT24 webhooks: verifies, keeps each event once, answers at once and works afterwards.

Copy it and replace `handle`. Python 3.9 or newer, nothing else to install:

    WEBHOOK_SECRET=whsec_… python webhook_receiver.py --port 9000

It listens on 127.0.0.1 over plain http; in production a reverse proxy in front of it ends TLS.
"""

import argparse
import hashlib
import hmac
import json
import os
import queue
import re
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300  # both ways: what is older may be a recording, and clocks differ
MAX_BODY_BYTES = 2 * 1024 * 1024
NUMBER = re.compile("[0-9]{1,12}")


def verify(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether `body`, the bytes as they came, was signed with `secret` close to `now` (Unix seconds)."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [value for name, _, value in parts if name == "v1"]  # two while a secret is being rotated
    if len(times) != 1 or not NUMBER.fullmatch(times[0]) or abs(now - int(times[0])) > TOLERANCE_SECONDS:
        return False
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected.encode(), digest.encode(errors="replace")) for digest in digests)


def handle(event: dict) -> None:
    """Your work. After a crash it may run twice for one event, so make it repeatable."""
    data, told = event["data"], json.dumps(event["data"])
    if event["type"] == "compliance.status_changed":
        told = f"order {data.get('orderUuid')} {data.get('previousStatus')} → {data.get('currentStatus')}"
    line = f"{time.strftime('%H:%M:%S')} {event['type']} {event['id']} {told}"
    print("".join(sign if sign.isprintable() else "?" for sign in line), flush=True)


class Inbox:
    """The events of a file, each of them once: kept before they are answered, so that a restart loses none."""

    def __init__(self, path: str) -> None:
        self.path, self.news = path, queue.SimpleQueue()
        self.run("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB, done INT DEFAULT 0)")

    def run(self, sql: str, *values: object) -> list:
        with closing(sqlite3.connect(self.path, timeout=5)) as file, file:
            return file.execute(sql, values).fetchall()

    def keep(self, event_id: str, body: bytes) -> None:
        """The id is the primary key: a retry or a replay of a known event changes nothing."""
        self.run("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", event_id, body)
        self.news.put(True)

    def work(self) -> None:
        """Handle what is not done, until False is news. After an error or a crash the next start goes on here."""
        is_on = True
        while is_on:
            for event_id, body in self.run("SELECT id, body FROM events WHERE NOT done ORDER BY rowid"):
                handle(json.loads(body))
                self.run("UPDATE events SET done = 1 WHERE id = ?", event_id)
            is_on = self.news.get()


class Handler(BaseHTTPRequestHandler):
    inbox: Inbox
    secret: str
    timeout = 10  # seconds, for a sender that stalls

    def do_POST(self) -> None:
        status, answer = self.taken()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def taken(self) -> tuple:
        """Only what is signed counts: of the headers nothing but the signature is read."""
        length = self.headers.get("Content-Length", "")
        if not NUMBER.fullmatch(length) or int(length) > MAX_BODY_BYTES:
            return 400, b"Content-Length is missing or too large"
        body = self.rfile.read(int(length))
        if not verify(self.secret, self.headers.get("X-Novatrade-Signature", ""), body, time.time()):
            return 401, b"not signed with our secret, or not now"
        try:
            self.inbox.keep(json.loads(body)["id"], body)
        except (ValueError, KeyError, TypeError):
            return 400, b"not an event"
        return 200, b"kept"

    def log_request(self, code: int = 0, size: int = 0) -> None:
        if code != 200:
            super().log_request(code, size)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=9000)
    options.add_argument("--database", default="webhook_events.sqlite3")
    chosen = options.parse_args()
    Handler.secret = os.environ.get("WEBHOOK_SECRET") or sys.exit("Set WEBHOOK_SECRET.")
    Handler.inbox = Inbox(chosen.database)
    sys.stdout.reconfigure(encoding="utf-8")
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: Handler.inbox.news.put(False))
    with ThreadingHTTPServer(("127.0.0.1", chosen.port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"Listening on http://127.0.0.1:{server.server_port}/", flush=True)
        Handler.inbox.work()
