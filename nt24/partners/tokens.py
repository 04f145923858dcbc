"""The embedded token issuer: client secrets are checked and access tokens signed here (contract 3).

It issues to clients only: there are no users, no consent and no refresh tokens in this room.
"""

import hashlib
import hmac
import secrets
import time
import uuid
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.utils import timezone
from joserfc import jwt

from nt24.api.limits import windows
from nt24.api.windows import Quota
from nt24.partners.authentication import MAX_CLIENT_ID, TOKEN_TYPE
from nt24.partners.keys import SIGNING_ALGORITHM, signing_key
from nt24.partners.models import ApiClient, ClientSecret

SCOPE = "profile email"
AUDIENCE = "account"  # what Keycloak puts there for a service account
SECRET_BYTES = 48  # 64 characters, the least the contract allows
SECRETS_AT_ONCE = 2  # the current one and the one it has replaced
NO_DIGEST = "0" * 64  # no input has this digest; it stands in where a client or a second secret is missing

# Wrong secrets per minute. The first row stops guessing at one client without touching anybody else; the
# second bounds what one address can try altogether, and is wide enough that a colleague's mistake behind the
# same address blocks nobody. There is no limit per client over all addresses: it would let a stranger lock a
# client out, and 384 random bits are not found at any speed.
GUESSES_PER_CLIENT_AND_ADDRESS = Quota(per_minute=10, per_burst=10)
GUESSES_PER_ADDRESS = Quota(per_minute=60, per_burst=60)
# A token lasts five minutes; a client that asks ten times a second has lost its cache.
TOKENS_PER_CLIENT = Quota(per_minute=600, per_burst=600)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TooFast(Exception):
    """Asked too often; `wait` is in seconds."""

    wait: int


class WrongCredentials(Exception):
    """Unknown client, wrong or expired secret, disabled client or organization: one answer for all."""


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def exchange(client_id: str, secret: str, *, address: str) -> str:
    """An access token for these credentials.

    :raises WrongCredentials: they are not right.
    :raises TooFast: too many wrong secrets from this address, or too many tokens for this client.
    """
    refuse_fast_guesses(client_id, address)
    client = client_with(client_id, secret)
    if client is None:
        note_guess(client_id, address)
        raise WrongCredentials
    taking = windows().take("tokens", str(client.uuid), TOKENS_PER_CLIENT)
    if taking.wait:
        raise TooFast(taking.wait)
    return signed_token(client)


def client_with(client_id: str, secret: str) -> ApiClient | None:
    """The enabled client that has this secret. An unknown client takes as long as a wrong secret."""
    is_possible = 0 < len(client_id) <= MAX_CLIENT_ID and "\0" not in client_id
    rows = (
        ClientSecret.objects.valid_at(timezone.now())
        .filter(
            client__client_id=client_id if is_possible else "",
            client__disabled_at__isnull=True,
            client__organization__disabled_at__isnull=True,
        )
        .select_related("client")[:SECRETS_AT_ONCE]
    )
    stored = list(rows)
    digests = [row.digest for row in stored] + [NO_DIGEST] * (SECRETS_AT_ONCE - len(stored))
    given = digest_of(secret)
    matches = [
        hmac.compare_digest(given, digest) for digest in digests
    ]  # all of them, whatever the first says
    return next((row.client for row, is_match in zip(stored, matches, strict=False) if is_match), None)


def signed_token(client: ApiClient) -> str:
    """A JWT in Keycloak's form, so that moving to a real Keycloak changes only `OIDC_ISSUER`."""
    key, now = signing_key(), int(time.time())
    header = {"alg": SIGNING_ALGORITHM, "typ": "JWT", "kid": key.kid}
    claims = {
        "iss": settings.OIDC_ISSUER,
        "aud": AUDIENCE,
        "sub": str(client.uuid),
        "typ": TOKEN_TYPE,
        "azp": client.client_id,
        "client_id": client.client_id,
        "scope": SCOPE,
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_SECONDS,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(header, claims, key, algorithms=[SIGNING_ALGORITHM])


# --- Guessing ----------------------------------------------------------------------------------------------


def refuse_fast_guesses(client_id: str, address: str) -> None:
    """:raises TooFast: this address has guessed too often, at this client or altogether."""
    wait = max(
        windows().take("guesses", name, quota, wanted=0).wait
        for name, quota in guess_windows(client_id, address)
    )
    if wait:
        raise TooFast(wait)


def note_guess(client_id: str, address: str) -> None:
    """Count a wrong secret and leave a line in the log; the secret itself goes nowhere."""
    log.warning("token.refused", client_id=client_id[:MAX_CLIENT_ID], address=address)
    for name, quota in guess_windows(client_id, address):
        windows().take("guesses", name, quota)


def guess_windows(client_id: str, address: str) -> tuple[tuple[str, Quota], ...]:
    """The client id is a stranger's text, so its digest names the window."""
    return (
        (f"{address}:{digest_of(client_id)[:32]}", GUESSES_PER_CLIENT_AND_ADDRESS),
        (address, GUESSES_PER_ADDRESS),
    )
