"""Staff with their roles, and a browser without one: Django's test client at the real door."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from nt24.audit.models import Entry

PASSWORD = "correct-horse-battery"


def member(username: str, role: str | None = None, **fields) -> User:
    user = User.objects.create_user(
        username, f"{username}@nt24.example", PASSWORD, **{"is_staff": True, **fields}
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(username: str, password: str = PASSWORD, client: Client | None = None, **extra):
    """The client and the answer of the door."""
    client = client or Client()
    answer = client.post("/admin/login/", {"username": username, "password": password}, **extra)
    return client, answer


def is_inside(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def told() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


@pytest.fixture
def anna(db):
    return member("anna", "Case handler", first_name="Anna", last_name="Kowalska")
