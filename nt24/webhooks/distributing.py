"""Message → deliveries. An action only writes the message; whom it goes to is worked out here, once."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from nt24.claims import database_time
from nt24.webhooks.catalogue import BY_NAME
from nt24.webhooks.models import Delivery, Endpoint, Message
from nt24.webhooks.rows import insert_rows

AT_ONCE = 500  # messages per transaction
COLUMNS = (
    "uuid", "endpoint", "message", "status", "due_at", "planned_from", "created_at",
    "failures", "attempts", "tries",
)  # fmt: skip


def distribute() -> None:
    """Make the deliveries of every new message; both are one transaction, so a message is distributed exactly once."""
    new = Message.objects.filter(is_distributed=False)
    while new.exists():
        with transaction.atomic(durable=True):
            messages = list(new.order_by("pk").select_for_update(skip_locked=True).defer("body")[:AT_ONCE])
            insert_rows(Delivery, COLUMNS, deliveries_of(messages, database_time()))
            Message.objects.filter(pk__in=[message.pk for message in messages]).update(is_distributed=True)
        if len(messages) < AT_ONCE:
            return


def deliveries_of(messages: list[Message], now: datetime) -> list[tuple[Any, ...]]:
    """Rows of `COLUMNS`, one for each endpoint that wants a message and is older; DISABLED ones get none."""
    endpoints: dict[int, list[Endpoint]] = {}
    rows = Endpoint.objects.filter(
        organization__in={message.organization_id for message in messages},
        status__in=(Endpoint.Status.ACTIVE, Endpoint.Status.PAUSED),
        deleted_at__isnull=True,
    )
    for endpoint in rows:
        endpoints.setdefault(endpoint.organization_id, []).append(endpoint)
    return [
        (
            uuid.uuid4(),
            endpoint.pk,
            message.pk,
            Delivery.Status.PENDING,
            now,
            message.created_at,
            now,
            0,
            0,
            0,
        )
        for message in messages
        for endpoint in endpoints.get(message.organization_id, ())
        if endpoint.created_at <= message.created_at
        and endpoint.wants(BY_NAME[message.type], message.seller_uuid)
    ]
