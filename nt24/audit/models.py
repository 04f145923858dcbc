"""The trail: who did what to which record, when and why. Rows are only ever added."""

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from nt24.actors import Actor, ActorKind


class Entry(models.Model):
    """One change, or one read of personal data. It refers to its subject by uuid, so nothing cascades into it."""

    class Retention(models.TextChoices):
        RECORD = "RECORD", "with the evidence"
        PII_ACCESS = "PII_ACCESS", "6 years"  # contract 6

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    actor_kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.CharField(max_length=200)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_uuid = models.UUIDField()
    organization_id = models.BigIntegerField(null=True)
    seller_uuid = models.UUIDField(null=True)
    order_uuid = models.UUIDField(null=True)
    changes = models.JSONField(default=dict)
    purpose = models.CharField(max_length=1000, blank=True)
    trace_id = models.CharField(max_length=100, blank=True)
    retention = models.CharField(max_length=10, choices=Retention.choices, default=Retention.RECORD)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["order_uuid", "id"], name="entry_by_order"),
            models.Index(fields=["organization_id", "id"], name="entry_by_organization"),
            models.Index(fields=["subject_uuid", "id"], name="entry_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.subject_uuid}"


def write_entry(
    *,
    action: str,
    by: Actor,
    subject_type: str,
    subject_uuid: UUID,
    organization_id: int | None,
    seller_uuid: UUID | None,
    order_uuid: UUID | None,
    changes: Mapping[str, Any],
    purpose: str,
    trace_id: str,
    retention: str = Entry.Retention.RECORD,
) -> Entry:
    """Add one entry; `changes` maps a member to `[old, new]` with personal values left out or masked."""
    return Entry.objects.create(
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        action=action,
        subject_type=subject_type,
        subject_uuid=subject_uuid,
        organization_id=organization_id,
        seller_uuid=seller_uuid,
        order_uuid=order_uuid,
        changes=dict(changes),
        purpose=purpose,
        trace_id=trace_id,
        retention=retention,
    )
