"""Four eyes on a flag of the screening: one member of staff proposes to clear it, another one does (contract 14).

What a suspicion is about stays inside: neither the proposal's reason nor a refusal of it is shown to a partner.
"""

from typing import Any

from buyers.models import Buyer, Kyc, VerificationSession
from buyers.verification import NothingToClear, can_be_cleared, clear_aml, newest_session, standing
from nt24.actors import Actor
from nt24.errors import StateConflict
from nt24.proposals.actions import accept_proposal, propose
from nt24.proposals.models import Proposal
from nt24.records import action

CLEAR_AML = Proposal.Kind.CLEAR_AML


class ScreeningHasChanged(StateConflict):
    def __init__(self) -> None:
        super().__init__(
            "The screening has another result than when this was proposed. Look at it, decline or withdraw this"
            " proposal, and make a new one if it still should be cleared."
        )


@action
def propose_clearing(buyer: Buyer, *, reason: str, by: Actor) -> Proposal:
    """Propose that nobody on a list is meant; the caller holds the buyer's lock.

    :raises Forbidden: by somebody else than staff.
    :raises ValidationFailed: without a reason.
    :raises NothingToClear: no flag, and no verification that only lacks its screening.
    :raises AlreadyProposed: it waits for a second person already.
    """
    session = newest_session(buyer)
    if session is None or not can_be_cleared(session):
        raise NothingToClear
    return propose(CLEAR_AML, buyer, seller=buyer.seller, reason=reason, by=by, data=screening_of(session))


@action
def second_clearing(proposal: Proposal, *, by: Actor) -> VerificationSession:
    """Accept the proposal and clear what its proposer saw, nothing that has come since.

    :raises Forbidden: by somebody else than staff, or by the proposer.
    :raises MoveNotAllowed, VersionMismatch: it is decided already.
    :raises ScreeningHasChanged: there is a result that the proposer has not seen.
    :raises NothingToClear: what was flagged is not any more.
    """
    # The lock comes first, in a statement of its own, so that what is read next is what the one before us has left.
    pk = Buyer.objects.for_change().only("pk").get(uuid=proposal.expect_kind(CLEAR_AML).subject_uuid).pk
    buyer = Buyer.objects.select_related("seller").get(pk=pk)
    accept_proposal(proposal, by=by)
    require_same_screening(proposal, buyer)
    return clear_aml(buyer, reason=proposal.reason, by=proposal.proposer, seconded_by=by)


def require_same_screening(proposal: Proposal, buyer: Buyer) -> None:
    """:raises ScreeningHasChanged: there is a result that the proposer has not seen."""
    session = newest_session(buyer)
    if session is None or screening_of(session) != proposal.data:
        raise ScreeningHasChanged


def screening_of(newest: VerificationSession) -> dict[str, Any]:
    """What clearing would clear: every flag with the result it came with, and where the newest session stands."""
    flagged = VerificationSession.objects.filter(buyer=newest.buyer_id, aml_status=Kyc.Aml.FLAGGED)
    return {
        "aml_status": str(standing(newest)["aml_status"]),
        "newest": [str(newest.uuid), newest.status, newest.raw_sha256],
        "flagged": [[str(row.uuid), row.raw_sha256] for row in flagged.order_by("pk")],
    }
