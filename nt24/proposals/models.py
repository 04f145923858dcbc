"""What one member of staff proposes and a second one decides (contract 14)."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from nt24.actors import Actor, ActorKind
from nt24.errors import StateConflict
from nt24.reasons import REASON_LENGTH
from nt24.records import Record

NAME_LENGTH = 200  # as in the trail


class OtherProposal(StateConflict):
    def __init__(self, proposal: "Proposal") -> None:
        super().__init__(f"This proposal is to do something else: {proposal.get_kind_display()}.")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def pending(self) -> "ProposalQuerySet":
        return self.filter(status=Proposal.Status.PENDING)


class Proposal(Record):
    """The first half of a decision that takes two people. It changes nothing: what is decided, an action of the feature
    carries out together with the acceptance.

    `data` is what the proposer saw and wants, as the feature needs it. People are kept as the trail keeps them, by id
    and label, so that a proposal outlives the account of its proposer.
    """

    class Kind(models.TextChoices):
        CLEAR_AML = "CLEAR_AML", "Clear a flag of the screening"
        CLEAR_EXPOSURE = "CLEAR_EXPOSURE", "Accept a declared politically exposed person"
        OVERRIDE_VERDICT = "OVERRIDE_VERDICT", "Override a verdict"
        END_OVERRIDE = "END_OVERRIDE", "End an override"

    class Status(models.TextChoices):
        PENDING = "PENDING", "waits for a second person"
        ACCEPTED = "ACCEPTED"
        DECLINED = "DECLINED"
        WITHDRAWN = "WITHDRAWN"

    MOVES = {
        Status.PENDING: {Status.ACCEPTED, Status.DECLINED, Status.WITHDRAWN},
        Status.ACCEPTED: set[str](),
        Status.DECLINED: set[str](),
        Status.WITHDRAWN: set[str](),
    }
    # How the trail names each kind; `_proposed`, `_accepted`, … follow.
    TOLD_AS = {
        Kind.CLEAR_AML: "aml.clearing",
        Kind.CLEAR_EXPOSURE: "aml.exposure_review",
        Kind.OVERRIDE_VERDICT: "verdict.override",
        Kind.END_OVERRIDE: "verdict.override_end",
    }

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject_type = models.CharField(max_length=40, help_text="What it is about, as the trail names it.")
    subject_uuid = models.UUIDField()
    order_uuid = models.UUIDField(null=True, blank=True)
    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    proposed_by_id = models.CharField(max_length=NAME_LENGTH)
    proposed_by_label = models.CharField(max_length=NAME_LENGTH)
    decided_by_id = models.CharField(max_length=NAME_LENGTH, blank=True)
    decided_by_label = models.CharField(max_length=NAME_LENGTH, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_uuid"],
                condition=Q(status="PENDING"),
                name="one_pending_proposal_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(status="PENDING", decided_at__isnull=True)
                | (~Q(status="PENDING") & Q(decided_at__isnull=False)),
                name="decided_proposal_has_a_time",
            ),
            # Four eyes, whatever the code says.
            models.CheckConstraint(
                condition=~Q(status__in=["ACCEPTED", "DECLINED"])
                | (~Q(decided_by_id="") & ~Q(decided_by_id=F("proposed_by_id"))),
                name="proposal_is_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~Q(status="DECLINED") | ~Q(decline_reason=""),
                name="declined_proposal_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status="PENDING"), name="proposal_waiting"),
            models.Index(fields=["subject_uuid", "id"], name="proposal_by_subject"),
            models.Index(fields=["order_uuid", "id"], name="proposal_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.status}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    def expect_kind(self, kind: str) -> Self:
        """:raises OtherProposal: it is of another kind."""
        if self.kind != kind:
            raise OtherProposal(self)
        return self

    @property
    def proposer(self) -> Actor:
        """Who proposed it; only staff do."""
        return Actor(ActorKind.STAFF, self.proposed_by_id, self.proposed_by_label)
