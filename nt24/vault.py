"""Secrets that have to be readable again (a webhook's signing key) are encrypted before they reach a row.

Fernet: AES-128-CBC with HMAC-SHA256. `ENCRYPTION_KEYS` lists the keys, newest first: the first one encrypts, all of
them decrypt, so a key is rotated by putting a new one in front and running `manage.py reencrypt_secrets`. Without the
setting the key follows from `SECRET_KEY`, and older ones from `SECRET_KEY_FALLBACKS`.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PURPOSE = b"nt24 secrets at rest"


class CannotDecrypt(Exception):
    """None of the present keys has encrypted this."""


def encrypt(text: str) -> bytes:
    return _keys().encrypt(text.encode())


def decrypt(sealed: bytes | memoryview) -> str:
    """:raises CannotDecrypt: the key is gone, or somebody has altered the bytes."""
    try:
        return _keys().decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise CannotDecrypt("No key of ENCRYPTION_KEYS opens this secret.") from error


def reencrypt(sealed: bytes | memoryview) -> bytes:
    """The same secret under the newest key.

    :raises CannotDecrypt: as `decrypt`.
    """
    return encrypt(decrypt(sealed))


def _keys() -> MultiFernet:
    return _fernet_of(tuple(settings.ENCRYPTION_KEYS), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _fernet_of(keys: tuple[str, ...], secrets: tuple[str, ...]) -> MultiFernet:
    """Both kinds of keys decrypt, so that an installation can move from the derived key to one of its own."""
    try:
        listed = [Fernet(key) for key in keys]
    except ValueError as error:
        raise ImproperlyConfigured("ENCRYPTION_KEYS takes 32 bytes each, url-safe base64.") from error
    return MultiFernet([*listed, *(Fernet(_derived(secret)) for secret in secrets)])


def _derived(secret: str) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(secret.encode()))
