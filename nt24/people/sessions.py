"""Sessions of staff: how long they last, how many one person has, and that ending one is told to the trail."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nt24.actors import Actor, system
from nt24.events import announce
from nt24.pages.policy import STAFF
from nt24.people import session_times
from nt24.people.session_times import Ended
from nt24.people.staff import actor_of, person_of
from nt24.records import action

CLOCK = system("session_limits")
SENTENCES = {
    Ended.IDLE: "You were signed out because nothing happened for a while. Sign in to go on.",
    Ended.TOO_LONG: "You were signed out because the session had its full length. Sign in to go on.",
}


class SessionAdapter(DefaultUserSessionsAdapter):
    """What allauth's page of sessions ends, the trail hears of."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        by = actor_of(context.request.user)
        for session in sessions:
            end(session, by=by, why=Ended.BY_HAND)


@action
def end(session: UserSession, *, by: Actor, why: Ended) -> None:
    session.end()
    announce(person_of(session.user), "user.session_ended", by=by, reason=why)


@action
def end_all(user: User, *, by: Actor, why: Ended) -> None:
    for session in UserSession.objects.filter(user=user).select_related("user"):
        end(session, by=by, why=why)


def keep_newest(user: User) -> None:
    """End the oldest sessions of somebody who has more than he may."""
    rows = UserSession.objects.filter(user=user).select_related("user").order_by("-created_at", "-pk")
    for session in rows[settings.STAFF_SESSIONS_AT_ONCE :]:
        end(session, by=CLOCK, why=Ended.TOO_MANY)


def end_old_sessions(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: nobody goes on with a session that is over; one that is used is stamped now and then."""
    return partial(with_living_session, get_response)


def with_living_session(
    get_response: Callable[[HttpRequest], HttpResponse], request: HttpRequest
) -> HttpResponse:
    if request.path.startswith(STAFF) and request.user.is_authenticated:
        why = session_times.over(request.session)
        if why is not None:
            end_own(request, why)
        elif session_times.renew(request.session):
            shown: Any = UserSession.objects.filter(session_key=request.session.session_key)
            shown.update(last_seen_at=timezone.now())
    return get_response(request)


def end_own(request: HttpRequest, why: Ended) -> None:
    """The request goes on as a stranger's, which the admin sends to the door."""
    assert isinstance(request.user, User)
    announce(person_of(request.user), "user.session_ended", by=CLOCK, reason=why)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.flush()
    request.user = AnonymousUser()
    messages.info(request, SENTENCES[why])
