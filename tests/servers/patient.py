"""The portal with paths for tests of the web server: slow, large, an echo of the body and of its type, and no body."""

import json
import os
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from nt24.wsgi import application as portal

MIB = 1024 * 1024


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/test/sleep":
        time.sleep(float(environ["QUERY_STRING"]))
        content = str(os.getpid()).encode()
    elif path == "/test/large":
        content = b"x" * (int(environ["QUERY_STRING"]) * MIB)
    elif path == "/test/echo":
        body = environ["wsgi.input"].read()
        told = {"length": len(body), "declared": environ.get("CONTENT_LENGTH"), "body": body[:100].decode()}
        content = json.dumps(told).encode()
    elif path == "/test/type":
        content = environ.get("CONTENT_TYPE", "").encode()
    elif path == "/test/status":
        status = unquote(environ["QUERY_STRING"])
        start_response(status, [("Content-Length", "0")] if status.startswith("200") else [])
        return []
    else:
        return portal(environ, start_response)
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
