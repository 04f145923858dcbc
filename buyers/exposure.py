"""A declared politically exposed person: two members of staff review it before the buyer's KYC counts.

Directive (EU) 2015/849, Articles 18 and 20: senior management approves the relationship. Applies in both modes.
Callers hold the buyer's lock.
"""

from typing import Any

from django.utils import timezone

from buyers.actions import assess_orders
from buyers.clearing import ScreeningHasChanged
from buyers.models import Buyer, Kyc
from nt24.actors import Actor
from nt24.errors import StateConflict
from nt24.events import announce
from nt24.proposals.actions import accept_proposal, propose
from nt24.proposals.models import Proposal
from nt24.records import action

CLEAR_EXPOSURE = Proposal.Kind.CLEAR_EXPOSURE


class NothingToReview(StateConflict):
    def __init__(self) -> None:
        super().__init__("No declared politically exposed person waits for a review.")


@action
def require_review(buyer: Buyer, *, by: Actor) -> None:
    """Have staff review what the buyer has declared. Only the declaration says who it is about."""
    record = Kyc.objects.get(buyer=buyer)
    record.exposed_since = timezone.now()
    record.save_changes("exposed_since")
    announce(record, "aml.review_required", by=by, seller=buyer.seller)
    assess_orders(buyer, by=by)


@action
def propose_acceptance(buyer: Buyer, *, reason: str, by: Actor) -> Proposal:
    """Propose that the buyer's KYC may count although a politically exposed person is behind it.

    :raises Forbidden: by somebody else than staff.
    :raises ValidationFailed: without a reason.
    :raises NothingToReview: nothing waits.
    :raises AlreadyProposed: it waits for a second person already.
    """
    seen = declared_by(buyer)
    return propose(CLEAR_EXPOSURE, buyer, seller=buyer.seller, reason=reason, by=by, data=seen)


@action
def second_acceptance(proposal: Proposal, *, by: Actor) -> None:
    """Accept the proposal about the declaration that its proposer saw.

    :raises Forbidden: by somebody else than staff, or by the proposer.
    :raises MoveNotAllowed, VersionMismatch: it is decided already.
    :raises ScreeningHasChanged: there is a declaration that the proposer has not seen.
    :raises NothingToReview: nothing waits any more.
    """
    pk = Buyer.objects.for_change().only("pk").get(uuid=proposal.expect_kind(CLEAR_EXPOSURE).subject_uuid).pk
    buyer = Buyer.objects.select_related("seller").get(pk=pk)
    accept_proposal(proposal, by=by)
    require_same_declaration(proposal, buyer)
    record = Kyc.objects.get(buyer=buyer)
    record.exposed_since = None
    record.save_changes("exposed_since")
    announce(record, "aml.review_done", by=by, seller=buyer.seller, reason=proposal.reason)
    assess_orders(buyer, by=by)


def require_same_declaration(proposal: Proposal, buyer: Buyer) -> None:
    """:raises ScreeningHasChanged: there is a declaration that the proposer has not seen.
    :raises NothingToReview: nothing waits any more.
    """
    if declared_by(buyer) != proposal.data:
        raise ScreeningHasChanged


def declared_by(buyer: Buyer) -> dict[str, Any]:
    """:raises NothingToReview: nothing waits."""
    since = Kyc.objects.get(buyer=buyer).exposed_since
    if since is None:
        raise NothingToReview
    return {"exposed_since": since.isoformat()}
