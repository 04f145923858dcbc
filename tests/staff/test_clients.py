"""API clients by hand: secrets are shown once, and never end while somebody still uses them."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from nt24.audit.models import Entry
from nt24.partners.models import ClientSecret
from nt24.partners.tokens import client_with
from tests.factories.partners import SECRET, ApiClientFactory
from tests.staff.desk import Desk, member


def page_of(client) -> str:
    return f"/admin/partners/apiclient/{client.pk}/change/"


def move(client, name) -> str:
    return f"/admin/partners/apiclient/{client.pk}/do/{name}/"


def test_a_new_secret_is_shown_once_and_the_old_one_stays_for_a_while(desk):
    client = ApiClientFactory()

    shown = desk.presses(move(client, "rotate-secret"), status=200)

    secret = shown.context["done"].secrets["Client secret"]
    assert "stays valid for 72 hours" in shown.content.decode()
    assert secret not in desk.opens(page_of(client))
    assert [client_with(client.client_id, one) for one in (SECRET, secret)] == [client, client]
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert [client_with(client.client_id, one) for one in (SECRET, secret)] == [None, client]
    entry = Entry.objects.get()
    assert (entry.action, entry.source) == ("client.secret_rotated", "WEB_APP")


def test_of_two_who_rotate_from_the_same_page_one_does(desk, second_desk):
    """A second rotation would end the secret that the partner still uses."""
    client = ApiClientFactory()
    url = move(client, "rotate-secret")
    seen = desk.form(url)
    second_desk.presses(url, status=200)

    answer = desk.sends(url, seen)

    assert answer.status_code == 409
    assert "Client secret rotated" in answer.content.decode()
    assert client_with(client.client_id, SECRET) == client
    assert ClientSecret.objects.count() == 2


def test_the_page_says_how_many_secrets_are_valid_and_shows_none(desk):
    client = ApiClientFactory()
    desk.presses(move(client, "rotate-secret"), status=200)

    text = desk.opens(page_of(client))

    assert "Two secrets are valid." in text
    assert [row.digest for row in ClientSecret.objects.all() if row.digest in text] == []


def test_the_old_secret_is_ended_by_a_button_that_is_there_while_there_is_one(desk):
    client = ApiClientFactory()
    url = move(client, "confirm-secret")
    assert url not in desk.opens(page_of(client))
    secret = desk.presses(move(client, "rotate-secret"), status=200).context["done"].secrets["Client secret"]
    assert url in desk.opens(page_of(client))

    desk.presses(url)

    assert [client_with(client.client_id, one) for one in (SECRET, secret)] == [None, client]
    assert url not in desk.opens(page_of(client))
    assert Entry.objects.latest("pk").action == "client.secret_confirmed"


def test_a_client_is_shut_out_and_let_in_again(desk, partner):
    client = partner.client
    filled = desk.form(move(client, "rotate-secret"))

    desk.presses(move(client, "disable"), why="Leaked")
    assert partner.get("/v1/me").status_code == 401
    assert move(client, "rotate-secret") not in desk.opens(page_of(client))
    assert desk.sends(move(client, "rotate-secret"), filled).status_code == 409
    desk.presses(move(client, "enable"), why="A false alarm")

    assert partner.get("/v1/me").status_code == 200
    assert [*Entry.objects.order_by("pk").values_list("action", "purpose")] == [
        ("client.disabled", "Leaked"),
        ("client.enabled", "A false alarm"),
    ]


def test_who_may_not_see_clients_sees_none(db):
    client = ApiClientFactory()
    somebody = Desk(member("sven", "partners.view_organization", "partners.change_organization"))

    somebody.opens(page_of(client), 403)
    somebody.opens(move(client, "rotate-secret"), 403)
    reader = Desk(member("rita", "partners.view_apiclient"))
    assert "/do/" not in reader.opens(page_of(client))
    reader.opens(move(client, "rotate-secret"), 403)
