"""What has to hold after any race, whoever won it."""

from typing import Any

import orjson
from django.db import transaction

from compliance import assess
from compliance.models import Rollup
from nt24.webhooks.models import Message
from orders.models import Invoice, Order, Payment, Vehicle
from transport.models import Transport


def slugs_of(answers: list[Any]) -> list[str]:
    """The problems among the answers, sorted."""
    return sorted(answer.json()["type"].rsplit("/", 1)[1] for answer in answers if answer.status_code >= 400)


def statuses_of(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def assert_rollups_are_current() -> None:
    """Recomputing an order changes nothing: neither its rollup nor any status that follows from its facts."""
    for order in Order.objects.order_by("pk"):
        before = derived_from_facts(order)
        with transaction.atomic():
            assess.reassess(order.pk, by=assess.RECOMPUTING)
            after = derived_from_facts(order)
            transaction.set_rollback(True)
        assert after == before


def derived_from_facts(order: Order) -> dict[str, Any]:
    """Versions and derived members of an order and its parts, as they are stored."""
    return {
        "rollup": Rollup.objects.values("version", "content_json", "blocker_codes", "decision").get(
            order=order
        ),
        "order": Order.objects.values("version", "status").get(pk=order.pk),
        "vehicles": list(Vehicle.objects.filter(order=order).values("position", "compliance_status")),
        "invoices": list(Invoice.objects.filter(order=order).values("type", "version", "status")),
        "payment": list(Payment.objects.filter(order=order).values("version", "status")),
        "transport": list(Transport.objects.filter(order=order).values("version", "status")),
    }


def messages(type: str) -> list[dict[str, Any]]:
    """`data` of the webhook messages of this type, in the order they were written."""
    rows = Message.objects.filter(type=type).order_by("pk")
    return [orjson.loads(bytes(row.body))["data"] for row in rows]


def assert_served_version_is_the_stored_one(answer: Any) -> None:
    """`ETag` and the member `version` are one number."""
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
