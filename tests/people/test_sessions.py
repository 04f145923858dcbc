"""Sessions end by themselves, by number and by hand, and are not written at every request."""

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nt24.audit.models import Entry
from nt24.people.tasks import forget_old_sessions
from tests.people.conftest import is_inside, member, sign_in, told

SESSIONS = "/admin/account/sessions/"
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
    "",
)


@pytest.fixture
def clock():
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as traveller:
        yield traveller


def test_a_session_ends_when_nothing_happens_for_an_hour(anna, clock):
    client, _ = sign_in("anna")
    clock.shift(59 * 60)
    assert is_inside(client)
    clock.shift(61 * 60)

    answer = client.get("/admin/", follow=True)

    assert answer.request["PATH_INFO"] == "/admin/login/"
    assert "because nothing happened for a while" in answer.content.decode()
    assert (Session.objects.filter(session_data__contains="_auth").count(), UserSession.objects.count()) == (
        0,
        0,
    )
    entry = Entry.objects.last()
    assert (entry.action, entry.purpose, entry.actor_kind) == ("user.session_ended", "IDLE", "SYSTEM")


def test_a_session_ends_after_twelve_hours_however_busy(anna, clock):
    client, _ = sign_in("anna")
    for _ in range(24):
        clock.shift(30 * 60)
        assert is_inside(client)
    clock.shift(60)

    assert not is_inside(client)
    assert Entry.objects.last().purpose == "TOO_LONG"


def test_the_limits_are_settings(anna, clock, settings):
    settings.STAFF_SESSION_IDLE *= 2
    client, _ = sign_in("anna")
    clock.shift(119 * 60)

    assert is_inside(client)


def test_a_page_writes_the_session_only_every_few_minutes(anna, clock):
    client, _ = sign_in("anna")
    assert is_inside(client)

    def writes() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            assert is_inside(client)
        return [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]

    clock.shift(60)
    assert writes() == []
    clock.shift(300)
    assert any("django_session" in sql for sql in writes())
    assert writes() == []


def test_the_oldest_of_six_sessions_ends(anna, clock):
    clients = []
    for _ in range(6):
        clients.append(sign_in("anna")[0])
        clock.shift(1)

    assert [is_inside(client) for client in clients] == [False, True, True, True, True, True]
    entry = Entry.objects.get(action="user.session_ended")
    assert (entry.purpose, entry.actor_kind) == ("TOO_MANY", "SYSTEM")


def test_others_do_not_count(anna, clock):
    member("bob")
    first, _ = sign_in("anna")
    for _ in range(5):
        sign_in("bob")

    assert is_inside(first)


def test_one_session_is_ended_by_its_owner(anna, clock):
    here, there, third = (sign_in("anna", HTTP_USER_AGENT=agent)[0] for agent in AGENTS)
    page = here.get(SESSIONS).content.decode()
    assert all(name in page for name in ("Firefox on Windows", "Safari on iPhone", "Another program"))

    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(SESSIONS, {"session": row.pk})

    assert [is_inside(client) for client in (here, there, third)] == [True, False, True]
    entry = Entry.objects.last()
    assert (entry.action, entry.purpose, entry.actor_label) == (
        "user.session_ended",
        "BY_HAND",
        "Anna Kowalska",
    )


def test_every_other_session_is_ended_at_once(anna, clock):
    here, there, third = (sign_in("anna")[0] for _ in range(3))

    here.post(SESSIONS, {})

    assert [is_inside(client) for client in (here, there, third)] == [True, False, False]
    assert told().count("user.session_ended") == 2


def test_nobody_ends_the_session_of_somebody_else(anna, clock):
    member("bob")
    here, other = sign_in("anna")[0], sign_in("bob")[0]
    row = UserSession.objects.get(user__username="bob")

    answer = here.post(SESSIONS, {"session": row.pk})

    assert answer.status_code == 200
    assert is_inside(other)
    assert "user.session_ended" not in told()


def test_what_is_known_of_a_session_is_forgotten_when_it_is_over(anna, clock):
    sign_in("anna")
    clock.shift(13 * 3600)
    alive, _ = sign_in("anna")

    forget_old_sessions()

    assert UserSession.objects.get().session_key == alive.session.session_key
    assert Session.objects.count() == 1
