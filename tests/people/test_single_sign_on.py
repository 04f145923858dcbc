"""Signing in through the company's identity provider, against a real one on a local port."""

import http.client
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.test import Client

from nt24.audit.models import Entry
from tests.people.conftest import PASSWORD, is_inside, member, sign_in, told
from tests.people.test_second_factor import set_up
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Provider

START = "/admin/account/sso/staff/"
ANNA = {"sub": "u-17", "email": "anna@nt24.example", "email_verified": True, "name": "Anna Kowalska"}


@pytest.fixture
def provider(settings):
    with Provider() as running:
        app = {
            "provider_id": "staff",
            "name": "Company Login",
            "client_id": CLIENT_ID,
            "secret": CLIENT_SECRET,
            "settings": {"server_url": running.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield running


def sent_back(url: str) -> str:
    """What a browser does at the provider: open its page, be sent back; the path here."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return f"{back.path}?{back.query}"


def comes_from(provider: Provider, client: Client | None = None, start: str = START):
    client = client or Client()
    asked = client.get(start)
    assert asked.status_code == 302
    return client, client.get(sent_back(asked["Location"]))


def test_staff_come_in_by_a_verified_address(anna, provider):
    provider.person = ANNA

    client, answer = comes_from(provider)

    assert answer["Location"] == "/admin/"
    assert is_inside(client)
    assert {"/authorize", "/token", "/userinfo"} <= set(provider.asked)
    assert Entry.objects.get().changes == {"by": [None, ["socialaccount"]]}
    assert Entry.objects.get().actor_label == "Anna Kowalska"


def test_nothing_of_the_provider_is_kept_and_the_password_stays(anna, provider):
    provider.person = ANNA

    comes_from(provider)

    assert (SocialAccount.objects.count(), SocialToken.objects.count(), User.objects.count()) == (0, 0, 1)
    assert sign_in("anna", PASSWORD)[1].status_code == 302


def test_the_door_shows_the_button_and_keeps_where_one_wanted_to_go(anna, provider):
    page = Client().get("/admin/login/?next=/admin/orders/order/").content.decode()
    provider.person = ANNA

    assert "Sign in with Company Login" in page
    assert f'href="{START}?next=%2Fadmin%2Forders%2Forder%2F"' in page
    answer = comes_from(provider, start=f"{START}?next=/admin/orders/order/")[1]
    assert answer["Location"] == "/admin/orders/order/"


def test_without_a_provider_there_is_no_button_and_no_way(db, client):
    assert "Sign in with" not in client.get("/admin/login/").content.decode()
    assert client.get(START).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "somebody@else.example"},
        {"email": ""},
        {"email": None},
    ],
)
def test_without_a_verified_address_that_we_know_nobody_comes_in(anna, provider, claims):
    provider.person = {**ANNA, **claims}

    client, answer = comes_from(provider)

    assert answer.status_code == 403
    assert "You are not known here" in answer.content.decode()
    assert not is_inside(client)
    assert User.objects.count() == 1
    assert told() == ["user.sign_in_failed"]
    assert "else.example" not in str(list(Entry.objects.values()))


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
def test_whoever_may_not_come_in_does_not_come_in_this_way(db, provider, fields):
    member("anna", **fields)
    provider.person = ANNA

    client, answer = comes_from(provider)

    assert (answer.status_code, is_inside(client)) == (403, False)


def test_an_address_of_two_people_opens_to_neither(anna, provider):
    other = member("bob")
    User.objects.filter(pk=other.pk).update(email="ANNA@nt24.example")
    provider.person = ANNA

    assert comes_from(provider)[1].status_code == 403


def test_the_second_factor_is_asked_for_here_as_well(anna, provider):
    set_up(sign_in("anna")[0])
    provider.person = ANNA

    client, answer = comes_from(provider)

    assert answer["Location"] == "/admin/account/factors/check/"
    assert not is_inside(client)


def test_connecting_an_account_by_a_link_is_not_possible(anna, provider):
    client, _ = sign_in("anna")
    provider.person = {**ANNA, "email": "mallory@else.example"}

    comes_from(provider, client, start=f"{START}?process=connect")

    assert not SocialAccount.objects.exists()


def test_whoever_cancels_is_told_so(anna, provider):
    provider.refuses = True

    client, answer = comes_from(provider)

    assert answer["Location"] == "/admin/account/sso/cancelled/"
    assert "not signed in" in client.get(answer["Location"]).content.decode()


def test_an_answer_nobody_asked_for_is_refused(anna, provider):
    provider.person = ANNA
    victim, attacker = Client(), Client()
    back = sent_back(attacker.get(START)["Location"])

    answer = victim.get(back)

    assert answer.status_code == 401
    assert not is_inside(victim)


def test_a_token_for_another_client_is_refused(anna, provider):
    provider.person, provider.audience = ANNA, "some-other-client"

    client, answer = comes_from(provider)

    assert (answer.status_code, is_inside(client)) == (401, False)


def test_a_code_the_provider_does_not_know_opens_nothing(anna, provider):
    client = Client()
    started = client.get(START)["Location"]
    back = sent_back(started)
    provider.codes.clear()

    answer = client.get(back)

    assert answer.status_code == 401
    assert "That did not work" in answer.content.decode()
    assert parse_qs(urlsplit(started).query)["redirect_uri"] == [
        "http://testserver/admin/account/sso/staff/callback/"
    ]


def test_a_provider_that_is_away_is_no_error_of_ours(anna, settings):
    with Provider() as gone:
        app = {"provider_id": "staff", "name": "x", "client_id": CLIENT_ID, "secret": "x"}
        app["settings"] = {"server_url": gone.issuer}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}

    answer = Client().get(START)

    assert answer.status_code == 503
    assert "That did not work" in answer.content.decode()
