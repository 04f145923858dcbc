"""Two people for one decision: who may take which step, and what trail and partner get to know (contract 14)."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from buyers.clearing import second_clearing
from compliance.overrides import second_end_of_override
from nt24.actors import Actor, ActorKind, system
from nt24.audit.models import Entry
from nt24.errors import Forbidden, StateConflict, ValidationFailed, VersionMismatch
from nt24.lifecycle import MoveNotAllowed, move_quietly
from nt24.proposals.actions import (
    AlreadyProposed,
    NotTheProposer,
    SecondPersonNeeded,
    accept_proposal,
    decline_proposal,
    propose,
    withdraw_proposal,
)
from nt24.proposals.models import OtherProposal, Proposal
from orders.models import Order
from tests.ledger import nothing_moves

Kind, Status = Proposal.Kind, Proposal.Status
ANNA = Actor(ActorKind.STAFF, "7", "anna")
BERND = Actor(ActorKind.STAFF, "8", "bernd")
CLIENT = Actor(ActorKind.API_CLIENT, "api-client-x", "x")


@pytest.fixture
def order(deal):
    deal.has_buyer().has_order()
    return Order.objects.select_related("seller").get()


def proposes(order, kind=Kind.OVERRIDE_VERDICT, *, reason="The CMR was lost at sea", by=ANNA):
    with transaction.atomic():
        return propose(
            kind, order, seller=order.seller, reason=reason, by=by, data={"a": 1}, order_uuid=order.uuid
        )


def entries(prefix="verdict."):
    rows = Entry.objects.filter(action__startswith=prefix).order_by("pk")
    return [(row.action, row.actor_id, row.purpose) for row in rows]


def test_a_proposal_waits_with_everything_its_second_person_needs(order):
    proposal = proposes(order)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.data, proposal.reason) == (
        "PENDING",
        {"a": 1},
        "The CMR was lost at sea",
    )
    assert (proposal.subject_type, proposal.subject_uuid, proposal.order_uuid) == (
        "order", order.uuid, order.uuid,
    )  # fmt: skip
    assert proposal.proposer == ANNA
    assert list(Proposal.objects.pending()) == [proposal]
    assert entries() == [("verdict.override_proposed", "7", "The CMR was lost at sea")]


def test_the_second_person_accepts_and_both_names_are_in_the_trail(order):
    proposal = proposes(order)

    with transaction.atomic():
        accept_proposal(proposal, by=BERND)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by_id, proposal.decided_by_label) == ("ACCEPTED", "8", "bernd")
    assert proposal.decided_at is not None
    entry = Entry.objects.get(action="verdict.override_accepted")
    assert entry.changes == {
        "proposal": [None, str(proposal.uuid)],
        "proposedBy": [None, "anna"],
        "decidedBy": [None, "bernd"],
    }
    assert (entry.subject_uuid, entry.order_uuid) == (order.uuid, order.uuid)
    assert not Proposal.objects.pending().exists()


def test_it_is_declined_with_a_reason_by_somebody_else(order):
    proposal = proposes(order)

    with transaction.atomic():
        decline_proposal(proposal, reason="Ask the carrier first", by=BERND)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decline_reason) == ("DECLINED", "Ask the carrier first")
    assert entries()[1:] == [("verdict.override_declined", "8", "Ask the carrier first")]


def test_its_proposer_withdraws_it_and_may_propose_again(order):
    proposal = proposes(order)

    with transaction.atomic():
        withdraw_proposal(proposal, by=ANNA)
    again = proposes(order)

    assert again.pk != proposal.pk
    assert [row[:2] for row in entries()] == [
        ("verdict.override_proposed", "7"),
        ("verdict.override_withdrawn", "7"),
        ("verdict.override_proposed", "7"),
    ]


def accepts(proposal, by):
    accept_proposal(proposal, by=by)


def declines(proposal, by):
    decline_proposal(proposal, reason="No", by=by)


def withdraws(proposal, by):
    withdraw_proposal(proposal, by=by)


@pytest.mark.parametrize(
    ("step", "by", "refusal"),
    [
        (accepts, ANNA, SecondPersonNeeded),
        (accepts, Actor(ActorKind.STAFF, "7", "anna under another name"), SecondPersonNeeded),
        (accepts, CLIENT, Forbidden),
        (accepts, system("anything"), Forbidden),
        (declines, ANNA, SecondPersonNeeded),
        (declines, CLIENT, Forbidden),
        (withdraws, BERND, NotTheProposer),
        (withdraws, Actor(ActorKind.API_CLIENT, "7", "a client of this id"), Forbidden),
    ],
)
def test_a_step_of_the_wrong_person_is_refused(order, step, by, refusal):
    proposal = proposes(order)

    with nothing_moves(), pytest.raises(refusal), transaction.atomic():
        step(proposal, by)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501])
def test_proposing_and_declining_need_a_reason(order, reason):
    with nothing_moves(), pytest.raises(ValidationFailed):
        proposes(order, reason=reason)

    proposal = proposes(order)
    with nothing_moves(), pytest.raises(ValidationFailed), transaction.atomic():
        decline_proposal(proposal, reason=reason, by=BERND)


@pytest.mark.parametrize("by", [CLIENT, system("anything")])
def test_only_staff_propose(order, by):
    with nothing_moves(), pytest.raises(Forbidden):
        proposes(order, by=by)


def test_one_subject_has_one_pending_proposal_of_a_kind(order):
    proposes(order)

    with nothing_moves(), pytest.raises(AlreadyProposed):
        proposes(order, by=BERND)
    assert proposes(order, Kind.END_OVERRIDE).is_pending


@pytest.mark.parametrize("act", [second_clearing, second_end_of_override])
def test_an_acceptance_for_another_purpose_is_refused(order, act):
    proposal = proposes(order)

    with nothing_moves(), pytest.raises(OtherProposal), transaction.atomic():
        act(proposal, by=BERND)


@pytest.mark.parametrize("step", [accepts, declines])
def test_what_is_decided_stays_decided(order, step):
    proposal, stale = proposes(order), Proposal.objects.get()
    with transaction.atomic():
        decline_proposal(proposal, reason="No", by=BERND)

    with nothing_moves(), pytest.raises(StateConflict), transaction.atomic():
        step(Proposal.objects.get(), BERND)
    with nothing_moves(), pytest.raises(VersionMismatch), transaction.atomic():
        step(stale, BERND)


def test_the_database_itself_wants_four_eyes(order):
    proposal = proposes(order)
    rows = Proposal.objects.filter(pk=proposal.pk)

    for decided_by in ("7", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(status=Status.ACCEPTED, decided_at=timezone.now(), decided_by_id=decided_by)


def test_a_partner_reads_that_it_was_proposed_without_names_and_words(order, deal):
    with transaction.atomic():
        decline_proposal(proposes(order), reason="Ask the carrier first", by=BERND)

    answer = deal.partner.get(f"{deal.path}/audit")
    told = [row for row in answer.json()["data"] if row["action"].startswith("verdict.")]
    assert [row["action"] for row in told] == ["verdict.override_declined", "verdict.override_proposed"]
    for word in ("anna", "bernd", "lost at sea", "carrier"):
        assert word not in answer.content.decode()
    assert {row["actor"]["label"] for row in told} == {"NT24 staff"}


@pytest.mark.parametrize(("was", "to"), list(product(Status, Status)))
def test_a_proposal_moves_only_as_its_table_says(was, to):
    proposal = Proposal(status=was)

    if was == Status.PENDING and to != Status.PENDING:
        move_quietly(proposal, to)
        assert proposal.status == to
    else:
        with pytest.raises(MoveNotAllowed):
            move_quietly(proposal, to)
