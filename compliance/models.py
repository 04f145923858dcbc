"""The stored rollup of each order, what staff decided in its place, and the versions of its Export File."""

from django.db import models
from django.db.models import F, Q

from nt24.claims import Claimable
from nt24.reasons import REASON_LENGTH
from nt24.records import Record

FAILURE_LENGTH = 200


class Status(models.TextChoices):
    INCOMPLETE = "INCOMPLETE"
    VALID = "VALID"
    INVALID = "INVALID"


class Decision(models.TextChoices):
    VALID_EXPORT = "VALID_EXPORT"
    VAT_APPLICABLE = "VAT_APPLICABLE"


class Rollup(Record):
    """What the order's facts amount to, recomputed in the transaction of every fact (contract 10).

    `body` is the answer as it is served, without another look at the facts.
    """

    EVENT_PREFIX = "rollup"

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="rollup")
    compliance_status = models.CharField(max_length=10, choices=Status.choices, default=Status.INCOMPLETE)
    decision = models.CharField(max_length=14, choices=Decision.choices, blank=True)
    content_json = models.TextField(
        help_text="The answer's members but for version and updatedAt, to compare with."
    )
    body = models.BinaryField(help_text="The answer's bytes.")
    blocker_codes = models.JSONField(default=list, help_text="Codes in the order of the answer, for lists.")
    ruleset = models.CharField(max_length=20)
    basis = models.JSONField(default=list, help_text="Why, as sentences; empty without a decision.")
    # For people who look at many orders; partners do not see them, so they move no version.
    blocked_since = models.JSONField(
        null=True, blank=True, help_text="Since when each blocker stands: {code: time}; null without one."
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="Since when this decision stands.")
    judged_once = models.BooleanField(default=False, help_text="The order has had a verdict before.")
    # While the verdict is VALID, or only an override keeps it from being so, the order keeps the buyer's facts it was
    # reached with: a paper that expires or a check that fails years later does not undo a supply that was proven
    # (domain A.1, good faith).
    buyer_facts = models.JSONField(null=True, blank=True)
    final_invoice_seen = models.CharField(max_length=64, blank=True, help_text="Digest of the final invoice.")
    # When the clock alone may change the verdict: a VIES result grows old, a deadline passes.
    reassess_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        permissions = [("override_verdict", "Can override a verdict (with a second person)")]
        # These are all that the start page reads; the wide rows stay where they are. PostgreSQL has a third
        # one, over the codes in `blocked_since` (migration 0002).
        indexes = [
            models.Index(
                fields=["compliance_status", "blocked_since", "order"],
                condition=Q(blocked_since__isnull=False),
                name="rollup_blocked",
            ),
            models.Index(
                fields=["decided_at", "decision"],
                condition=Q(decided_at__isnull=False),
                name="rollup_decided",
            ),
            models.Index(
                fields=["final_invoice_seen", "decided_at", "order"],
                condition=Q(decided_at__isnull=False),
                name="rollup_final_invoice_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compliance_status} {self.decision}".strip()


class OverrideQuerySet(models.QuerySet["Override"]):
    def standing(self) -> "OverrideQuerySet":
        return self.filter(ended_at__isnull=True)


class Override(Record):
    """Two members of NT24 staff have decided in place of the rules (ADR 0022): a fact of the case, like any other.

    It is added and ended, never changed. `reason` is shown to the partner and in the Export File, so no word of a
    suspicion of money laundering belongs there.
    """

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="overrides")
    decision = models.CharField(max_length=14, choices=Decision.choices)
    waived = models.JSONField(default=list, help_text="Codes of the blockers that VALID_EXPORT sets aside.")
    reason = models.CharField(max_length=REASON_LENGTH, help_text="Shown to the partner.")
    decided_by_id = models.CharField(max_length=200)
    decided_by_label = models.CharField(max_length=200)
    seconded_by_id = models.CharField(max_length=200)
    seconded_by_label = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="one_standing_override_per_order"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by_id=F("seconded_by_id")), name="override_takes_two_people"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(end_reason=""), name="ended_override_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Override of {self.order_id} to {self.decision}"

    @property
    def is_standing(self) -> bool:
        return self.ended_at is None


class ExportFile(Record, Claimable):
    """One version of the sealed document. What it shows was frozen when it was asked for."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        GENERATING = "GENERATING"
        READY = "READY"
        FAILED = "FAILED"

    class Reason(models.TextChoices):
        FIRST_VERDICT = "FIRST_VERDICT", "First verdict"
        VERDICT_CHANGED = "VERDICT_CHANGED", "The verdict changed"
        VERDICT_AGAIN = "VERDICT_AGAIN", "The verdict was reached again"
        FINAL_INVOICE = "FINAL_INVOICE", "The final invoice was added"
        FORCED = "FORCED", "Regenerated on request"

    MOVES = {
        Status.PENDING: {Status.GENERATING, Status.FAILED},
        Status.GENERATING: {Status.READY, Status.FAILED, Status.PENDING},
        Status.READY: set[str](),
        Status.FAILED: {Status.GENERATING},
    }
    EVENT_PREFIX = "export_file"
    URGENT = Q(number=1, tries=0)  # whoever waits for a verdict has no file at all yet

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="export_files")
    number = models.PositiveIntegerField(help_text="The file version partners see: 1, 2, …")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING, editable=False)
    decision = models.CharField(max_length=14, choices=Decision.choices)
    reason = models.CharField(max_length=15, choices=Reason.choices)
    dossier = models.JSONField(help_text="Everything the document shows, as it was.")
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveBigIntegerField(default=0)
    generated_at = models.DateTimeField(null=True, blank=True, help_text="The time of the facts in it.")
    failure = models.CharField(max_length=FAILURE_LENGTH, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="one_export_file_per_number"),
            models.CheckConstraint(
                condition=~Q(status="READY") | (~Q(sha256="") & Q(generated_at__isnull=False)),
                name="ready_export_file_has_a_hash",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-number"], name="export_file_newest_first"),
            models.Index(
                fields=["status", "created_at"], condition=~Q(status="READY"), name="export_file_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"Export File {self.order_id} version {self.number}"
