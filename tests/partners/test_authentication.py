"""Access tokens: what is let in, and every forgery that is not."""

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.test import RequestFactory
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from nt24.errors import Unauthorized
from nt24.partners import authentication
from nt24.partners.authentication import authenticate, verified_client_id
from nt24.partners.keys import published_key, signing_key
from nt24.partners.tokens import signed_token
from tests.factories.partners import ApiClientFactory

ISSUER = "http://testserver/realms/nt24-idp"


def claims(**changes):
    """The claims of a good token; a change to `None` leaves the claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": "account",
        "typ": "Bearer",
        "azp": "api-client-demo",
        "client_id": "api-client-demo",
        "iat": now,
        "exp": now + 300,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(changes=None, *, header=None, key=None, alg="ES256"):
    key = key or signing_key()
    head = {"alg": alg, "typ": "JWT", "kid": signing_key().kid} | (header or {})
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, claims(**(changes or {})), key, algorithms=[alg])


def part(content) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assert_refused(forged: str) -> None:
    with pytest.raises(Unauthorized):
        verified_client_id(forged)


def test_a_good_token_names_its_client():
    assert verified_client_id(token()) == "api-client-demo"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": ["account", "other"]},
        {"aud": "nt24-api"},
        {"typ": None},
        {"azp": None},
        {"client_id": None},
        {"nbf": 0},
        {"exp": time.time() + 86_400.5},
    ],
)
def test_a_token_may_differ_where_issuers_do(changes):
    assert verified_client_id(token(changes)) == "api-client-demo"


@pytest.mark.parametrize("typ", [None, "jwt", "at+jwt", "application/at+jwt"])
def test_the_header_may_call_it_an_access_token(typ):
    made = jwt.encode(
        {"alg": "ES256", "kid": signing_key().kid} | ({"typ": typ} if typ else {}),
        claims(),
        signing_key(),
        algorithms=["ES256"],
        default_type=None,
    )

    assert verified_client_id(made) == "api-client-demo"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example.com/realms/nt24-idp"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"aud": {"account": 1}, "typ": "ID"},
        {"aud": 7},
        {"exp": None},
        {"exp": 1},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": -1e300},
        {"nbf": time.time() + 86_400},
        {"nbf": "0"},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"azp": "api-client-other"},
        {"azp": None, "client_id": None},
        {"azp": "", "client_id": None},
        {"azp": ["api-client-demo"], "client_id": None},
        {"azp": "x" * 101, "client_id": None},
        {"azp": "api-client-\0demo", "client_id": None},
    ],
)
def test_a_signed_token_with_wrong_claims_is_refused(changes):
    assert_refused(token(changes))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": ""},
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"typ": "logout+jwt"},
        {"jku": "https://evil.example.com/keys"},
        {"x5u": "https://evil.example.com/chain"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_a_token_of_our_key_with_a_wrong_header_is_refused(header):
    head = {"alg": "ES256", "typ": "JWT", "kid": signing_key().kid} | header
    head = {name: value for name, value in head.items() if value is not None}
    signed = f"{part(head)}.{part(claims())}"
    signature = signing_key().private_key.sign(signed.encode(), _ecdsa())
    assert_refused(f"{signed}.{part(_raw(signature))}")


def _ecdsa():
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())


def _raw(der: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_hand_made_token_above_is_good_when_its_header_is():
    signed = f"{part({'alg': 'ES256', 'kid': signing_key().kid})}.{part(claims())}"
    signature = signing_key().private_key.sign(signed.encode(), _ecdsa())

    assert verified_client_id(f"{signed}.{part(_raw(signature))}") == "api-client-demo"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, ["ES256"], {"a": 1}])
@pytest.mark.parametrize("signature", ["", part(b"\0" * 64)])
def test_a_token_without_a_real_algorithm_is_refused(alg, signature):
    head = {"alg": alg, "typ": "JWT", "kid": signing_key().kid}
    assert_refused(f"{part(head)}.{part(claims())}.{signature}")


@pytest.mark.parametrize("form", ["pem", "jwk", "x"])
def test_our_public_key_is_no_hmac_secret(form):
    public = {
        "pem": signing_key().as_pem(private=False),
        "jwk": json.dumps(published_key()).encode(),
        "x": published_key()["x"].encode(),
    }[form]
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': signing_key().kid})}.{part(claims())}"
    signature = hmac.new(public, signed.encode(), hashlib.sha256).digest()

    assert_refused(f"{signed}.{part(signature)}")


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (ECKey.generate_key("P-256"), "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (OctKey.import_key("a-shared-secret-of-somebody-else"), "HS256"),
    ],
)
def test_a_token_of_somebody_elses_key_is_refused(key, alg):
    assert_refused(token(key=key, alg=alg))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_changed_part_breaks_the_token(which):
    parts = token().split(".")
    middle = len(parts[which]) // 2
    changed = "A" if parts[which][middle] != "A" else "B"
    parts[which] = parts[which][:middle] + changed + parts[which][middle + 1 :]

    assert_refused(".".join(parts))


def test_claims_of_another_token_do_not_fit_the_signature():
    head, _, signature = token().split(".")

    assert_refused(f"{head}.{part(claims(azp='api-client-x', client_id='api-client-x'))}.{signature}")


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a.b",
        "a.b.c",
        "..",
        "....",
        "a.b.c.d.e",
        "é.é.é",
        "\udcff.\udcff.\udcff",
        "\0",
        f"{part('text')}.{part(claims())}.AA",
        f"{part([1])}.{part(claims())}.AA",
        f"{part(b'[' * 380)}.{part(claims())}.AA",
        f"{part(b'{')}.{part(claims())}.AA",
        f"{part({'alg': 'ES256', 'kid': 7})}.{part(claims())}.AA",
        '{"payload":"e30","signatures":[]}',
    ],
)
def test_what_is_no_token_at_all_is_refused(text):
    assert_refused(text)


@pytest.mark.parametrize("payload", [b"[]", b"null", b"1", b'"text"', b"{", b"\xff", b"[" * 5000, b""])
def test_a_signed_payload_that_is_no_object_is_refused(payload):
    signed = f"{part({'alg': 'ES256', 'kid': signing_key().kid})}.{part(payload)}"
    signature = signing_key().private_key.sign(signed.encode(), _ecdsa())

    assert_refused(f"{signed}.{part(_raw(signature))}")


def test_a_token_over_eight_kilobytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(authentication, "read_token", lambda text: pytest.fail("it was read"))

    for size in (8193, 1_000_000):
        assert_refused("x" * size)


# --- Time --------------------------------------------------------------------------------------------------


def test_a_remembered_token_ends_with_its_expiry():
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False) as clock:
        short = token({"exp": int(time.time()) + 30})
        assert verified_client_id(short) == "api-client-demo"

        clock.shift(timedelta(seconds=29.9))
        assert verified_client_id(short) == "api-client-demo"
        clock.shift(timedelta(seconds=0.1))
        assert_refused(short)


def test_a_token_is_checked_again_after_a_minute(monkeypatch):
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False) as clock:
        long = token()
        verified_client_id(long)
        monkeypatch.setattr(authentication, "key_with_id", lambda kid: None)  # the key is withdrawn

        clock.shift(timedelta(seconds=59))
        assert verified_client_id(long) == "api-client-demo"
        clock.shift(timedelta(seconds=1))
        assert_refused(long)


def test_a_clock_that_is_ten_seconds_ahead_is_forgiven():
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False):
        now = int(time.time())

        assert verified_client_id(token({"nbf": now + 10})) == "api-client-demo"
        assert_refused(token({"nbf": now + 11}))


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(authentication, "REMEMBERED_TOKENS", 5)
    memory = authentication.RememberedTokens()

    for n in range(12):
        memory.keep(("issuer", bytes([n])), f"client-{n}", time.time() + 100)

    assert len(memory._entries) <= 5
    assert memory.find(("issuer", bytes([11]))) == "client-11"


def test_a_token_of_the_embedded_issuer_is_nothing_to_another_one(settings):
    good = token()
    verified_client_id(good)
    settings.OIDC_ISSUER = "http://127.0.0.1:9/realms/nt24-idp"

    with pytest.raises(Exception, match="cannot be reached"):
        verified_client_id(good)


# --- The header and the database ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Token abc", "Bearer a b", "Bearer  a.b.c"]
)
def test_a_header_without_exactly_one_token_is_refused(header):
    request = RequestFactory().get("/v1/me", headers={"authorization": header} if header is not None else {})

    with pytest.raises(Unauthorized):
        authenticate(request, None)


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme):
    client = ApiClientFactory()
    header = {"authorization": f"{scheme} {signed_token(client)}"}

    caller = authenticate(RequestFactory().get("/v1/me", headers=header), None)

    assert caller.client_id == client.client_id


@pytest.mark.django_db
def test_a_good_token_of_an_unknown_client_is_refused():
    request = RequestFactory().get("/v1/me", headers={"authorization": f"Bearer {token()}"})

    with pytest.raises(Unauthorized):
        authenticate(request, None)


def test_many_threads_may_use_one_token_at_once():
    good, start = token(), threading.Barrier(8)

    def use(_):
        start.wait()
        return {verified_client_id(good) for _ in range(200)}

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(8))) == [{"api-client-demo"}] * 8


def test_no_two_tokens_are_alike(db):
    client = ApiClientFactory()

    assert signed_token(client) != signed_token(client)
    assert uuid.UUID(_claims_of(signed_token(client))["jti"]).version == 4


def _claims_of(made: str) -> dict:
    payload = made.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
