"""Four eyes: somebody proposes, somebody else accepts or declines, and only the proposer takes it back (contract 14).

Accepting carries nothing out. The action of the feature calls `accept_proposal` and does its work in the same
transaction, so of two people who accept at once exactly one does it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from nt24.actors import Actor
from nt24.audit.models import write_entry
from nt24.errors import Forbidden, StateConflict
from nt24.events import Subject
from nt24.lifecycle import move_quietly
from nt24.partners.models import Seller
from nt24.people.confirming import require_confirmed
from nt24.proposals.models import Proposal
from nt24.reasons import require_reason, require_staff
from nt24.records import action
from nt24.tracing import trace_id

Kind, Status = Proposal.Kind, Proposal.Status


class AlreadyProposed(StateConflict):
    def __init__(self) -> None:
        super().__init__("This is proposed already and waits for a second person.")


class SecondPersonNeeded(Forbidden):
    def __init__(self) -> None:
        super().__init__("This takes two different members of staff.")


class NotTheProposer(Forbidden):
    def __init__(self) -> None:
        super().__init__("Only who made the proposal withdraws it; decline it instead.")


@action
def propose(
    kind: Proposal.Kind,
    subject: Subject,
    *,
    seller: Seller,
    reason: str,
    by: Actor,
    data: Mapping[str, Any],
    order_uuid: UUID | None = None,
) -> Proposal:
    """Ask for a second person; `data` is what the feature needs to carry it out and what the proposer saw.

    :raises Forbidden: by somebody else than staff, or by an account that may be somebody else's hand.
    :raises ValidationFailed: without a reason.
    :raises AlreadyProposed: the same waits for a decision.
    """
    require_staff(by)
    require_confirmed(by)
    require_reason(reason)
    proposal = Proposal(
        kind=kind,
        subject_type=subject._meta.model_name or "",
        subject_uuid=subject.uuid,
        order_uuid=order_uuid,
        seller=seller,
        data=dict(data),
        reason=reason,
        proposed_by_id=by.id,
        proposed_by_label=by.label,
    )
    if not is_inserted(proposal):
        raise AlreadyProposed
    tell(proposal, "proposed", by=by, reason=reason)
    return proposal


def is_inserted(proposal: Proposal) -> bool:
    """Whoever loses the race for the one place of this kind and subject is told so."""
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError:
        return False
    return True


@action
def withdraw_proposal(proposal: Proposal, *, by: Actor) -> Proposal:
    """Take one's own proposal back.

    :raises NotTheProposer: it is somebody else's.
    :raises MoveNotAllowed: it is decided.
    :raises VersionMismatch: somebody decides it at this moment.
    """
    require_staff(by)
    if by.id != proposal.proposed_by_id:
        raise NotTheProposer
    decide(proposal, Status.WITHDRAWN, by=by)
    return proposal


@action
def decline_proposal(proposal: Proposal, *, reason: str, by: Actor) -> Proposal:
    """Decide that it is not done.

    :raises SecondPersonNeeded: it is one's own; withdraw it.
    :raises ValidationFailed: without a reason.
    :raises MoveNotAllowed, VersionMismatch: as `withdraw_proposal`.
    """
    require_second_person(proposal, by)
    require_reason(reason)
    proposal.decline_reason = reason
    decide(proposal, Status.DECLINED, by=by, reason=reason)
    return proposal


@action
def accept_proposal(proposal: Proposal, *, by: Actor) -> Proposal:
    """Second it; the caller has made sure of its kind and carries it out in this very transaction.

    :raises SecondPersonNeeded: it is one's own.
    :raises NotConfirmedYet: one's account may be somebody else's hand.
    :raises MoveNotAllowed, VersionMismatch: as `withdraw_proposal`.
    """
    require_second_person(proposal, by)
    decide(proposal, Status.ACCEPTED, by=by)
    return proposal


def require_second_person(proposal: Proposal, by: Actor) -> None:
    require_staff(by)
    if by.id == proposal.proposed_by_id:
        raise SecondPersonNeeded
    require_confirmed(by)


def decide(proposal: Proposal, to: Proposal.Status, *, by: Actor, reason: str = "") -> None:
    """The guarded write: of two decisions at once, the second finds another version."""
    move_quietly(proposal, to)
    proposal.decided_by_id, proposal.decided_by_label = by.id, by.label
    proposal.decided_at = timezone.now()
    proposal.save_changes("status", "decided_by_id", "decided_by_label", "decided_at", "decline_reason")
    tell(proposal, to.lower(), by=by, reason=reason)


def tell(proposal: Proposal, step: str, *, by: Actor, reason: str) -> None:
    """Written under what the proposal is about, where its readers look, with the names of both."""
    second = {} if step == "proposed" else {"decidedBy": [None, by.label]}
    write_entry(
        action=f"{Proposal.TOLD_AS[Kind(proposal.kind)]}_{step}",
        by=by,
        subject_type=proposal.subject_type,
        subject_uuid=proposal.subject_uuid,
        organization_id=proposal.seller.organization_id,
        seller_uuid=proposal.seller.uuid,
        order_uuid=proposal.order_uuid,
        changes={
            "proposal": [None, str(proposal.uuid)],
            "proposedBy": [None, proposal.proposed_by_label],
            **second,
        },
        purpose=reason,
        trace_id=trace_id(),
    )
