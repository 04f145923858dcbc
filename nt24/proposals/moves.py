"""What a second person does about a proposal: accept it, decline it; and what its proposer does: withdraw it."""

from typing import Any, ClassVar, TypeVar

from nt24.api.json import Shape, Text
from nt24.errors import NotFound
from nt24.people.confirming import require_confirmed
from nt24.proposals.actions import decline_proposal, withdraw_proposal
from nt24.proposals.models import Proposal
from nt24.reasons import REASON_LENGTH
from nt24.records import Record
from nt24.staff.moves import Done, Move

R = TypeVar("R", bound=Record)


class DeclineIn(Shape):
    reason = Text(
        max_length=REASON_LENGTH,
        help_text="Recorded in the audit trail, for NT24 only: partners cannot read it.",
    )


class OnProposal(Move[R]):
    """`item` is the proposal, so that nobody decides another one than he has read."""

    kinds: ClassVar[tuple[Proposal.Kind, ...]]
    of_item = True

    def proposal(self) -> Proposal:
        """:raises NotFound: there is no such proposal about this record."""
        about_it = Proposal.objects.filter(kind__in=self.kinds, subject_uuid=self.record.uuid)
        if (found := about_it.filter(uuid=self.item).first()) is None:
            raise NotFound("There is no such proposal here.")
        return found

    @property
    def is_mine(self) -> bool:
        return self.proposal().proposed_by_id == self.by.id

    def is_possible(self) -> bool:
        return self.proposal().is_pending and not self.is_mine

    def require_possible(self) -> None:
        require_confirmed(self.by)

    def guarded(self) -> Record:
        return self.proposal()


class AcceptProposal(OnProposal[R]):
    """The subclass carries out what was proposed, in the transaction of the acceptance."""

    name, label = "accept-proposal", "Accept"
    about = "You are the second person: it is done at once, and both names are recorded in the audit trail."

    def require_possible(self) -> None:
        super().require_possible()
        self.require_unchanged(self.proposal())

    def require_unchanged(self, proposal: Proposal) -> None:
        """:raises StateConflict: it is not as its proposer saw it, so accepting would be refused."""

    def run(self, data: dict[str, Any]) -> Done:
        self.accept(self.proposal())
        return Done("Accepted and done.")

    def accept(self, proposal: Proposal) -> None:
        raise NotImplementedError


class DeclineProposal(OnProposal[R]):
    name, label = "decline-proposal", "Decline"
    about = "Everything stays as it is. Somebody may propose again, with a better reason."
    shape = DeclineIn
    is_danger = True

    def run(self, data: dict[str, Any]) -> Done:
        decline_proposal(self.proposal(), reason=data["reason"], by=self.by)
        return Done("Declined.")


class WithdrawProposal(OnProposal[R]):
    name, label = "withdraw-proposal", "Withdraw"
    about = "You take your own proposal back; everything stays as it is."

    def is_possible(self) -> bool:
        return self.proposal().is_pending and self.is_mine

    def require_possible(self) -> None:
        """Whoever made it may always take it back."""

    def run(self, data: dict[str, Any]) -> Done:
        withdraw_proposal(self.proposal(), by=self.by)
        return Done("Withdrawn.")
