"""A member of staff as the trail knows him."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User

from nt24.actors import Actor, ActorKind


def actor_of(user: User | AbstractBaseUser | AnonymousUser) -> Actor:
    """Who acts: the user's number never changes, his name is for people."""
    assert isinstance(user, User)
    return Actor(ActorKind.STAFF, str(user.pk), user.get_full_name() or user.get_username())
