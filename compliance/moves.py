"""What staff do about a verdict and its Export File."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from compliance import exports
from compliance.models import Decision, Override
from compliance.overrides import (
    propose_end_of_override,
    propose_override,
    second_end_of_override,
    second_override,
)
from nt24.api.json import Shape, Text
from nt24.proposals.models import Proposal
from nt24.proposals.moves import AcceptProposal, DeclineProposal, OnProposal, WithdrawProposal
from nt24.reasons import REASON_LENGTH
from nt24.staff.fields import Choices
from nt24.staff.moves import Done, Move
from orders.models import Order

OVERRIDES = (Proposal.Kind.OVERRIDE_VERDICT, Proposal.Kind.END_OVERRIDE)


class OverrideIn(Shape):
    decision = serializers.ChoiceField(
        Decision.choices, help_text="What shall hold instead of what the rules say."
    )
    reason = Text(
        max_length=REASON_LENGTH,
        help_text="Partners read it, and it stands in the Export File: no word of a suspicion belongs here.",
    )


class EndOverrideIn(Shape):
    reason = Text(
        max_length=REASON_LENGTH, help_text="Partners read it: no word of a suspicion belongs here."
    )


class RegenerateExport(Move[Order]):
    name, label = "regenerate-export", "Make a new Export File version"
    about = "From the facts as they are now. The versions before it are kept, and superseded."
    permission = "compliance.change_exportfile"
    place = "exportFile"

    def is_possible(self) -> bool:
        return self.record.is_judged

    def run(self, data: dict[str, Any]) -> Done:
        exports.regenerate_export(self.record, by=self.by)
        return Done("A new version is being made; it is ready in a moment.")


# --- Another verdict than that of the rules --------------------------------------------------------------------------


class OnVerdict(Move[Order]):
    permission = "compliance.override_verdict"
    place = "order"

    def standing(self) -> Override | None:
        return next((one for one in self.record.overrides.all() if one.is_standing), None)

    def is_waiting(self) -> bool:
        return Proposal.objects.pending().filter(kind__in=OVERRIDES, subject_uuid=self.record.uuid).exists()


class ProposeOverride(OnVerdict):
    name, label = "propose-override", "Propose another verdict"
    about = (
        "Sets aside what the rules find now, and nothing that comes later."
        " It takes two people: somebody else accepts or declines what you propose here."
    )
    shape = OverrideIn
    is_danger = True

    def is_possible(self) -> bool:
        is_far_enough = self.record.is_judged or self.record.status == Order.Status.TRANSPORT_COMPLETED
        return is_far_enough and self.standing() is None and not self.is_waiting()

    def choices(self) -> Mapping[str, Choices]:
        present = self.record.rollup.decision
        return {"decision": [(code, code) for code in Decision.values if code != present]}

    def run(self, data: dict[str, Any]) -> Done:
        propose_override(self.record, decision=data["decision"], reason=data["reason"], by=self.by)
        return Done("Proposed. A second member of staff decides.")


class ProposeEndOfOverride(OnVerdict):
    name, label = "propose-end-of-override", "Propose to end the override"
    about = "The rules decide again. It takes two people, as the override did."
    shape = EndOverrideIn
    is_danger = True

    def is_possible(self) -> bool:
        return self.standing() is not None and not self.is_waiting()

    def run(self, data: dict[str, Any]) -> Done:
        override = self.standing()
        assert override is not None
        propose_end_of_override(override, reason=data["reason"], by=self.by)
        return Done("Proposed. A second member of staff decides.")


class OnOverride(OnProposal[Order]):
    permission = "compliance.override_verdict"
    kinds = OVERRIDES


class AcceptOverride(OnOverride, AcceptProposal[Order]):
    def accept(self, proposal: Proposal) -> None:
        carry_out = (
            second_override if proposal.kind == Proposal.Kind.OVERRIDE_VERDICT else second_end_of_override
        )
        carry_out(proposal, by=self.by)


class DeclineOverride(OnOverride, DeclineProposal[Order]):
    pass


class WithdrawOverride(OnOverride, WithdrawProposal[Order]):
    pass
