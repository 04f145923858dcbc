"""Two people decide at once, or decide while the facts move under them (contract 14, ADR 0022)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import transaction

from buyers import checks
from compliance.models import Override, Rollup
from compliance.overrides import DecidedAlready, second_override
from nt24.actors import Actor, ActorKind
from nt24.api import idempotency
from nt24.audit.models import Entry
from nt24.errors import DomainError, VersionMismatch
from nt24.proposals.actions import AlreadyProposed, decline_proposal, withdraw_proposal
from nt24.proposals.models import Proposal
from orders.actions import update_order
from orders.models import Order
from tests.compliance.staff import ANNA, BERND, proposes
from tests.compliance.test_override_actions import is_delivered_without_cmr
from tests.deal import Deal
from tests.papers import pdf
from tests.races.crowd import Hold, at_once, in_background, wait_for_a_waiter
from tests.races.proofs import assert_rollups_are_current, messages

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLARA = Actor(ActorKind.STAFF, "9", "clara")


@pytest.fixture
def incomplete(april, partner):
    """All that is missing is the signed note of the delivery."""
    return is_delivered_without_cmr(Deal(partner, checks.ask_due))


def outcome(act):
    """`ok`, or why it was refused."""
    try:
        with transaction.atomic():
            act()
    except DomainError as refusal:
        return type(refusal)
    return "ok"


def seconding(proposal_id, by):
    """What a page does: read the proposal, then act on it."""
    proposal = Proposal.objects.select_related("seller").get(pk=proposal_id)
    return lambda: outcome(lambda: second_override(proposal, by=by))


def test_of_two_acceptances_at_once_one_carries_it_out(incomplete):
    proposal = proposes()

    outcomes = at_once([seconding(proposal.pk, BERND), seconding(proposal.pk, CLARA)])

    assert sorted(map(str, outcomes)) == [str(VersionMismatch), "ok"]
    override = Override.objects.get()
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by_id) == ("ACCEPTED", override.seconded_by_id)
    assert Entry.objects.filter(action="verdict.overridden").count() == 1
    assert len(messages("compliance.decision_made")) == 1
    assert_rollups_are_current()


def test_of_an_acceptance_a_refusal_and_a_withdrawal_one_is_taken(incomplete):
    proposal = proposes()
    twin = Proposal.objects.select_related("seller").get()

    outcomes = at_once(
        [
            seconding(proposal.pk, BERND),
            lambda: outcome(lambda: decline_proposal(twin, reason="No", by=CLARA)),
            lambda: outcome(lambda: withdraw_proposal(proposal, by=ANNA)),
        ]
    )

    assert sorted(map(str, outcomes)) == [str(VersionMismatch)] * 2 + ["ok"]
    status = Proposal.objects.get().status
    assert status == ("ACCEPTED", "DECLINED", "WITHDRAWN")[outcomes.index("ok")]
    assert Override.objects.exists() == (status == "ACCEPTED")
    assert_rollups_are_current()


def test_of_two_proposals_at_once_one_is_made(incomplete):
    def proposing(by):
        return lambda: outcome(lambda: proposes(by=by))

    outcomes = at_once([proposing(ANNA), proposing(BERND)])

    assert sorted(map(str, outcomes)) == [str(AlreadyProposed), "ok"]
    assert Proposal.objects.count() == 1


def upload(caller, deal, **about):
    return caller.upload(f"{deal.path}/transport/documents", "TRANSPORT_CMR_DELIVERY", pdf("signed"), **about)


def test_an_override_that_waits_for_the_missing_paper_finds_it_and_is_refused(
    callers, incomplete, monkeypatch
):
    """The client's write is stopped inside its transaction, after its work; the second person waits for its lock."""
    proposal, hold = proposes(), Hold()
    monkeypatch.setattr(idempotency, "_remember", hold.before(idempotency._remember))
    [caller] = callers(1)
    with ThreadPoolExecutor(2) as pool:
        uploaded = in_background(pool, lambda: upload(caller, incomplete))
        assert hold.is_reached.wait(10)
        seconded = in_background(pool, seconding(proposal.pk, BERND))
        wait_for_a_waiter()
        hold.release()

        assert uploaded.result(10).status_code == 201
        assert seconded.result(10) is DecidedAlready
    assert not Override.objects.exists()
    assert Proposal.objects.get().is_pending
    assert Rollup.objects.get().decision == "VALID_EXPORT"
    assert_rollups_are_current()


def test_an_override_and_the_missing_paper_at_once_leave_a_true_verdict(callers, incomplete):
    proposal = proposes()
    [caller] = callers(1)

    uploaded, seconded = at_once([lambda: upload(caller, incomplete), seconding(proposal.pk, BERND)])

    assert uploaded.status_code == 201
    assert seconded in ("ok", DecidedAlready)
    assert Override.objects.exists() == (seconded == "ok")
    assert Rollup.objects.get().decision == "VALID_EXPORT"
    assert len(messages("compliance.decision_made")) == 1
    assert_rollups_are_current()


def test_of_two_edits_of_staff_with_one_version_one_wins(incomplete):
    version = Order.objects.get().version

    def edit(by, day):
        def act():
            order = Order.objects.for_change().get()
            update_order(order, expected_version=version, purchase_on=date(2026, 4, day), by=by)

        return lambda: outcome(act)

    outcomes = at_once([edit(ANNA, 10), edit(BERND, 11)])

    assert sorted(map(str, outcomes)) == [str(VersionMismatch), "ok"]
    order = Order.objects.get()
    assert order.version == version + 1
    assert order.purchase_on.day == (10, 11)[outcomes.index("ok")]
    assert Entry.objects.get(action="order.updated").actor_id == ("7", "8")[outcomes.index("ok")]
