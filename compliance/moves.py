"""What staff do about a verdict and its Export File."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from compliance import exports
from compliance.blockers import NEVER_WAIVED
from compliance.models import Decision, Override
from compliance.overrides import (
    CannotBeWaived,
    as_proposed,
    override_to_end,
    propose_end_of_override,
    propose_override,
    second_end_of_override,
    second_override,
)
from nt24.api.json import Shape, Text
from nt24.people.confirming import require_confirmed
from nt24.proposals.models import Proposal
from nt24.proposals.moves import AcceptProposal, DeclineProposal, OnProposal, WithdrawProposal
from nt24.reasons import REASON_LENGTH
from nt24.staff.fields import Choices
from nt24.staff.moves import Done, Move
from nt24.staff.wording import in_words
from orders.models import Order

OVERRIDES = (Proposal.Kind.OVERRIDE_VERDICT, Proposal.Kind.END_OVERRIDE)


class OverrideIn(Shape):
    decision = serializers.ChoiceField(
        Decision.choices, help_text="What shall hold instead of what the rules say."
    )
    reason = Text(
        max_length=REASON_LENGTH,
        help_text="Partners can read it, and it is part of the Export File: do not mention any suspicion.",
    )


class EndOverrideIn(Shape):
    reason = Text(max_length=REASON_LENGTH, help_text="Partners can read it: do not mention any suspicion.")


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

    def require_possible(self) -> None:
        require_confirmed(self.by)

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

    def require_possible(self) -> None:
        super().require_possible()
        if not self.open_decisions():
            raise CannotBeWaived(tuple(self.never_waived()))

    def choices(self) -> Mapping[str, Choices]:
        return {"decision": [(code, code) for code in self.open_decisions()]}

    def open_decisions(self) -> list[str]:
        """Every other verdict, but none without VAT while something is open that nobody sets aside."""
        closed = {self.record.rollup.decision, *([Decision.VALID_EXPORT] if self.never_waived() else [])}
        return [code for code in Decision.values if code not in closed]

    def never_waived(self) -> list[str]:
        return [code for code in self.record.rollup.blocker_codes if code in NEVER_WAIVED]

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
    @property
    def about(self) -> str:  # type: ignore[override]
        proposal = self.proposal()
        if proposal.kind == Proposal.Kind.END_OVERRIDE:
            return "You approve: the override ends, and the rules decide again."
        verdict = in_words(proposal.data["decision"])
        return f"You approve: the verdict becomes {verdict}. Both names are recorded in the audit trail."

    def require_unchanged(self, proposal: Proposal) -> None:
        if proposal.kind == Proposal.Kind.OVERRIDE_VERDICT:
            as_proposed(self.record, proposal)
        else:
            override_to_end(proposal)

    def accept(self, proposal: Proposal) -> None:
        carry_out = (
            second_override if proposal.kind == Proposal.Kind.OVERRIDE_VERDICT else second_end_of_override
        )
        carry_out(proposal, by=self.by)


class DeclineOverride(OnOverride, DeclineProposal[Order]):
    pass


class WithdrawOverride(OnOverride, WithdrawProposal[Order]):
    pass
