"""Outgoing mail as rows: what is to be sent, to whom, and what became of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nt24 import languages
from nt24.claims import Claimable


class Mail(Claimable):
    """One mail to one recipient, rendered when it was queued. What it says and to whom is forgotten in time."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        SENT = "SENT"  # the mail server has taken it
        FAILED = "FAILED"

    MOVES: ClassVar[Mapping[str, set[str]]] = {
        Status.QUEUED: {Status.SENT, Status.FAILED},
        Status.SENT: set(),
        Status.FAILED: {Status.QUEUED},  # by hand, once what stood in the way is repaired
    }

    ENCRYPTED: ClassVar = ("text", "html")  # by nt24/vault.py
    URGENT: ClassVar = Q(tries=0) & ~Q(kind__endswith="_reminder")  # somebody looks for the link in it

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)  # app and template, such as webhooks.endpoint_paused
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    to = models.EmailField()
    subject = models.TextField()
    # Encrypted (nt24/vault.py): a mail may carry a link that opens a page, and a copy of the database must not.
    text = models.BinaryField()
    html = models.BinaryField()
    logo_png = models.BinaryField(null=True)  # of the sender; the HTML shows it as `cid:logo`
    from_name = models.CharField(max_length=200, blank=True)
    reply_to = models.EmailField(blank=True)
    language = models.CharField(max_length=languages.LONGEST_CODE)
    organization = models.ForeignKey(
        "partners.Organization", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    about = models.UUIDField(null=True)  # the record it tells of
    trace_id = models.CharField(max_length=100, blank=True)  # of the request or task that queued it
    due_at = models.DateTimeField(null=True, default=timezone.now, editable=False)
    failure = models.CharField(
        max_length=200, blank=True
    )  # of the last try; no personal data, see sending.py
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    forgotten_at = models.DateTimeField(null=True)  # since when address and content are gone

    class Meta:
        verbose_name_plural = "mail"
        indexes: ClassVar = [
            # "Is not null" follows from any comparison, so the sweep uses it whatever the plan knows of its values.
            models.Index(fields=["due_at", "id"], name="mail_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["created_at"], name="mail_to_forget", condition=Q(forgotten_at=None)),
            models.Index(fields=["organization", "created_at"], name="mail_of_organization"),
            models.Index(fields=["about"], name="mail_about"),
            models.Index(fields=["created_at"], name="mail_failed", condition=Q(status="FAILED")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="mail_is_due_while_queued",
                condition=Q(status="QUEUED", due_at__isnull=False)
                | Q(status__in=["SENT", "FAILED"], due_at__isnull=True),
            ),
            models.CheckConstraint(
                name="mail_sent_has_a_time", condition=~Q(status="SENT") | Q(sent_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    def can_be_tried(self, now: datetime) -> bool:
        """Whether it waits or was given up, nobody is sending it, and it still says something."""
        is_free = self.leased_until is None or self.leased_until <= now
        return self.status != self.Status.SENT and self.forgotten_at is None and is_free
