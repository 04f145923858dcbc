"""What the trail hears of sign-ins, factors and passwords.

These changes are made by Django and allauth, which tell of them by signals of theirs and in no other way.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.core.cache import cache
from django.http import HttpRequest

from nt24.events import announce
from nt24.people import session_times, sessions
from nt24.people.lockout import LOCKED_SECONDS
from nt24.people.staff import NOT_SIGNED_IN, SOMEBODY, actor_of, person_of

PASSWORD, SECOND_FACTOR, SINGLE_SIGN_ON = "PASSWORD", "SECOND_FACTOR", "SINGLE_SIGN_ON"


def listen() -> None:
    account.user_logged_in.connect(signed_in, dispatch_uid="nt24.people.signed_in")
    user_login_failed.connect(password_failed, dispatch_uid="nt24.people.password_failed")
    user_logged_out.connect(signed_out, dispatch_uid="nt24.people.signed_out")
    mfa.authentication_failed.connect(factor_failed, dispatch_uid="nt24.people.factor_failed")
    mfa.authenticator_added.connect(factor_added, dispatch_uid="nt24.people.factor_added")
    mfa.authenticator_removed.connect(factor_removed, dispatch_uid="nt24.people.factor_removed")
    mfa.authenticator_reset.connect(codes_renewed, dispatch_uid="nt24.people.codes_renewed")
    for changed in (account.password_changed, account.password_set):
        changed.connect(password_changed, dispatch_uid="nt24.people.password_changed")


def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    session_times.begin(request.session)
    sessions.keep_newest(user)
    records = get_authentication_records(request, user)
    ways = [record.get("type") or record["method"] for record in records]
    announce(person_of(user), "user.signed_in", by=actor_of(user), changes={"by": [None, ways]})


def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        announce(person_of(user), "user.signed_out", by=actor_of(user))


def password_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Nothing when a program asks: it is no door."""
    if request is not None:
        note_failure(user_named(credentials.get("username", "")), PASSWORD)


def factor_failed(user: User, **_: Any) -> None:
    note_failure(user, SECOND_FACTOR)


def note_failure(user: User | None, what: str) -> None:
    """By nobody: who fails has not shown who he is. A name that nobody has is not kept, it may be a password."""
    person = person_of(user) if user else SOMEBODY
    announce(person, "user.sign_in_failed", by=NOT_SIGNED_IN, changes={"by": [None, what]})


def note_lock_out(request: HttpRequest, user: User | None) -> None:
    """Once for each time that somebody is locked out, however often he tries meanwhile."""
    person = person_of(user) if user else SOMEBODY
    if cache.add(f"people:locked-out:{person.uuid}", 1, timeout=LOCKED_SECONDS):
        announce(person, "user.locked_out", by=NOT_SIGNED_IN)


def factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    announce(
        person_of(user),
        "user.factor_added",
        by=actor_of(user),
        changes={"factor": [None, authenticator.type]},
    )


def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    announce(
        person_of(user),
        "user.factor_removed",
        by=actor_of(user),
        changes={"factor": [authenticator.type, None]},
    )


def codes_renewed(user: User, **_: Any) -> None:
    announce(person_of(user), "user.recovery_codes_renewed", by=actor_of(user))


def password_changed(user: User, **_: Any) -> None:
    announce(person_of(user), "user.password_changed", by=actor_of(user))


def user_named(name: str) -> User | None:
    """As the door looks names up: small and capital letters are one."""
    return User.objects.filter(username__iexact=name[:150]).first() if name else None


def user_half_signed_in(request: HttpRequest) -> User | None:
    """Whoever has shown a password and not yet his second factor, or is asked for it again."""
    if request.user.is_authenticated:
        return request.user
    stage = get_pending_stage(request)
    return stage.login.user if stage else None
