"""Staff as the rest of the house knows them: an `Actor` who does something, a `Person` to whom something is done."""

from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.contrib.auth.models import AnonymousUser, Group, User

from nt24.actors import Actor, ActorKind

# Entries of the trail name their subject by uuid; Django's users and groups have none, so it follows from their key.
NAMESPACE = UUID("6f2f0d4e-6a43-5d0a-9a55-0c6b8f6d1d24")
NOT_SIGNED_IN = Actor(ActorKind.STAFF, "", "Not signed in")


class Person:
    """A user of ours as the subject of an entry."""

    _meta: ClassVar[Any] = SimpleNamespace(model_name="user")

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid


class Role:
    """A group of users as the subject of an entry."""

    _meta: ClassVar[Any] = SimpleNamespace(model_name="group")

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid


SOMEBODY = Person(uuid5(NAMESPACE, "user:unknown"))  # who typed a user name that nobody has


def actor_of(user: User | AnonymousUser) -> Actor:
    """Who acts, for `by`; the label is what people read in the trail.

    :raises ValueError: nobody is signed in, which the admin has refused before.
    """
    if user.pk is None:
        raise ValueError("Nobody is signed in.")
    return Actor(ActorKind.STAFF, str(user.pk), (user.get_full_name() or user.get_username())[:200])


def person_of(user: User) -> Person:
    return Person(uuid5(NAMESPACE, f"user:{user.pk}"))


def role_of(group: Group) -> Role:
    return Role(uuid5(NAMESPACE, f"group:{group.pk}"))
