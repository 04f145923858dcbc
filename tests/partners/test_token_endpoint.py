"""The token endpoint: Keycloak's paths and answers, RFC 6749's errors, and what guessing costs."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from nt24.actors import system
from nt24.api.limits import windows
from nt24.partners.actions import disable_client, rotate_client_secret
from nt24.partners.authentication import verified_client_id
from nt24.partners.models import ClientSecret
from nt24.partners.tokens import TOKENS_PER_CLIENT, digest_of
from tests.factories.partners import SECRET, ApiClientFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

TOKEN = "/realms/nt24-idp/protocol/openid-connect/token"
CERTS = "/realms/nt24-idp/protocol/openid-connect/certs"
CONFIGURATION = "/realms/nt24-idp/.well-known/openid-configuration"
FORM = "application/x-www-form-urlencoded"
WRONG = {"error": "invalid_client", "error_description": "Invalid client or invalid client credentials."}


def post(body: str, **headers):
    return Client(enforce_csrf_checks=True).post(TOKEN, body, content_type=FORM, **headers)


def ask(client_id, secret, **headers):
    return post(f"grant_type=client_credentials&client_id={client_id}&client_secret={secret}", **headers)


def basic(client_id, secret) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_the_secret_in_the_form_gets_exactly_the_documented_answer():
    client = ApiClientFactory()

    answer = ask(client.client_id, SECRET)

    assert answer.status_code == 200
    body = answer.json()
    assert verified_client_id(body.pop("access_token")) == client.client_id
    assert body == {
        "expires_in": 300,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": "profile email",
    }
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")


def test_the_secret_in_the_header_is_as_good():
    client = ApiClientFactory()

    answer = post("grant_type=client_credentials", headers={"authorization": basic(client.client_id, SECRET)})

    assert answer.status_code == 200
    assert verified_client_id(answer.json()["access_token"]) == client.client_id


def test_the_header_is_form_encoded_inside():
    client = ApiClientFactory(secret="with:colon and+plus and%percent")
    encoded = basic(client.client_id, "with%3Acolon+and%2Bplus+and%25percent")

    assert post("grant_type=client_credentials", headers={"authorization": encoded}).status_code == 200


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("api-client-nobody", SECRET),
        ("", SECRET),
        ("api-client-one", ""),
        ("api-client-one", SECRET.upper()),
        ("api-client-one", digest_of(SECRET)),
        ("api-client-one%00", SECRET),
        ("x" * 101, SECRET),
        ("api-client-one", "%ff%fe"),
        ("api-client-two", SECRET),
    ],
)
def test_wrong_credentials_get_one_and_the_same_answer(client_id, secret):
    ApiClientFactory(client_id="api-client-one")
    ApiClientFactory(client_id="api-client-two", secret="another-secret")

    answer = ask(client_id, secret)

    assert (answer.status_code, answer.json()) == (401, WRONG)
    assert answer["WWW-Authenticate"] == 'Basic realm="nt24-idp"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "header", ["Bearer abc", "Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /w==", "Digest x"]
)
def test_an_unreadable_header_is_an_invalid_client(header):
    answer = post("grant_type=client_credentials", headers={"authorization": header})

    assert (answer.status_code, answer.json()) == (401, WRONG)


def test_a_disabled_client_gets_no_token():
    client = ApiClientFactory()
    disable_client(client, by=system("test"), reason="left")

    assert ask(client.client_id, SECRET).json() == WRONG


def test_a_client_of_a_disabled_organization_gets_no_token():
    client = ApiClientFactory(organization=OrganizationFactory(disabled=True))

    assert ask(client.client_id, SECRET).json() == WRONG


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("client_id={id}&client_secret={secret}", "invalid_request"),
        ("grant_type=&client_id={id}&client_secret={secret}", "invalid_request"),
        ("grant_type=password&client_id={id}&client_secret={secret}", "unsupported_grant_type"),
        ("grant_type=authorization_code&client_id={id}&client_secret={secret}", "unsupported_grant_type"),
        (
            "grant_type=client_credentials&grant_type=client_credentials&client_id={id}&client_secret={secret}",
            "invalid_request",
        ),
        ("grant_type=client_credentials&client_id={id}&client_id={id}", "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_in_itself_is_a_400(body, error):
    client = ApiClientFactory()

    answer = post(body.format(id=client.client_id, secret=SECRET))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_credentials_in_both_places_are_refused():
    client = ApiClientFactory()

    answer = ask(client.client_id, SECRET, headers={"authorization": basic(client.client_id, SECRET)})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_different_clients_in_header_and_form_are_refused():
    client = ApiClientFactory()
    header = {"authorization": basic(client.client_id, SECRET)}

    answer = post("grant_type=client_credentials&client_id=api-client-other", headers=header)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_json_is_not_a_form():
    answer = Client().post(TOKEN, {"grant_type": "client_credentials"}, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_get_is_not_a_token_request():
    answer = Client().get(TOKEN)

    assert (answer.status_code, answer["Allow"], answer.json()["error"]) == (405, "POST", "invalid_request")


def test_a_form_with_too_many_fields_is_refused_in_the_same_manner():
    answer = post("&".join(f"f{n}=1" for n in range(2000)))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_key_set_holds_the_public_half_only():
    answer = Client().get(CERTS)

    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_discovery_names_the_other_two():
    document = Client().get(CONFIGURATION).json()

    assert document["issuer"] == "http://testserver/realms/nt24-idp"
    assert document["token_endpoint"] == f"http://testserver{TOKEN}"
    assert document["jwks_uri"] == f"http://testserver{CERTS}"
    assert document["grant_types_supported"] == ["client_credentials"]
    assert document["token_endpoint_auth_methods_supported"] == ["client_secret_post", "client_secret_basic"]


@pytest.mark.parametrize(("method", "path"), [("post", TOKEN), ("get", CERTS), ("get", CONFIGURATION)])
def test_with_an_external_issuer_the_embedded_one_is_not_there(settings, method, path):
    settings.OIDC_ISSUER = "https://login.example.com/realms/nt24-idp"

    assert getattr(Client(), method)(path).status_code == 404


# --- Rotation ----------------------------------------------------------------------------------------------


def test_both_secrets_work_during_the_overlap_and_only_the_new_one_after_it():
    client = ApiClientFactory()
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False) as clock:
        new = rotate_client_secret(client, by=system("test"))
        assert len(new) == 64

        clock.move_to("2026-06-04T11:59:59Z")
        assert [ask(client.client_id, secret).status_code for secret in (SECRET, new)] == [200, 200]

        clock.move_to("2026-06-04T12:00:00Z")
        assert [ask(client.client_id, secret).status_code for secret in (SECRET, new)] == [401, 200]


def test_a_second_rotation_ends_the_oldest_secret_at_once():
    client = ApiClientFactory()
    second = rotate_client_secret(client, by=system("test"))
    third = rotate_client_secret(client, by=system("test"))

    answers = [ask(client.client_id, secret).status_code for secret in (SECRET, second, third)]

    assert answers == [401, 200, 200]
    assert ClientSecret.objects.valid_at(timezone.now()).filter(client=client).count() == 2


# --- Guessing ----------------------------------------------------------------------------------------------


def guess(client_id, times, address):
    return [ask(client_id, f"wrong-{n}", REMOTE_ADDR=address).status_code for n in range(times)]


def test_the_eleventh_guess_of_a_minute_is_refused_unread():
    client = ApiClientFactory()

    assert guess(client.client_id, 11, "203.0.113.7") == [401] * 10 + [429]

    answer = ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7")
    assert answer.status_code == 429
    assert answer.json() == {
        "error": "slow_down",
        "error_description": "Too many attempts; wait and try again.",
    }
    assert 1 <= int(answer["Retry-After"]) <= 61
    assert answer["Cache-Control"] == "no-store"


def test_guesses_at_one_client_block_neither_other_clients_nor_other_addresses():
    victim, neighbour = ApiClientFactory(), ApiClientFactory()
    guess(victim.client_id, 11, "203.0.113.7")

    assert ask(victim.client_id, SECRET, REMOTE_ADDR="203.0.113.8").status_code == 200
    assert ask(neighbour.client_id, SECRET, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_one_address_may_guess_sixty_times_a_minute_in_all():
    client = ApiClientFactory()
    for n in range(6):
        guess(f"api-client-{n}", 10, "203.0.113.7")

    assert ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7").status_code == 429
    assert ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.8").status_code == 200


def test_the_block_ends_after_a_minute():
    client = ApiClientFactory()
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False) as clock:
        guess(client.client_id, 11, "203.0.113.7")
        wait = int(ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7")["Retry-After"])

        clock.shift(timedelta(seconds=wait - 1))
        assert ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7").status_code == 429
        clock.shift(timedelta(seconds=1))
        assert ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_a_forwarded_address_that_nobody_vouches_for_changes_nothing():
    client = ApiClientFactory()
    for n in range(11):
        ask(client.client_id, "wrong", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")

    assert ask(client.client_id, SECRET, REMOTE_ADDR="203.0.113.7").status_code == 429


def test_behind_a_trusted_proxy_the_entry_of_the_proxy_counts(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    client = ApiClientFactory()
    for n in range(11):
        forwarded = f"198.51.100.{n}, 203.0.113.7"
        ask(client.client_id, "wrong", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    blocked = ask(client.client_id, SECRET, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7")
    free = ask(client.client_id, SECRET, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.8")
    assert (blocked.status_code, free.status_code) == (429, 200)


def test_addresses_of_one_ipv6_network_count_together():
    client = ApiClientFactory()
    for n in range(11):
        ask(client.client_id, "wrong", REMOTE_ADDR=f"2001:db8::{n}")

    assert ask(client.client_id, SECRET, REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert ask(client.client_id, SECRET, REMOTE_ADDR="2001:db8:0:1::1").status_code == 200


def test_a_client_that_has_had_its_tokens_of_this_minute_is_slowed_down():
    client = ApiClientFactory()
    for _ in range(TOKENS_PER_CLIENT.per_minute - 1):
        windows().take("tokens", str(client.uuid), TOKENS_PER_CLIENT)

    answers = [ask(client.client_id, SECRET).status_code for _ in range(2)]

    assert answers == [200, 429]


def test_a_refusal_is_logged_without_the_secret(caplog, capsys):
    caplog.set_level("INFO")
    client = ApiClientFactory()

    ask(client.client_id, "a-wrong-secret")
    ask(client.client_id, SECRET)

    said = caplog.text + "".join(capsys.readouterr())
    assert "token.refused" in said
    assert "a-wrong-secret" not in said
    assert SECRET not in said


def test_an_unknown_client_costs_the_same_queries_as_a_wrong_secret(django_assert_num_queries):
    client = ApiClientFactory()

    with django_assert_num_queries(1):
        ask(client.client_id, "wrong")
    with django_assert_num_queries(1):
        ask("api-client-nobody", "wrong")
