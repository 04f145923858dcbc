"""Endpoints, and the three tables of delivery: what happened (message), to whom it goes (delivery), each try (attempt).

The bytes of a message are frozen when the event happens and never rendered again.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from nt24.actors import Actor
from nt24.claims import Claimable
from nt24.nudges import nudge
from nt24.partners.models import Organization
from nt24.records import Record
from nt24.webhooks.catalogue import TYPE_OF_ACTION, EventType, matches

SCHEMA_VERSION = 1  # of the envelopes that are written now
ENDPOINT_PREFIX, EVENT_PREFIX, DELIVERY_PREFIX = "wh_", "evt_", "del_"


def endpoint_id(uuid: UUID) -> str:
    """As partners know it."""
    return f"{ENDPOINT_PREFIX}{uuid.hex}"


def delivery_id(uuid: UUID) -> str:
    """As partners know it."""
    return f"{DELIVERY_PREFIX}{uuid.hex}"


def default_schema_versions() -> list[int]:
    return [SCHEMA_VERSION]


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def visible_to(self, organization_id: int) -> "EndpointQuerySet":
        return self.filter(organization_id=organization_id, deleted_at__isnull=True)

    def sending(self) -> "EndpointQuerySet":
        return self.filter(status=Endpoint.Status.ACTIVE, deleted_at__isnull=True)


class Endpoint(Record):
    """Where an organization wants to hear of events. Its secrets are encrypted (nt24/vault.py)."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        PAUSED = "PAUSED"  # deliveries are kept and go out on resume
        DISABLED = "DISABLED"  # no deliveries are made

    class PauseReason(models.TextChoices):
        REQUESTED = "REQUESTED"
        CONSECUTIVE_FAILURES = "CONSECUTIVE_FAILURES"
        FAILING_TOO_LONG = "FAILING_TOO_LONG"

    MOVES: ClassVar[Mapping[str, set[str]]] = {
        Status.ACTIVE: {Status.PAUSED, Status.DISABLED},
        Status.PAUSED: {Status.ACTIVE, Status.DISABLED},
        Status.DISABLED: {Status.ACTIVE, Status.PAUSED},
    }
    EVENT_PREFIX: ClassVar[str] = "endpoint"
    ENCRYPTED: ClassVar = ("secret", "previous_secret")  # by nt24/vault.py

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=2000)
    events = models.JSONField()  # exact types and segment wildcards
    partner_uuids = models.JSONField(null=True)  # the sellers it wants to hear of; null: all
    # Of the envelope, ascending (contract 17.1). One of them is always one that we write.
    schema_versions = models.JSONField(
        default=default_schema_versions, db_default=Value([SCHEMA_VERSION], models.JSONField())
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    secret = models.BinaryField()
    previous_secret = models.BinaryField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=20, choices=PauseReason.choices, blank=True)
    deleted_at = models.DateTimeField(null=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook endpoint"
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "id"], name="endpoint_of_organization", condition=Q(deleted_at=None)
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="endpoint_paused_since_when",
                condition=~Q(status="PAUSED") | Q(paused_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return endpoint_id(self.uuid)

    @property
    def paused_because(self) -> str | None:
        return self.pause_reason or None

    @property
    def old_secret_until(self) -> datetime | None:
        """None when requests are signed with one secret."""
        until = self.previous_secret_until
        return until if self.previous_secret and until and until > timezone.now() else None

    def wants(self, event: EventType, seller_uuid: UUID | None) -> bool:
        """Whether a message goes here. Events of the organization itself belong to no seller and pass the filter."""
        if event.reaches_all:
            return self.status == self.Status.ACTIVE
        is_wanted_seller = (
            self.partner_uuids is None or seller_uuid is None or str(seller_uuid) in self.partner_uuids
        )
        return is_wanted_seller and any(matches(pattern, event.name) for pattern in self.events)


class Message(models.Model):
    """One event as it will be sent: `body` is the exact envelope (contract 12)."""

    event_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=60)
    organization = models.ForeignKey("partners.Organization", on_delete=models.PROTECT, related_name="+")
    seller_uuid = models.UUIDField(null=True)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    is_distributed = models.BooleanField(
        default=False, db_default=False, help_text="Its deliveries are made."
    )

    class Meta:
        indexes = [
            models.Index(fields=["organization", "id"], name="message_by_organization"),
            models.Index(fields=["id"], name="message_to_distribute", condition=Q(is_distributed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Delivery(Claimable):
    """One message for one endpoint: tried until it is taken or its plan is used up. A replay is a new delivery."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        DELIVERED = "DELIVERED"
        FAILED = "FAILED"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    replay_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField(null=True, default=timezone.now, editable=False)
    planned_from = models.DateTimeField(default=timezone.now)  # what the retry offsets are counted from
    failures = models.PositiveIntegerField(default=0)  # within the present plan
    attempts = models.PositiveIntegerField(default=0)
    http_status = models.PositiveSmallIntegerField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "due_at", "id"], name="delivery_due", condition=Q(status="PENDING")
            ),
            models.Index(
                fields=["endpoint"], name="delivery_leased", condition=Q(leased_until__isnull=False)
            ),
            models.Index(fields=["endpoint", "created_at", "id"], name="delivery_of_endpoint"),
            models.Index(fields=["endpoint", "status", "created_at", "id"], name="delivery_by_status"),
            models.Index(fields=["last_attempt_at"], name="delivery_failed", condition=Q(status="FAILED")),
        ]
        constraints: ClassVar = [
            # Distributing a message twice is impossible, whatever dies in between.
            models.UniqueConstraint(
                fields=["message", "endpoint"], condition=Q(replay_of=None), name="one_delivery_per_endpoint"
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return delivery_id(self.uuid)

    @property
    def event_id(self) -> str:
        return self.message.event_id

    @property
    def next_retry_at(self) -> datetime | None:
        """None when it is done, was never tried, or its endpoint is not sending."""
        is_waiting = self.status == self.Status.PENDING and self.attempts > 0
        is_sending = self.endpoint.status == Endpoint.Status.ACTIVE
        return self.due_at if is_waiting and is_sending else None


class Attempt(models.Model):
    """One request to an endpoint, and what came of it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    http_status = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(
        max_length=20, blank=True
    )  # why there is no status, see nt24/webhooks/sending.py
    milliseconds = models.PositiveIntegerField()
    excerpt = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.http_status or self.failure}"


def write_message(
    *, action: str, by: Actor, organization_id: int, seller: Any, data: Mapping[str, Any]
) -> Message:
    """Freeze the envelope of one event; `seller` is left out for events of the organization itself.

    :raises KeyError: the catalogue has no public type for `action`.
    """
    from nt24.webhooks.tasks import deliver_due

    message = freeze(TYPE_OF_ACTION[action], by=by, organization_id=organization_id, seller=seller, data=data)
    message.save(force_insert=True)
    nudge(deliver_due)
    return message


def freeze(type: str, *, by: Actor, organization_id: int, seller: Any, data: Mapping[str, Any]) -> Message:
    """The unsaved message with its envelope."""
    event_id, now = f"{EVENT_PREFIX}{uuid.uuid4().hex}", timezone.now()
    envelope = {
        "id": event_id,
        "type": type,
        "schemaVersion": SCHEMA_VERSION,
        "source": by.source.value,
        "createdAt": now,
        "organizationUuid": Organization.objects.values_list("uuid", flat=True).get(pk=organization_id),
        **({"partnerUuid": seller.uuid} if seller is not None else {}),
        "data": data,
    }
    return Message(
        event_id=event_id,
        type=type,
        organization_id=organization_id,
        seller_uuid=seller.uuid if seller is not None else None,
        body=orjson.dumps(envelope, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS),
        created_at=now,
    )
