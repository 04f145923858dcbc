"""Looks at what a request has left behind: refusals that move nothing, messages, and a later day."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import time_machine
from django.apps import apps

from nt24.partners.tokens import signed_token
from nt24.webhooks.models import Message

EVIDENCE_APPS = ("buyers", "orders", "transport", "compliance", "documents", "audit", "webhooks", "proposals")


def refused(response: Any, status: int, slug: str) -> dict[str, Any]:
    """The problem document of an expected refusal."""
    body = response.json()
    assert (response.status_code, body["type"].rsplit("/", 1)[1]) == (status, slug), body
    assert response["Content-Type"] == "application/problem+json"
    return dict(body)


def fields_of(problem: dict[str, Any]) -> list[str]:
    return [error["field"] for error in problem["errors"]]


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row about buyers, orders and their evidence, trail and messages included."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for label in EVIDENCE_APPS
        for model in apps.get_app_config(label).get_models()
    }


@contextmanager
def nothing_moves() -> Iterator[None]:
    """Whatever is refused inside leaves no row, no version, no trail and no message behind."""
    before = everything()
    yield
    assert everything() == before


def messages(*types: str) -> list[dict[str, Any]]:
    """The envelopes written so far, oldest first; all or those of these types."""
    rows = Message.objects.filter(type__in=types) if types else Message.objects.all()
    return [orjson.loads(bytes(row.body)) for row in rows.order_by("pk")]


@contextmanager
def at(partner: Any, moment: str) -> Iterator[None]:
    """Another moment, with a token that is valid then."""
    was = partner.authorization
    with time_machine.travel(moment, tick=True):
        renew(partner)
        yield
    partner.authorization = was


def renew(partner: Any) -> None:
    """Get a new token: they live for five minutes."""
    partner.authorization = f"Bearer {signed_token(partner.client)}"
