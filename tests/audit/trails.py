"""Trails for tests: entries by the hundred, and raw SQL for whoever wants to change one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from nt24.actors import Actor, ActorKind, system
from nt24.audit import triggers
from nt24.audit.models import Entry, write_entry

SOMEBODY = system("test")
ANNA = Actor(ActorKind.STAFF, "7", "anna.schmidt")
SUBJECT = UUID("11111111-2222-4333-8444-555555555555")


def entry(action: str = "order.updated", *, by: Actor = SOMEBODY, **about: Any) -> Entry:
    return write_entry(
        action=action,
        by=by,
        **{
            "subject_type": "order",
            "subject_uuid": SUBJECT,
            "organization_id": None,
            "seller_uuid": None,
            "order_uuid": None,
            "changes": {},
            "purpose": "",
            "trace_id": "",
            **about,
        },
    )


def entries(count: int) -> list[Entry]:
    return [entry(purpose=f"number {number}") for number in range(1, count + 1)]


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)


@contextmanager
def triggers_removed() -> Iterator[None]:
    for sql in triggers.to_remove(connection.vendor):
        run(sql)
    yield
    for sql in triggers.to_add(connection.vendor):
        run(sql)
