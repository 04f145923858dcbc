"""Who is calling: an access token becomes a client id, and a client id becomes a `Caller` by one query.

Tokens are checked here and nowhere else, with the same code for the embedded issuer and an external one.
"""

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature

from nt24.errors import Unauthorized
from nt24.partners.days import DEFAULT_ZONE
from nt24.partners.keys import PublicKey, key_with_id

# Never taken from the token: a token that names another algorithm (none, HS256 with our public key) is
# refused.
ALGORITHMS = ("ES256", "RS256", "PS256")
# Header members by which a token would bring its own key, or change how it is read.
REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})
HEADER_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
TOKEN_TYPE = "Bearer"  # noqa: S105  Keycloak's `typ` claim: an ID token says ID, a refresh token Refresh
AUDIENCES = frozenset({"account", "nt24-api"})  # Keycloak's default for service accounts, and our own name
MAX_TOKEN_BYTES = 8 * 1024
MAX_CLIENT_ID = 100
LEEWAY = 10  # seconds that the issuer's clock may be ahead of ours
REMEMBERED_SECONDS = 60  # contract 3 and target T5: a withdrawn key or token stops working within this time
REMEMBERED_TOKENS = 10_000

# Raised by parsing what a stranger sent. Each means the same to the caller: this is no token of ours.
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class SellerRef:
    """The seller of the path, as far as every call needs it."""

    pk: int
    organization_id: int
    uuid: UUID
    name: str
    country: str
    vat_number: str
    time_zone: str = DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Beside:
    """What a hot read fetches in the same statement: columns, and joins that may use `s` (the seller) and `%s`."""

    columns: str
    joins: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Client and organization of this call as they are now. `seller` is None without a seller in the path,
    and also when that seller is not the organization's or is disabled. `beside` holds a hot read's columns."""

    client_id: str
    client_pk: int
    organization_pk: int
    organization_uuid: UUID
    organization_name: str
    rate_limit_tier: str
    read_limit: int | None
    write_limit: int | None
    webhook_limit: int | None
    allow_marketplace_led_kyc: bool
    allow_multi_vin_orders: bool
    allow_contact_personal_data: bool
    allow_kyc_document_download: bool
    manage_clients: bool
    dpa_version: str
    dpa_accepted_at: datetime | None
    seller: SellerRef | None
    beside: tuple[Any, ...] = ()


def authenticate(request: HttpRequest, seller_uuid: UUID | None, beside: Beside | None = None) -> Caller:
    """The caller behind the `Authorization` header.

    :raises Unauthorized: no token, a token that is not valid, or a client or organization that is disabled.
    :raises Unavailable: an external issuer whose keys have never been read.
    """
    caller = identify(verified_client_id(bearer_token(request)), seller_uuid, beside)
    if caller is None:
        raise Unauthorized("This client is not known here or is disabled.")
    return caller


def bearer_token(request: HttpRequest) -> str:
    """:raises Unauthorized: the header is missing, has another scheme or not exactly one token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send the access token as `Authorization: Bearer <token>`.")
    return token


# --- The token ---------------------------------------------------------------------------------------------


class RememberedTokens:
    """Tokens that were checked a moment ago, by digest: the check costs 100 µs, looking one up costs one."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, bytes], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def find(self, key: tuple[str, bytes]) -> str | None:
        client_id, until = self._entries.get(key, ("", 0.0))
        return client_id if time.time() < until else None

    def keep(self, key: tuple[str, bytes], client_id: str, expires_at: float) -> None:
        now = time.time()
        with self._lock:
            if len(self._entries) >= REMEMBERED_TOKENS:
                self._entries = {k: entry for k, entry in self._entries.items() if entry[1] > now}
            if len(self._entries) >= REMEMBERED_TOKENS:
                self._entries.clear()  # only ever costs checking again
            self._entries[key] = (client_id, min(expires_at, now + REMEMBERED_SECONDS))


remembered = RememberedTokens()


def verified_client_id(token: str) -> str:
    """The client id that this access token was issued to.

    :raises Unauthorized: the signature, the issuer, the time, the type or the form is not right.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise Unauthorized("The access token is too long.")
    key = (settings.OIDC_ISSUER, hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
    if known := remembered.find(key):
        return known
    client_id, expires_at = read_token(token)
    remembered.keep(key, client_id, expires_at)
    return client_id


def read_token(token: str) -> tuple[str, float]:
    """Client id and expiry (Unix time) of a token, checked in full.

    :raises Unauthorized: what is wrong is not told, so that a forger learns nothing.
    """
    try:
        checked = jwt.decode(token, key_of_token, algorithms=ALGORITHMS)
        check_claims(checked.claims)
        return client_id_in(checked.claims), float(checked.claims["exp"])
    except UNREADABLE as failure:
        raise Unauthorized("The access token is not valid or has expired; get a new one.") from failure


def key_of_token(unverified: Any) -> PublicKey:
    """The issuer's key that the header names, fit for the algorithm the header names.

    :raises ValueError: there is none, or the header has members that an access token of ours never has.
    """
    assert isinstance(unverified, CompactSignature)
    header = unverified.headers()
    if not REFUSED_HEADERS.isdisjoint(header):
        raise ValueError("the token brings its own key")
    if str(header.get("typ", "JWT")).lower() not in HEADER_TYPES:
        raise ValueError("not an access token")
    kid = header.get("kid")
    key = key_with_id(kid) if isinstance(kid, str) and kid else None
    if key is None:
        raise ValueError("unknown key")
    key.check_use("sig")
    key.check_alg(header["alg"])
    return key


def check_claims(claims: dict[str, Any]) -> None:
    """:raises ValueError: another issuer, another audience, another kind of token, or not its time."""
    now = time.time()
    if claims.get("iss") != settings.OIDC_ISSUER:
        raise ValueError("another issuer")
    if not now < moment_in(claims, "exp"):
        raise ValueError("expired")
    if "nbf" in claims and moment_in(claims, "nbf") > now + LEEWAY:
        raise ValueError("not valid yet")
    if claims.get("typ", TOKEN_TYPE) != TOKEN_TYPE:
        raise ValueError("not an access token")
    audience = claims.get("aud", [])  # Keycloak leaves it out when no other client is concerned
    audiences = [audience] if isinstance(audience, str) else list(audience)
    if audiences and AUDIENCES.isdisjoint(audiences):
        raise ValueError("another audience")


def moment_in(claims: dict[str, Any], name: str) -> float:
    """:raises ValueError: the claim is missing or no number (`true` and infinity are none)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise ValueError(f"{name} is not a time")
    return float(value)


def client_id_in(claims: dict[str, Any]) -> str:
    """`azp` as Keycloak has it, or `client_id` (RFC 9068).

    :raises ValueError: neither, both with different values, or no usable value.
    """
    named = {claims[name] for name in ("azp", "client_id") if name in claims}
    client_id = named.pop() if len(named) == 1 else None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID or "\0" in client_id:
        raise ValueError("no client")
    return client_id


# --- The caller --------------------------------------------------------------------------------------------

# Written by hand because it stands before every call: building the same query through the ORM costs more than
# running it. One row by unique index; the seller joins only if it is this organization's and is not disabled.
CALLER = """
SELECT c.id, c.client_id, o.id, o.uuid, o.name, o.rate_limit_tier, o.read_limit, o.write_limit, o.webhook_limit,
       o.allow_marketplace_led_kyc, o.allow_multi_vin_orders, o.allow_contact_personal_data,
       o.allow_kyc_document_download, o.manage_clients, o.dpa_version, o.dpa_accepted_at,
       s.id, s.uuid, s.name, s.country, s.vat_number, s.time_zone{columns}
  FROM partners_apiclient c
  JOIN partners_organization o ON o.id = c.organization_id
  LEFT JOIN partners_seller s ON s.uuid = %s AND s.organization_id = o.id AND s.disabled_at IS NULL
{joins}
 WHERE c.client_id = %s AND c.disabled_at IS NULL AND o.disabled_at IS NULL
"""


CALLER_COLUMNS = 22
ALONE = Beside("", "", ())


def identify(client_id: str, seller_uuid: UUID | None, beside: Beside | None = None) -> Caller | None:
    """The caller as the database knows it at this moment; None when it is unknown or disabled."""
    extra = beside or ALONE
    sql = CALLER.format(columns=extra.columns and f", {extra.columns}", joins=extra.joins)
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_column(seller_uuid), *map(as_column, extra.params), client_id])
        row = cursor.fetchone()
    return caller_from(row[:CALLER_COLUMNS], beside=row[CALLER_COLUMNS:]) if row else None


def as_column(value: Any) -> Any:
    """SQLite keeps a uuid as its hex digits."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def caller_from(row: tuple[Any, ...], *, beside: tuple[Any, ...] = ()) -> Caller:
    """Columns in the order of `CALLER`; SQLite has no uuid, boolean and time zone of its own."""
    client_pk, client_id, organization_pk, organization_uuid, name, tier, *rest = row
    read_limit, write_limit, webhook_limit, *rest = rest
    marketplace_led, multi_vin, personal_data, download, clients, dpa_version, dpa_accepted_at, *seller = rest
    return Caller(
        client_id=client_id,
        client_pk=client_pk,
        organization_pk=organization_pk,
        organization_uuid=as_uuid(organization_uuid),
        organization_name=name,
        rate_limit_tier=tier,
        read_limit=read_limit,
        write_limit=write_limit,
        webhook_limit=webhook_limit,
        allow_marketplace_led_kyc=bool(marketplace_led),
        allow_multi_vin_orders=bool(multi_vin),
        allow_contact_personal_data=bool(personal_data),
        allow_kyc_document_download=bool(download),
        manage_clients=bool(clients),
        dpa_version=dpa_version,
        dpa_accepted_at=in_utc(dpa_accepted_at),
        seller=seller_from(organization_pk, *seller),
        beside=beside,
    )


def seller_from(
    organization_id: int, pk: int | None, uuid: Any, name: str, country: str, vat_number: str, time_zone: str
) -> SellerRef | None:
    if pk is None:
        return None
    return SellerRef(pk, organization_id, as_uuid(uuid), name, country, vat_number, time_zone)


def as_uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(hex=value)


def in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=UTC)
