"""The trail: who did what to which record, when and why, and the chain that seals it.

Rows are only ever added: triggers of the database refuse everything else (`triggers.py`).
"""

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from nt24.actors import SOURCES, Actor, ActorKind, Source

# Directive (EU) 2015/849, Art. 39: whoever suspects money laundering does not let the customer know.
TOLD_TO_NOBODY = ("aml.", "verification.")
# What members of staff say to each other before something is decided; its reason is told with the decision.
BETWEEN_STAFF = ("_proposed", "_declined")
# Members of `changes` that hold the names of staff.
NAMING_STAFF = frozenset({"proposedBy", "decidedBy"})
# People whose names are for NT24's own staff and auditors, and what everybody else reads instead.
UNNAMED = {ActorKind.STAFF: "NT24 staff", ActorKind.BUYER_LINK: "Buyer, by invitation link"}


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
        permissions = [("export_evidence", "Can take copies of evidence out of the portal")]
        indexes = [
            models.Index(fields=["order_uuid", "id"], name="entry_by_order"),
            models.Index(fields=["organization_id", "at", "id"], name="entry_by_organization"),
            models.Index(fields=["subject_uuid", "id"], name="entry_by_subject"),
            # What staff look for: the request of a partner, a period, a family of actions.
            models.Index(fields=["trace_id"], name="entry_by_trace"),
            models.Index(fields=["at"], name="entry_by_time"),
            models.Index(fields=["action"], name="entry_by_action", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.subject_uuid}"

    @property
    def source(self) -> Source:
        return SOURCES[ActorKind(self.actor_kind)]

    @property
    def actor_outside(self) -> str:
        """Who acted, without the name of a person: that stays in the trail."""
        return UNNAMED.get(ActorKind(self.actor_kind)) or self.actor_label

    @property
    def purpose_outside(self) -> str:
        """The reason, but for what staff wrote about an identity or a screening: a suspicion is not told (AML law)."""
        is_told = not self.action.startswith(TOLD_TO_NOBODY) and not self.action.endswith(BETWEEN_STAFF)
        return self.purpose if is_told or self.actor_kind != ActorKind.STAFF else ""

    @property
    def changes_outside(self) -> dict[str, Any]:
        """The changes, without the names of staff."""
        return {name: change for name, change in self.changes.items() if name not in NAMING_STAFF}

    @property
    def actor_id_outside(self) -> str | None:
        """A buyer's is the uuid of the invitation, which its partner knows; that of staff is ours."""
        return None if self.actor_kind == ActorKind.STAFF else self.actor_id


class Link(models.Model):
    """One entry's place in the chain: `chain` covers this link and every one before it (docs/audit.md)."""

    position = models.BigIntegerField(primary_key=True)  # 1, 2, 3, … without a gap
    # A join and no constraint: the link must outlive an entry that somebody removes, to prove that it was there.
    entry = models.OneToOneField(Entry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="link")
    entry_uuid = models.UUIDField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the entry's canonical form.")
    chain = models.CharField(
        max_length=64, help_text="SHA-256 of the chain before, position, digest and time."
    )
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link {self.position}"


class Checkpoint(models.Model):
    """The chain's state under a signature: who can rewrite the database still has no key to sign another chain."""

    position = models.BigIntegerField(primary_key=True)  # of the link whose `chain` is signed
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chain = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signature = models.TextField(help_text="Base64; of the text that docs/audit.md describes.")
    certificate = models.TextField(help_text="PEM; the signer's, then those between it and the root.")

    def __str__(self) -> str:
        return f"checkpoint at link {self.position}"


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
