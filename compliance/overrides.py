"""Staff decide in place of the rules: one person proposes, a second one does it, and the same to end it (ADR 0022).

An override is a fact that assessment reads, never an edited verdict. Its reason is shown to the partner and in the
Export File, so no word of a suspicion of money laundering belongs into it. Like in `orders.actions`, the order is
locked first: by the caller of a `propose_…`, and by `second_…` itself, which has only the proposal.
"""

from typing import Any
from uuid import UUID

from django.utils import timezone

from compliance.assess import judged, reassess
from compliance.case import Case
from compliance.facts import Loaded, case_of
from compliance.models import Decision, Override, Rollup
from compliance.rules import RULES, Blocker
from compliance.verdict import Verdict, broken
from compliance.waiving import codes_to_waive, never_waived
from nt24.actors import Actor
from nt24.errors import FieldError, StateConflict, ValidationFailed
from nt24.proposals.actions import accept_proposal, propose
from nt24.proposals.models import Proposal
from nt24.records import action
from orders.actions import tell
from orders.models import Order

Kind = Proposal.Kind


class NothingToOverride(StateConflict):
    def __init__(self, order: Order) -> None:
        super().__init__(
            "An override is possible once the order has a verdict or its transport is completed;"
            f" it is {order.status}.",
            current=order,
        )


class DecidedAlready(StateConflict):
    def __init__(self, decision: str) -> None:
        super().__init__(f"The verdict is {decision} already.")


class OverrideStands(StateConflict):
    def __init__(self) -> None:
        super().__init__("The verdict of this order is overridden already; end that override first.")


class NoOverrideStands(StateConflict):
    def __init__(self) -> None:
        super().__init__("The override has ended already.")


class CannotBeWaived(StateConflict):
    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(
            f"No override sets this aside: {', '.join(codes)}. It has a decision of its own, or has to happen first."
        )


class BlockersHaveChanged(StateConflict):
    """Names what the proposer has not seen, and what he saw and is gone."""

    def __init__(self, seen: list[list[str]], found: list[list[str]]) -> None:
        new = [f"{code}: {message}" for code, message in found if [code, message] not in seen]
        gone = [f"{code}: {message}" for code, message in seen if [code, message] not in found]
        told = [*(f"new is {line}" for line in new), *(f"gone is {line}" for line in gone)]
        super().__init__(f"The order has changed since this was proposed; {'; '.join(told)}")


# --- To override -----------------------------------------------------------------------------------------------------


@action
def propose_override(order: Order, *, decision: str, reason: str, by: Actor) -> Proposal:
    """Propose another verdict than that of the rules; the caller holds the order's lock.

    :raises Forbidden: by somebody else than staff.
    :raises ValidationFailed: without a reason, or for an unknown decision.
    :raises NothingToOverride: no verdict, and the transport is not completed.
    :raises OverrideStands, DecidedAlready: there is nothing to change.
    :raises CannotBeWaived: something is found that an override to VALID_EXPORT does not set aside.
    :raises AlreadyProposed: one waits for a second person already.
    """
    if decision not in Decision.values:
        raise ValidationFailed(FieldError("decision", f"Choose one of {', '.join(Decision.values)}."))
    _, found = examined(order, decision)
    return propose(
        Kind.OVERRIDE_VERDICT,
        order,
        seller=order.seller,
        reason=reason,
        by=by,
        data={"decision": decision, "seen": as_seen(found)},
        order_uuid=order.uuid,
    )


@action
def second_override(proposal: Proposal, *, by: Actor) -> Override:
    """Accept the proposal: the override stands, and the order is assessed with it.

    :raises Forbidden: by somebody else than staff, or by the proposer.
    :raises MoveNotAllowed, VersionMismatch: it is decided already.
    :raises BlockersHaveChanged: the proposer saw something else.
    :raises NothingToOverride, OverrideStands, DecidedAlready, CannotBeWaived: as `propose_override`.
    """
    order = locked_order(proposal.expect_kind(Kind.OVERRIDE_VERDICT).subject_uuid)
    accept_proposal(proposal, by=by)
    decision = proposal.data["decision"]
    case, found = as_proposed(order, proposal)
    override = Override.objects.create(
        order=order,
        decision=decision,
        waived=list(codes_to_waive(case, found)) if decision == Decision.VALID_EXPORT else [],
        reason=proposal.reason,
        decided_by_id=proposal.proposed_by_id,
        decided_by_label=proposal.proposed_by_label,
        seconded_by_id=by.id,
        seconded_by_label=by.label,
    )
    about = {"decision": [None, decision], "waived": [None, override.waived]}
    tell_decision(order, "verdict.overridden", proposal, by=by, about=about)
    reassess(order.pk, by=by)
    return override


def as_proposed(order: Order, proposal: Proposal) -> tuple[Case, tuple[Blocker, ...]]:
    """What `examined` says, if it is what the proposer saw.

    :raises BlockersHaveChanged: it is not.
    """
    case, found = examined(order, proposal.data["decision"])
    if as_seen(found) != proposal.data["seen"]:
        raise BlockersHaveChanged(proposal.data["seen"], as_seen(found))
    return case, found


def examined(order: Order, decision: str) -> tuple[Case, tuple[Blocker, ...]]:
    """The order's facts as they are judged and what the rules find in them, if it may be overridden to `decision`."""
    if not order.is_judged and order.status != Order.Status.TRANSPORT_COMPLETED:
        raise NothingToOverride(order)
    case, verdict = judged_now(order)
    if case.override is not None:
        raise OverrideStands
    if verdict.decision == decision:
        raise DecidedAlready(decision)
    found = broken(RULES, case)
    if decision == Decision.VALID_EXPORT and (never := never_waived(found)):
        raise CannotBeWaived(never)
    return case, found


def judged_now(order: Order) -> tuple[Case, Verdict]:
    return judged(case_of(Loaded(order)), Rollup.objects.get(order=order))


def as_seen(found: tuple[Blocker, ...]) -> list[list[str]]:
    """Code and message: the same code may mean another paper."""
    return [[blocker.code, blocker.message] for blocker in found]


# --- To end it -------------------------------------------------------------------------------------------------------


@action
def propose_end_of_override(override: Override, *, reason: str, by: Actor) -> Proposal:
    """Propose that the rules decide again; the caller holds the order's lock.

    :raises Forbidden: by somebody else than staff.
    :raises ValidationFailed: without a reason.
    :raises NoOverrideStands: it has ended.
    :raises AlreadyProposed: it waits for a second person already.
    """
    if not override.is_standing:
        raise NoOverrideStands
    order = override.order
    return propose(
        Kind.END_OVERRIDE,
        order,
        seller=order.seller,
        reason=reason,
        by=by,
        data={"override": str(override.uuid)},
        order_uuid=order.uuid,
    )


@action
def second_end_of_override(proposal: Proposal, *, by: Actor) -> Override:
    """Accept the proposal: the override has ended, and the order is assessed by the rules alone.

    A verdict that stays the same rests on something else now, so it gets a new Export File version too.

    :raises Forbidden: by somebody else than staff, or by the proposer.
    :raises MoveNotAllowed, VersionMismatch: it is decided already.
    :raises NoOverrideStands: the override that was meant has ended.
    """
    order = locked_order(proposal.expect_kind(Kind.END_OVERRIDE).subject_uuid)
    accept_proposal(proposal, by=by)
    override = override_to_end(proposal)
    override.ended_at, override.end_reason = timezone.now(), proposal.reason
    override.save_changes("ended_at", "end_reason")
    about = {"decision": [override.decision, None]}
    tell_decision(order, "verdict.override_ended", proposal, by=by, about=about)
    reassess(order.pk, by=by, is_forced=True)
    return override


def override_to_end(proposal: Proposal) -> Override:
    """:raises NoOverrideStands: it has ended."""
    override = Override.objects.standing().filter(uuid=proposal.data["override"]).first()
    if override is None:
        raise NoOverrideStands
    return override


# --- Both ------------------------------------------------------------------------------------------------------------


def locked_order(uuid: UUID) -> Order:
    """Locked in a statement of its own, as in `reassess`, so that what is read next is what the one before has left."""
    pk = Order.objects.for_change().only("pk").get(uuid=uuid).pk
    return Order.objects.select_related("buyer__kyc", "seller").get(pk=pk)


def tell_decision(
    order: Order, told_as: str, proposal: Proposal, *, by: Actor, about: dict[str, Any]
) -> None:
    """In the words of the proposal and with the names of both (the partner reads no names)."""
    names = {"proposedBy": [None, proposal.proposed_by_label], "decidedBy": [None, by.label]}
    changes = {**about, "proposal": [None, str(proposal.uuid)], **names}
    tell(order, told_as, order, by=by, changes=changes, reason=proposal.reason)
