"""A receiver on loopback, an endpoint that leads to it, and the engine run by hand."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from nt24.actors import system
from nt24.events import announce
from nt24.webhooks.models import Delivery, Endpoint
from nt24.webhooks.tasks import deliver_due
from tests.servers.receiver import Receiver

SOMEBODY = system("test")
DECIDED = "rollup.decided"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def subscribe(partner):
    """`subscribe(receiver, "compliance.*")`: the answer of the registration, with the secret."""

    def register(receiver: Any, *events: str, by: Any = partner, **changes: Any) -> dict[str, Any]:
        body = {"url": receiver.url, "events": list(events) or ["compliance.*"], **changes}
        answer = by.post("/v1/webhooks", body)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    return register


@pytest.fixture
def happens(seller):
    """`happens()`: an event of the seller, as an action would announce it."""

    def announce_one(action: str = DECIDED, *, under: Any = seller, **data: Any) -> None:
        sent = data or {"orderUuid": "0b0e3d86-4a7f-4b57-9f0e-0f3f5f1c2d11", "decision": "VALID_EXPORT"}
        announce(under, action, by=SOMEBODY, seller=under, message=sent)

    return announce_one


@pytest.fixture
def deliver(db):
    """Do once what a worker does: send all that is due."""
    return deliver_due


@pytest.fixture
def later():
    """`with later(minutes=5):` the same world some time from now."""
    return lambda **span: time_machine.travel(timezone.now() + timedelta(**span), tick=True)


def endpoint_of(answer: dict[str, Any]) -> Endpoint:
    return Endpoint.objects.get(uuid=answer["id"].removeprefix("wh_"))


def make_due(**narrow: Any) -> None:
    """As if the time of every planned try had come; the plan itself stays."""
    moment = timezone.now()
    Delivery.objects.filter(status="PENDING", due_at__gt=moment, **narrow).update(due_at=F("created_at"))
