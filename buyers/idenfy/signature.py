"""The signature of a callback: HMAC-SHA256 of the raw body, in hexadecimal (domain C.2)."""

import hashlib
import hmac

from django.conf import settings

SANDBOX_PURPOSE = b"nt24 sandbox idenfy"


def is_signed(raw: bytes, signature: str) -> bool:
    """Whether whoever holds the signing key has sent exactly these bytes. Without a key nothing is signed."""
    key = signing_key()
    return bool(key) and hmac.compare_digest(signature_of(raw, key).encode(), signature.lower().encode())


def signature_of(raw: bytes, key: bytes) -> str:
    return hmac.new(key, raw, hashlib.sha256).hexdigest()


def signing_key() -> bytes:
    """IDENFY_SIGNING_KEY; the sandbox makes one of its own from SECRET_KEY when there is none."""
    if settings.IDENFY_SIGNING_KEY:
        return str(settings.IDENFY_SIGNING_KEY).encode()
    if settings.IDENFY_PROVIDER != "sandbox":
        return b""
    return hmac.digest(settings.SECRET_KEY.encode(), SANDBOX_PURPOSE, "sha256")
