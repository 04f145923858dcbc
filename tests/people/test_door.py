"""The door: who comes in, what the others see, and what the trail hears."""

import pytest
from django.test import Client

from nt24.audit.models import Entry
from nt24.people.staff import SOMEBODY, person_of
from tests.people.conftest import PASSWORD, is_inside, member, sign_in, told


def test_staff_come_in_with_the_field_names_of_django(anna):
    client, answer = sign_in("anna")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert is_inside(client)


def test_the_door_leads_on_to_where_one_wanted_to_go(anna):
    client = Client()
    asked = client.get("/admin/orders/order/")
    answer = client.post(asked["Location"], {"username": "anna", "password": PASSWORD})

    assert asked["Location"] == "/admin/login/?next=/admin/orders/order/"
    assert answer["Location"] == "/admin/orders/order/"


def test_the_door_leads_to_no_other_host(anna):
    client = Client()

    answer = client.post(
        "/admin/login/?next=https://evil.example/", {"username": "anna", "password": PASSWORD}
    )

    assert answer["Location"] == "/admin/"


def refusal(answer) -> str:
    """The page without the parts that differ from one request to the next."""
    assert answer.status_code == 200
    page = answer.content.decode()
    return page[page.index('role="alert"') : page.index("</form>")].partition('value="')[0]


@pytest.mark.parametrize(
    ("username", "fields"),
    [("nobody", None), ("paul", {"is_staff": False}), ("paul", {"is_active": False})],
)
def test_whoever_may_not_come_in_sees_what_a_wrong_password_brings(anna, username, fields):
    if fields:
        member("paul", **fields)

    client, answer = sign_in(username)

    assert refusal(answer) == refusal(sign_in("anna", "wrong")[1])
    assert not is_inside(client)


def test_whoever_is_deactivated_is_out_at_once(anna):
    client, _ = sign_in("anna")
    assert is_inside(client)

    anna.is_active = False
    anna.save()

    assert not is_inside(client)


def test_signing_out_ends_the_session(anna):
    client, _ = sign_in("anna")
    key = client.session.session_key

    answer = client.post("/admin/logout/")

    assert answer["Location"] == "/admin/login/"
    client.cookies["sessionid"] = key  # a copy somebody has kept
    assert not is_inside(client)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/account/signup/",
        "/admin/signup/",
        "/admin/account/email/",
        "/admin/account/password/reset/",
        "/admin/account/sso/staff/",
    ],
)
def test_nobody_signs_up_or_changes_his_address(client, db, path):
    assert client.get(path).status_code in (302, 404)
    assert client.get(path, follow=True).request["PATH_INFO"] in (path, "/admin/login/")


def test_the_old_page_for_passwords_leads_to_ours(anna):
    client, _ = sign_in("anna")

    assert client.get("/admin/password_change/")["Location"] == "/admin/account/password/"


def test_a_public_page_sets_no_cookie(client, db):
    assert not client.get("/").cookies
    assert not client.get("/v1/openapi.json").cookies


# --- Guessing


def test_a_user_name_is_closed_after_five_wrong_passwords_from_anywhere(anna):
    answers = [sign_in("anna", "wrong", REMOTE_ADDR=f"203.0.113.{n}")[1].status_code for n in range(6)]

    client, answer = sign_in("ANNA", REMOTE_ADDR="203.0.113.99")

    assert answers == [200] * 5 + [429]
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == 900
    assert "Too many tries" in answer.content.decode()
    assert not is_inside(client)


def test_an_address_is_closed_after_twenty_and_the_header_does_not_open_it(anna):
    def guess(n):
        extra = {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": f"198.51.100.{n}"}
        return sign_in(f"user-{n}", "wrong", **extra)[1].status_code

    assert [guess(n) for n in range(21)] == [200] * 20 + [429]
    assert sign_in("anna", REMOTE_ADDR="203.0.113.8")[1].status_code == 302


def test_behind_a_proxy_the_address_is_the_last_one_of_the_header(anna, settings):
    settings.TRUSTED_PROXY_COUNT = 1

    def guess(n):
        extra = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": f"198.51.100.{n}, 203.0.113.7"}
        return sign_in(f"user-{n}", "wrong", **extra)[1].status_code

    assert [guess(n) for n in range(21)] == [200] * 20 + [429]


def test_a_server_behind_a_socket_lets_people_in(anna):
    assert sign_in("anna", REMOTE_ADDR="")[1].status_code == 302


def test_the_right_password_costs_no_try(anna):
    for _ in range(7):
        assert sign_in("anna")[1].status_code == 302


# --- The trail


def test_the_trail_hears_who_came_in_and_went(anna):
    client, _ = sign_in("anna")
    client.post("/admin/logout/")

    came, went = Entry.objects.order_by("pk")
    assert (came.action, went.action) == ("user.signed_in", "user.signed_out")
    assert came.changes == {"by": [None, ["password"]]}
    for entry in (came, went):
        assert (entry.actor_kind, entry.actor_id, entry.actor_label) == (
            "STAFF",
            str(anna.pk),
            "Anna Kowalska",
        )
        assert (entry.subject_type, entry.subject_uuid) == ("user", person_of(anna).uuid)
        assert entry.organization_id is None


def test_a_failure_names_whom_it_is_about_and_nobody_as_who_did_it(anna):
    sign_in("anna", "wrong")

    entry = Entry.objects.get()
    assert (entry.action, entry.subject_uuid) == ("user.sign_in_failed", person_of(anna).uuid)
    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("STAFF", "", "Not signed in")
    assert entry.changes == {"by": [None, "PASSWORD"]}


def test_an_unknown_user_name_is_not_kept(db):
    sign_in("my-secret-password-in-the-wrong-field")

    entry = Entry.objects.get()
    assert entry.subject_uuid == SOMEBODY.uuid
    assert "my-secret" not in str(list(Entry.objects.values()))


def test_a_lock_out_is_told_once(anna):
    for _ in range(8):
        sign_in("anna", "wrong")

    assert told() == ["user.sign_in_failed"] * 5 + ["user.locked_out"]
    assert Entry.objects.last().subject_uuid == person_of(anna).uuid


def test_a_new_password_ends_the_other_sessions_and_is_told(anna):
    here, there = sign_in("anna")[0], sign_in("anna")[0]
    new = "another-long-passphrase"

    answer = here.post(
        "/admin/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )

    assert answer.status_code == 302
    assert (is_inside(here), is_inside(there)) == (True, False)
    assert told()[-1] == "user.password_changed"
    assert sign_in("anna", new)[1].status_code == 302


def test_a_short_password_is_refused(anna):
    client, _ = sign_in("anna")

    answer = client.post(
        "/admin/account/password/", {"oldpassword": PASSWORD, "password1": "short1x", "password2": "short1x"}
    )

    assert "at least 12 characters" in answer.content.decode()
    assert sign_in("anna")[1].status_code == 302
