"""Messages to the outside. The bytes are frozen when the event happens and never rendered again."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import models
from django.utils import timezone

from nt24.actors import Actor
from nt24.partners.models import Organization
from nt24.webhooks.catalogue import TYPE_OF_ACTION

SCHEMA_VERSION = 1


class Message(models.Model):
    """One event as it will be sent: `body` is the exact envelope (contract 12)."""

    event_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=60)
    organization = models.ForeignKey("partners.Organization", on_delete=models.PROTECT, related_name="+")
    seller_uuid = models.UUIDField(null=True)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "id"], name="message_by_organization")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


def write_message(
    *, action: str, by: Actor, organization_id: int, seller: Any, data: Mapping[str, Any]
) -> Message:
    """Freeze the envelope of one event; `seller` is left out for events of the organization itself.

    :raises KeyError: the catalogue has no public type for `action`.
    """
    event_id, now = f"evt_{uuid.uuid4().hex}", timezone.now()
    envelope = {
        "id": event_id,
        "type": TYPE_OF_ACTION[action],
        "schemaVersion": SCHEMA_VERSION,
        "source": by.source.value,
        "createdAt": now,
        "organizationUuid": Organization.objects.values_list("uuid", flat=True).get(pk=organization_id),
        **({"partnerUuid": seller.uuid} if seller is not None else {}),
        "data": data,
    }
    return Message.objects.create(
        event_id=event_id,
        type=envelope["type"],
        organization_id=organization_id,
        seller_uuid=seller.uuid if seller is not None else None,
        body=orjson.dumps(envelope, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS),
        created_at=now,
    )
