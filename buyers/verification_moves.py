"""What staff do about an identity: start a verification, decide one that waits, clear a flag by two people."""

from typing import Any, ClassVar

from buyers import verification
from buyers.clearing import CLEAR_AML, propose_clearing, require_same_screening, second_clearing
from buyers.exposure import CLEAR_EXPOSURE, propose_acceptance, require_same_declaration, second_acceptance
from buyers.models import Buyer, Kyc, VerificationSession
from nt24.api.json import Shape, Text
from nt24.documents.moves import papers_shown
from nt24.documents.types import DocumentType, Module
from nt24.people.confirming import require_confirmed
from nt24.proposals.models import Proposal
from nt24.proposals.moves import AcceptProposal, DeclineProposal, OnProposal, WithdrawProposal
from nt24.reasons import REASON_LENGTH
from nt24.records import Record
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move, PaperShown

Status = VerificationSession.Status
CLEARINGS = (CLEAR_AML, CLEAR_EXPOSURE)


class InsideReasonIn(Shape):
    """A reason that no partner reads: a suspicion is not told (Directive (EU) 2015/849, Art. 39)."""

    reason = Text(
        max_length=REASON_LENGTH,
        help_text="Recorded in the audit trail, for NT24 only: partners cannot read it.",
    )


class StartVerification(Move[Buyer]):
    name, label = "start-verification", "Start the identity verification"
    about = "Creates the link for the buyer's identity check, or shows the one that is still open."
    permission = "buyers.change_kyc"

    def is_possible(self) -> bool:
        return verification.refusal(self.record) is None

    def guarded(self) -> None:
        """A session writes over nothing that somebody has seen."""

    def prepare(self, form: ShapeForm) -> None:
        """Ask iDenfy outside of the transaction, where a session is needed."""
        form.validated["opened"] = verification.open_if_needed(self.record.seller_id, self.record.uuid)

    def run(self, data: dict[str, Any]) -> Done:
        session = verification.start_verification(self.record, opened=data["opened"], by=self.by)
        return Done(
            "The verification is open.",
            secrets={
                "Link for the buyer: whoever has it can take the identity check": verification.link_of(
                    session
                )
            },
        )


# --- A result that waits -------------------------------------------------------------------------------------------


class OnReview(Move[Buyer]):
    permission = "buyers.review_verification"
    shape = InsideReasonIn
    outcome: ClassVar[VerificationSession.Status]
    sentence: ClassVar[str]

    def is_possible(self) -> bool:
        session = verification.newest_session(self.record)
        return session is not None and session.status == Status.IN_REVIEW

    def papers(self) -> list[PaperShown]:
        return papers_shown(self.request, self.record.uuid, Module.KYC)

    def guarded(self) -> Record:
        """What follows from the sessions: it moves with each result that says something new."""
        return Kyc.objects.get(buyer=self.record)

    def run(self, data: dict[str, Any]) -> Done:
        verification.review_verification(self.record, outcome=self.outcome, reason=data["reason"], by=self.by)
        return Done(self.sentence)


class ApproveVerification(OnReview):
    name, label = "approve-verification", "Approve the verification"
    about = "The identity is confirmed. iDenfy cannot overrule this afterwards."
    outcome, sentence = Status.VERIFIED, "Verification approved."


class RejectVerification(OnReview):
    name, label = "reject-verification", "Reject the verification"
    about = (
        "The buyer is not verified and may try again with a new link. iDenfy cannot overrule this afterwards."
    )
    is_danger = True
    outcome, sentence = Status.REJECTED, "Verification rejected."


# --- A flag of the screening ---------------------------------------------------------------------------------------


def waiting_clearing(buyer: Buyer, *kinds: Proposal.Kind) -> Proposal | None:
    """The oldest proposal that waits for a second person, of these kinds or of any."""
    about_him = Proposal.objects.pending().filter(subject_uuid=buyer.uuid, kind__in=kinds or CLEARINGS)
    return about_him.order_by("pk").first()


def declaration(move: Move[Buyer]) -> list[PaperShown]:
    """It alone says who the person is."""
    return papers_shown(move.request, move.record.uuid, Module.KYC, DocumentType.AML_DECLARATION)


class Proposing(Move[Buyer]):
    permission = "buyers.clear_aml"
    shape = InsideReasonIn

    def require_possible(self) -> None:
        require_confirmed(self.by)

    def guarded(self) -> Record:
        return Kyc.objects.get(buyer=self.record)


class ProposeClearing(Proposing):
    name, label = "propose-clearing", "Propose to clear the screening"
    about = "The hit is about somebody else. This takes two people: a colleague accepts or declines your proposal."

    def is_possible(self) -> bool:
        session = verification.newest_session(self.record)
        return (
            session is not None
            and verification.can_be_cleared(session)
            and waiting_clearing(self.record, CLEAR_AML) is None
        )

    def run(self, data: dict[str, Any]) -> Done:
        propose_clearing(self.record, reason=data["reason"], by=self.by)
        return Done("Proposed. A second member of staff decides.")


class ProposeAcceptance(Proposing):
    name, label = "propose-acceptance", "Propose to accept the declared person"
    about = (
        "The buyer has declared a politically exposed person. Read the declaration and ask where the money comes"
        " from. Say why the sale may go on. It takes two people: somebody else accepts or declines."
    )

    def papers(self) -> list[PaperShown]:
        return declaration(self)

    def is_possible(self) -> bool:
        waits = self.record.kyc.exposed_since is not None
        return waits and waiting_clearing(self.record, CLEAR_EXPOSURE) is None

    def run(self, data: dict[str, Any]) -> Done:
        propose_acceptance(self.record, reason=data["reason"], by=self.by)
        return Done("Proposed. A second member of staff decides.")


class OnClearing(OnProposal[Buyer]):
    permission = "buyers.clear_aml"
    kinds = CLEARINGS

    def papers(self) -> list[PaperShown]:
        return declaration(self) if self.proposal().kind == CLEAR_EXPOSURE else []


class AcceptClearing(OnClearing, AcceptProposal[Buyer]):
    def require_unchanged(self, proposal: Proposal) -> None:
        if proposal.kind == CLEAR_EXPOSURE:
            require_same_declaration(proposal, self.record)
        else:
            require_same_screening(proposal, self.record)

    def accept(self, proposal: Proposal) -> None:
        if proposal.kind == CLEAR_EXPOSURE:
            second_acceptance(proposal, by=self.by)
        else:
            second_clearing(proposal, by=self.by)


class DeclineClearing(OnClearing, DeclineProposal[Buyer]):
    pass


class WithdrawClearing(OnClearing, WithdrawProposal[Buyer]):
    pass
