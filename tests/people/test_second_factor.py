"""Second factors: set up, asked for, required, lost, and encrypted at rest."""

import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client

from nt24 import vault
from nt24.audit.models import Entry
from tests.people.conftest import is_inside, member, sign_in, told
from tests.people.totp import code_of

FACTORS = "/admin/account/factors/"
CHECK = f"{FACTORS}check/"


@pytest.fixture
def required(settings):
    settings.STAFF_MFA_REQUIRED = True


def set_up(client: Client) -> str:
    """Add an app as the page says; the secret it shows."""
    page = client.get(f"{FACTORS}app/add/").content.decode()
    secret = re.search(r'<code class="secret">(\w+)</code>', page)[1]
    answer = client.post(f"{FACTORS}app/add/", {"code": code_of(secret)})
    assert answer["Location"] == f"{FACTORS}codes/"
    return secret


def test_a_code_is_asked_for_after_the_password(anna, django_capture_on_commit_callbacks):
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        client, _ = sign_in("anna")
        with django_capture_on_commit_callbacks(execute=True):
            secret = set_up(client)
        clock.shift(60)
        client, answer = sign_in("anna")
        assert answer["Location"] == CHECK
        assert not is_inside(client)

        assert client.post(CHECK, {"code": "000000"}).status_code == 200
        assert not is_inside(client)
        assert client.post(CHECK, {"code": code_of(secret)})["Location"] == "/admin/"
        assert is_inside(client)

        used = code_of(secret)
        clock.shift(40)  # it would still be good, were it not used
        other, _ = sign_in("anna")
        other.post(CHECK, {"code": used})
        assert not is_inside(other)

    assert told()[:6] == [
        "user.signed_in",
        "user.factor_added",
        "user.factor_added",
        "user.sign_in_failed",
        "user.signed_in",
        "user.sign_in_failed",
    ]
    assert Entry.objects.filter(action="user.signed_in").last().changes == {
        "by": [None, ["password", "totp"]]
    }


def test_a_recovery_code_opens_once(anna):
    client, _ = sign_in("anna")
    set_up(client)
    code = re.search(r"<li><code>(\d+)</code>", client.get(f"{FACTORS}codes/").content.decode())[1]

    first, second = sign_in("anna")[0], sign_in("anna")[0]
    first.post(CHECK, {"code": code})
    second.post(CHECK, {"code": code})

    assert (is_inside(first), is_inside(second)) == (True, False)


def test_guessing_codes_is_locked_as_well(anna):
    client, _ = sign_in("anna")
    set_up(client)
    client, _ = sign_in("anna")

    answers = [client.post(CHECK, {"code": "000000"}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert told()[-1] == "user.locked_out"


def test_without_one_nothing_is_reached_but_setting_it_up(anna, required):
    client, _ = sign_in("anna")

    for path in (
        "/admin/",
        "/admin/orders/order/",
        "/admin/account/sessions/",
        "/admin/account/password/",
        "/admin/nowhere/",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, FACTORS), path
    assert client.post("/admin/orders/order/", {"action": "x"})["Location"] == FACTORS
    assert "Everybody who works here needs one" in client.get(FACTORS).content.decode()

    set_up(client)
    assert is_inside(client)


def test_with_the_last_factor_goes_the_way_in(anna, required):
    client, _ = sign_in("anna")
    set_up(client)

    client.post(f"{FACTORS}app/remove/", {})

    assert not is_inside(client)
    assert not Authenticator.objects.exists()
    assert told().count("user.factor_removed") == 2  # the app, and the codes that stood in for it


def test_it_is_not_asked_for_where_it_is_not_required(anna):
    assert is_inside(sign_in("anna")[0])


def test_long_after_the_sign_in_the_password_is_asked_for_again(anna):
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        client, _ = sign_in("anna")
        clock.shift(301)
        answer = client.get(f"{FACTORS}app/add/")

    assert answer["Location"].startswith("/admin/account/reauthenticate/")


# --- At rest


def secrets_kept() -> dict[str, str]:
    return {
        factor.type: factor.data.get("secret") or factor.data["seed"]
        for factor in Authenticator.objects.all()
    }


def test_secrets_are_encrypted(anna):
    client, _ = sign_in("anna")
    secret = set_up(client)

    kept = secrets_kept()
    assert set(kept) == {"totp", "recovery_codes"}
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    assert vault.decrypt(kept["totp"].encode()) == secret
    assert len(vault.decrypt(kept["recovery_codes"].encode())) == 80


def test_secrets_move_to_a_new_key(anna, settings, capsys):
    client, _ = sign_in("anna")
    secret, new = set_up(client), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new]

    call_command("reencrypt_secrets")

    assert "2 secrets are under the newest key" in capsys.readouterr().out
    settings.SECRET_KEY = "some-other-key-that-opens-nothing-of-before"
    assert vault.decrypt(secrets_kept()["totp"].encode()) == secret


def test_a_secret_that_no_key_opens_is_named(anna, settings):
    client, _ = sign_in("anna")
    set_up(client)
    settings.SECRET_KEY = "some-other-key-that-opens-nothing-of-before"

    with pytest.raises(CommandError, match="second factor"):
        call_command("reencrypt_secrets")


# --- Lost


def test_the_command_removes_lost_factors_and_ends_the_sessions(anna):
    client, _ = sign_in("anna")
    set_up(client)

    call_command("remove_second_factors", "anna", reason="Phone stolen")

    assert not Authenticator.objects.exists()
    assert not is_inside(client)
    entry = Entry.objects.get(action="user.factors_removed")
    assert (entry.actor_kind, entry.purpose) == ("SYSTEM", "Phone stolen")
    assert entry.changes == {"factors": [["totp", "recovery_codes"], []]}


def test_an_administrator_removes_those_of_others_and_not_his_own(anna):
    boss = member("boss", "Administrator")
    set_up(sign_in("anna")[0])
    client, _ = sign_in("boss")
    set_up(client)
    chosen = {"action": "remove_second_factors", "_selected_action": [anna.pk, boss.pk]}

    client.post("/admin/auth/user/", chosen)

    assert set(Authenticator.objects.values_list("user__username", flat=True)) == {"boss"}
    assert Entry.objects.get(action="user.factors_removed").actor_label == "boss"
