"""The signature of one request: `t=<unix>,v1=<hex>` over `<t>.<raw body>` (contract 12)."""

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-Novatrade-Signature"


def signature(body: bytes, *, secrets: Iterable[str], at: int) -> str:
    """One `v1` for each valid secret, the newest first; `at` is the time of sending in Unix seconds."""
    signed = b"%d.%s" % (at, body)
    digests = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])
