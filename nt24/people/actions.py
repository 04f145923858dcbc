"""What is done to people: given a way in, changed, helped when a second factor is lost."""

import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from nt24.actors import Actor
from nt24.events import announce
from nt24.people.confirming import note_handling
from nt24.people.models import Handling
from nt24.people.roles import ADMINISTRATOR, named
from nt24.people.session_times import Ended
from nt24.people.sessions import end_all
from nt24.people.staff import person_of, role_of
from nt24.records import action

FLAGS = ("is_active", "is_staff", "is_superuser")


def access_of(user: User) -> dict[str, Any]:
    """What somebody may, as the trail writes it; who he is stays out of it."""
    return {
        **{flag: getattr(user, flag) for flag in FLAGS},
        "roles": sorted(group.name for group in user.groups.all()),
        "permissions": sorted(
            named(permission) for permission in user.user_permissions.select_related("content_type")
        ),
    }


def powers_of(group: Group) -> dict[str, Any]:
    permissions = group.permissions.select_related("content_type")
    return {"name": group.name, "permissions": sorted(named(permission) for permission in permissions)}


def differences(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, list[Any]]:
    was = before or dict.fromkeys(after)
    return {name: [was[name], now] for name, now in after.items() if was[name] != now}


@action
def note_user(user: User, *, before: dict[str, Any] | None, details: list[str], by: Actor) -> None:
    """Write that somebody was added (nothing before) or changed; of personal details only which ones."""
    after = access_of(user)
    changes = differences(before, after)
    if details and before is not None:
        changes["details"] = [None, details]
    if changes:
        announce(
            person_of(user), "user.created" if before is None else "user.changed", by=by, changes=changes
        )
    if before is None:
        note_handling(user, Handling.What.MADE, by=by)
        return
    if "email" in details:
        note_handling(user, Handling.What.ADDRESS, by=by)
    if after["is_active"] and not before["is_active"]:
        note_handling(user, Handling.What.REACTIVATED, by=by)


@action
def note_group(group: Group, *, before: dict[str, Any] | None, by: Actor) -> None:
    if changes := differences(before, powers_of(group)):
        announce(
            role_of(group), "group.created" if before is None else "group.changed", by=by, changes=changes
        )


@action
def note_password_set(user: User, *, by: Actor) -> None:
    announce(person_of(user), "user.password_set", by=by)
    note_handling(user, Handling.What.PASSWORD, by=by)


@action
def remove_factors(user: User, *, by: Actor, reason: str = "") -> int:
    """For somebody who has lost them: he is signed out and makes new ones. How many were removed."""
    removed = Authenticator.objects.filter(user=user).order_by("pk")
    kinds = [factor.type for factor in removed]
    removed.delete()
    end_all(user, by=by, why=Ended.FACTORS_REMOVED)
    announce(person_of(user), "user.factors_removed", by=by, changes={"factors": [kinds, []]}, reason=reason)
    note_handling(user, Handling.What.FACTORS, by=by)
    return len(kinds)


def add_administrator(username: str, *, email: str, by: Actor) -> tuple[User, str]:
    """The first one, from the command line, with a first password; hashed before the transaction begins."""
    password = secrets.token_urlsafe(12)
    return keep_administrator(username, email=email, hashed=make_password(password), by=by), password


@action
def keep_administrator(username: str, *, email: str, hashed: str, by: Actor) -> User:
    user = User.objects.create(username=username, email=email, password=hashed, is_staff=True)
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    note_user(user, before=None, details=[], by=by)
    return user
