"""How the vehicles left: one transport per order, and a milestone per vehicle that is set once or revoked."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nt24.addresses import AddressField
from nt24.records import Record


class Transport(Record):
    """The transport of an order. Status and flags follow from the milestones and papers."""

    class Status(models.TextChoices):
        NOT_STARTED = "NOT_STARTED"
        IN_PROGRESS = "IN_PROGRESS"
        PARTIAL = "PARTIAL"
        DELIVERED = "DELIVERED"

    class Type(models.TextChoices):
        SELF_PICKUP = "SELF_PICKUP"
        COMPANY_TRANSPORT = "COMPANY_TRANSPORT"

    EVENT_PREFIX = "transport"

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="transport")
    status = models.CharField(
        max_length=11, choices=Status.choices, default=Status.NOT_STARTED, editable=False
    )
    type = models.CharField(max_length=17, choices=Type.choices, blank=True)
    cmr_uploaded = models.BooleanField(default=False, editable=False)
    daily_vies_checks_active = models.BooleanField(default=False, editable=False)
    # The VIES answer of the delivery day; later checks of the buyer do not touch this order (contract 16.11).
    vies_check = models.ForeignKey(
        "buyers.ViesCheck", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    delivery_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"Transport of {self.order_id}"


class Milestone(models.Model):
    """One vehicle was picked up or delivered. Never changed: a mistake is revoked with a reason and set anew."""

    class Kind(models.TextChoices):
        PICKUP = "PICKUP"
        DELIVERY = "DELIVERY"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transport = models.ForeignKey(Transport, on_delete=models.PROTECT, related_name="milestones")
    vehicle = models.ForeignKey("orders.Vehicle", on_delete=models.PROTECT, related_name="milestones")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    occurred_on = models.DateField()
    address = AddressField(help_text="Where it was collected or delivered.")
    person = models.CharField(
        max_length=200, blank=True, help_text="Driver identification, or who received it."
    )
    confirmed_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "kind"],
                condition=Q(revoked_at__isnull=True),
                name="one_active_milestone_per_vehicle",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | ~Q(revoked_reason=""),
                name="revoked_milestone_has_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["kind", "occurred_on"], name="milestone_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.vehicle_id} on {self.occurred_on}"
