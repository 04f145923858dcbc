"""The keys behind tokens: the embedded one, made once, and those that an external issuer publishes."""

import json
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from nt24.errors import Unauthorized, Unavailable
from nt24.partners import keys
from nt24.partners.authentication import verified_client_id
from nt24.partners.keys import KEY_FILE, PublishedKeys, signing_key
from tests.partners.test_authentication import claims

MAKE_KEY = """
import sys
from pathlib import Path
from nt24.partners.keys import _signing_key
print("ready", flush=True)
sys.stdin.readline()
print(_signing_key(Path(sys.argv[1])).kid)
"""


# --- Ours --------------------------------------------------------------------------------------------------


@pytest.mark.races
def test_processes_that_start_together_end_with_one_key(tmp_path):
    path = tmp_path / KEY_FILE
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_KEY, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    assert {racer.stdout.readline() for racer in racers} == {"ready\n"}
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    kids = {racer.communicate(timeout=60)[0].strip() for racer in racers}

    assert kids == {json.loads(path.read_text())["kid"]}
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_the_key_file_is_ours_alone(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"

    key = signing_key()

    path = settings.KEYS_DIR / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.kid == key.thumbprint()
    assert json.loads(path.read_text())["d"]


def test_the_key_survives_a_restart(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    before = signing_key()

    keys._signing_key.cache_clear()

    assert signing_key().kid == before.kid


# --- An external issuer's ----------------------------------------------------------------------------------


class Issuer:
    """A token issuer on loopback: what it publishes can be changed, and every request is counted."""

    def __init__(self) -> None:
        self.published: list[dict] = []
        self.documents: dict[str, object] = {}
        self.requests: list[str] = []
        self.status = 200
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.answer(self)

            def log_message(self, *args):
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/realms/dealers"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/realms/dealers")
        self.requests.append(path)
        documents = {"/protocol/openid-connect/certs": {"keys": self.published}, **self.documents}
        body = json.dumps(documents.get(path, {})).encode()
        handler.send_response(self.status if path in documents else 404)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def publish(self, *new: ECKey | RSAKey | OctKey) -> None:
        self.published = [key.as_dict(private=False, kid=key.thumbprint()) for key in new]

    def token(self, key, alg: str = "RS256", **changes) -> str:
        header = {"alg": alg, "typ": "JWT", "kid": key.thumbprint()}
        return jwt.encode(header, claims(iss=self.url, **changes), key, algorithms=[alg])

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def issuer(settings):
    server = Issuer()
    settings.OIDC_ISSUER = server.url
    yield server
    server.stop()
    keys.published_keys.cache_clear()


class Clock:
    """The monotonic clock of `keys.py`, moved by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    fake = Clock()
    monkeypatch.setattr(keys, "time", fake)
    return fake


RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_tokens_of_an_external_issuer_pass_the_same_checks(issuer, key, alg):
    issuer.publish(key)

    assert verified_client_id(issuer.token(key, alg)) == "api-client-demo"
    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(key, alg, exp=1))
    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(key, alg, azp="api-client-other"))


def test_keys_are_read_once_for_many_tokens(issuer):
    issuer.publish(RSA)

    for _ in range(5):
        verified_client_id(issuer.token(RSA, jti=str(_)))

    assert issuer.requests == ["/.well-known/openid-configuration", "/protocol/openid-connect/certs"]


def test_discovery_may_name_another_place_for_the_keys(issuer):
    issuer.documents = {
        "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
        "/keys": {"keys": [RSA.as_dict(private=False, kid=RSA.thumbprint())]},
    }

    assert verified_client_id(issuer.token(RSA)) == "api-client-demo"


def test_discovery_that_speaks_for_somebody_else_is_not_followed(issuer):
    issuer.publish(RSA)
    issuer.documents = {
        "/.well-known/openid-configuration": {
            "issuer": "https://e.example",
            "jwks_uri": f"{issuer.url}/keys",
        },
        "/keys": {"keys": [EC.as_dict(private=False, kid=EC.thumbprint())]},
    }

    assert verified_client_id(issuer.token(RSA)) == "api-client-demo"
    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(EC, "ES256"))


def test_a_new_key_is_found_after_the_cooldown(issuer, clock):
    issuer.publish(RSA)
    verified_client_id(issuer.token(RSA))
    issuer.publish(RSA, EC)

    clock.now += 9.9
    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(EC, "ES256"))
    clock.now += 0.1
    assert verified_client_id(issuer.token(EC, "ES256")) == "api-client-demo"


def test_invented_key_ids_cause_one_reading_per_cooldown(issuer, clock):
    issuer.publish(RSA)
    source = PublishedKeys(issuer.url)
    source.find("first")
    reads = len(issuer.requests)

    clock.now += 10
    for n in range(50):
        assert source.find(f"invented-{n}") is None

    assert len(issuer.requests) == 2 * reads


def test_a_withdrawn_key_stops_working_after_ten_minutes(issuer, clock):
    issuer.publish(RSA, EC)
    source = PublishedKeys(issuer.url)
    assert source.find(EC.thumbprint()) is not None
    issuer.publish(RSA)

    clock.now += 599
    assert source.find(EC.thumbprint()) is not None
    clock.now += 1
    assert source.find(EC.thumbprint()) is None


def test_known_keys_are_kept_while_the_issuer_fails(issuer, clock):
    issuer.publish(RSA)
    verified_client_id(issuer.token(RSA))
    issuer.status = 500

    clock.now += 3600

    assert verified_client_id(issuer.token(RSA, jti="later")) == "api-client-demo"


def test_an_issuer_that_was_never_reached_is_a_503(settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9/realms/dealers"

    with pytest.raises(Unavailable):
        verified_client_id(jwt.encode({"alg": "ES256", "kid": "x"}, claims(), EC, algorithms=["ES256"]))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": {}},
        {"keys": []},
        {"keys": [7]},
        {"keys": [{"kty": "EC"}]},
        [],
        "keys",
        {"keys": "x" * 70_000},
    ],
)
def test_a_key_set_that_cannot_be_used_is_like_none(issuer, document):
    issuer.documents = {"/protocol/openid-connect/certs": document}

    with pytest.raises(Unavailable):
        PublishedKeys(issuer.url).find("any")


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_only_public_signing_keys_of_enough_strength_are_taken(issuer):
    short, shared, big_curve = (
        RSAKey.generate_key(1024),
        OctKey.generate_key(256),
        ECKey.generate_key("P-384"),
    )
    issuer.publish(RSA, EC, short, big_curve)
    issuer.published.append(shared.as_dict(kid="shared"))
    issuer.published.append({**RSAKey.generate_key(2048).as_dict(private=False), "kid": "enc", "use": "enc"})

    assert set(keys.read_keys(issuer.url)) == {RSA.thumbprint(), EC.thumbprint()}


def test_a_shared_secret_in_the_key_set_signs_nothing(issuer):
    shared = OctKey.generate_key(256)
    issuer.publish(RSA)
    issuer.published.append(shared.as_dict(kid=shared.thumbprint()))

    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(shared, "HS256"))


def test_a_key_published_for_one_algorithm_checks_no_other(issuer):
    issuer.published = [RSA.as_dict(private=False, kid=RSA.thumbprint(), alg="RS256")]

    assert verified_client_id(issuer.token(RSA, "RS256")) == "api-client-demo"
    with pytest.raises(Unauthorized):
        verified_client_id(issuer.token(RSA, "PS256"))
