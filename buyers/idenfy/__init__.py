"""Identity verification by iDenfy: opening sessions and reading results, live or from the sandbox.

Storing results and deciding what they mean for a buyer is `buyers/verification.py`.
"""

from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from buyers.idenfy import live, sandbox
from buyers.idenfy.answers import Finding, Opened, read_callback, run_out
from buyers.idenfy.live import IdenfyUnavailable

__all__ = [
    "Finding",
    "IdenfyUnavailable",
    "Opened",
    "is_sandbox",
    "look_up",
    "open_session",
    "read_callback",
    "run_out",
]


def open_session(client_id: UUID, *, back_to: str = "") -> Opened:
    """A new session at the provider of IDENFY_PROVIDER, which sends the buyer to `back_to` afterwards, if given.

    Takes up to 15 seconds: never call it inside a transaction.

    :raises IdenfyUnavailable: it could not be opened now.
    :raises ImproperlyConfigured: for an unknown provider or an unencrypted IDENFY_URL outside development.
    """
    provider = sandbox if is_sandbox() else live
    return provider.open_session(client_id, back_to=back_to)


def look_up(scan_ref: str) -> Finding | None:
    """The result of a session whose callback never came, or None while there is none. As slow as `open_session`.

    :raises ImproperlyConfigured: as `open_session`.
    """
    return run_out(scan_ref) if is_sandbox() else live.look_up(scan_ref)


def is_sandbox() -> bool:
    if settings.IDENFY_PROVIDER not in {"sandbox", "live"}:
        raise ImproperlyConfigured(f"IDENFY_PROVIDER is sandbox or live, not {settings.IDENFY_PROVIDER}.")
    return settings.IDENFY_PROVIDER == "sandbox"
