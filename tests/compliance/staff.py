"""Two members of staff, and what they do to the one order of a test."""

from typing import Any

from django.db import transaction

from compliance.models import Override
from compliance.overrides import (
    propose_end_of_override,
    propose_override,
    second_end_of_override,
    second_override,
)
from nt24.actors import Actor, ActorKind
from nt24.proposals.models import Proposal
from orders.models import Order

ANNA = Actor(ActorKind.STAFF, "7", "anna")
BERND = Actor(ActorKind.STAFF, "8", "bernd")
REASON = "The carrier's archive burned down"
VALID_EXPORT, VAT_APPLICABLE = "VALID_EXPORT", "VAT_APPLICABLE"


def locked() -> Order:
    """As staff pages do."""
    Order.objects.for_change().get()
    return Order.objects.select_related("seller", "buyer__kyc").get()


def proposes(decision: str = VALID_EXPORT, *, reason: str = REASON, by: Actor = ANNA) -> Proposal:
    with transaction.atomic():
        return propose_override(locked(), decision=decision, reason=reason, by=by)


def seconds(proposal: Proposal | None = None, *, by: Actor = BERND) -> Override:
    with transaction.atomic():
        return second_override(proposal or Proposal.objects.pending().get(), by=by)


def overrides(decision: str = VALID_EXPORT, **about: Any) -> Override:
    return seconds(proposes(decision, **about))


def proposes_end(*, reason: str = "The note was found", by: Actor = ANNA) -> Proposal:
    with transaction.atomic():
        locked()
        return propose_end_of_override(
            Override.objects.select_related("order__seller").get(), reason=reason, by=by
        )


def ends(*, by: Actor = BERND) -> Override:
    proposal = proposes_end()
    with transaction.atomic():
        return second_end_of_override(proposal, by=by)
