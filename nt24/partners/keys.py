"""The keys behind access tokens: the embedded issuer's own, and those an external issuer publishes.

Nothing here reads a token; `nt24/partners/authentication.py` asks for a key by its id and checks with it.
"""

import contextlib
import json
import os
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from nt24.errors import Unavailable
from nt24.http import Limits, Unreachable, call

EMBEDDED_REALM = "/realms/nt24-idp"  # Keycloak's path, contract 3
OPENID_CONNECT = "/protocol/openid-connect"
SIGNING_ALGORITHM = "ES256"
KEY_FILE = "access-token-signing.json"

MIN_RSA_BITS = 2048
KEYS_FRESH = 600.0  # seconds until the issuer's keys are read again, so that a withdrawn key stops working
KEYS_COOLDOWN = (
    10.0  # seconds between two readings, so that invented key ids cannot make us hammer the issuer
)
KEYS_WAIT = 1.0  # seconds a call waits for a reading that another call has begun
ISSUER_LIMITS = Limits(connect_seconds=2, read_seconds=3, total_seconds=4)

PublicKey = ECKey | RSAKey

log = structlog.get_logger(__name__)


def is_embedded() -> bool:
    """Whether this process is its own token issuer; otherwise `OIDC_ISSUER` names another one."""
    return bool(f"{settings.PUBLIC_URL}{EMBEDDED_REALM}" == settings.OIDC_ISSUER)


def key_with_id(kid: str) -> PublicKey | None:
    """The key that the issuer signs with under this id, or None when it has no such key.

    :raises Unavailable: the external issuer has not been reached even once.
    """
    if is_embedded():
        own = signing_key()
        return own if own.kid == kid else None
    return published_keys(settings.OIDC_ISSUER).find(kid)


# --- Ours --------------------------------------------------------------------------------------------------


def signing_key() -> ECKey:
    """The private key of the embedded issuer, made when it is first needed and kept in `KEYS_DIR`."""
    return _signing_key(Path(settings.KEYS_DIR) / KEY_FILE)


def published_key() -> dict[str, Any]:
    """The public half as it stands in the JWKS."""
    return {**signing_key().as_dict(private=False), "use": "sig", "alg": SIGNING_ALGORITHM}


@cache
def _signing_key(path: Path) -> ECKey:
    if not path.exists():
        _make_key(path)
    return ECKey.import_key(json.loads(path.read_text()))


def _make_key(path: Path) -> None:
    """Write a new key unless another process has just done so: linking a finished file has one winner."""
    key = ECKey.generate_key("P-256")
    content = key.as_dict(private=True, kid=key.thumbprint())
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by us only
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # the other process won; its key is read instead
            os.link(draft, path)
    finally:
        os.unlink(draft)


# --- An external issuer's ----------------------------------------------------------------------------------


@cache
def published_keys(issuer: str) -> "PublishedKeys":
    return PublishedKeys(issuer)


class PublishedKeys:
    """The keys of an external issuer by id: read when needed, kept while the issuer is down."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._keys: dict[str, PublicKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    def find(self, kid: str) -> PublicKey | None:
        """:raises Unavailable: no key has ever been read, so nothing can be said about this one."""
        if kid not in self._keys or self._is_due(self._read_at, KEYS_FRESH):
            self._refresh(wanted=kid)
        if self._read_at is None:
            raise Unavailable("The token issuer cannot be reached; try again in a moment.")
        return self._keys.get(kid)

    def _refresh(self, *, wanted: str) -> None:
        """Read the keys unless that was tried a moment ago; one call reads, others go on."""
        if not self._lock.acquire(timeout=0 if wanted in self._keys else KEYS_WAIT):
            return
        try:
            if not self._is_due(self._tried_at, KEYS_COOLDOWN):
                return
            self._tried_at = time.monotonic()
            self._keys = read_keys(self.issuer)
            self._read_at = time.monotonic()
        except (Unreachable, ValueError) as failure:
            log.warning(
                "issuer.keys_not_read", issuer=self.issuer, failure=str(failure), kept=len(self._keys)
            )
        finally:
            self._lock.release()

    @staticmethod
    def _is_due(since: float | None, seconds: float) -> bool:
        return since is None or time.monotonic() - since >= seconds


def read_keys(issuer: str) -> dict[str, PublicKey]:
    """The issuer's usable signing keys by id.

    :raises Unreachable: no reply.
    :raises ValueError: a reply that is no key set, or one without any usable key.
    """
    members = read_json(keys_url(issuer)).get("keys")
    if not isinstance(members, list):
        raise ValueError("the key set has no list of keys")
    keys = {key.kid: key for member in members if (key := usable_key(member)) is not None and key.kid}
    if not keys:
        raise ValueError("the key set has no usable key")
    return keys


def keys_url(issuer: str) -> str:
    """Where discovery says the keys are; an issuer without discovery has them where Keycloak has.

    :raises Unreachable: no reply.
    """
    try:
        configuration = read_json(f"{issuer}/.well-known/openid-configuration")
    except ValueError:
        return f"{issuer}{OPENID_CONNECT}/certs"
    url = configuration.get("jwks_uri")
    is_its_own = configuration.get("issuer") == issuer and isinstance(url, str)
    return str(url) if is_its_own else f"{issuer}{OPENID_CONNECT}/certs"


def read_json(url: str) -> dict[str, Any]:
    """:raises Unreachable: no reply. :raises ValueError: a reply that is not a JSON object."""
    # The issuer is the operator's own configuration and usually stands in the same private network.
    reply = call("GET", url, headers={"Accept": "application/json"}, limits=ISSUER_LIMITS, allow_private=True)
    if reply.status != 200 or reply.is_truncated:
        raise ValueError(f"status {reply.status}, {len(reply.body)} bytes")
    content = json.loads(reply.body)
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content


def usable_key(member: Any) -> PublicKey | None:
    """A public signing key of a kind we accept; anything else in the set (encryption, symmetric) is not."""
    if not isinstance(member, dict) or member.get("use", "sig") != "sig":
        return None
    try:
        if member.get("kty") == "EC" and member.get("crv") == "P-256":
            return ECKey.import_key(member)
        if member.get("kty") == "RSA":
            key = RSAKey.import_key(member)
            return key if key.raw_value.key_size >= MIN_RSA_BITS else None
    except (JoseError, ValueError, TypeError) as failure:
        log.warning("issuer.key_not_usable", failure=type(failure).__name__)
    return None
