"""A flag of the screening is cleared by two people, and only what both have seen (contract 14)."""

import pytest
from django.db import transaction

from buyers.clearing import ScreeningHasChanged, propose_clearing, second_clearing
from buyers.models import Buyer, VerificationSession
from buyers.verification import NothingToClear, clear_aml
from nt24.audit.models import Entry
from nt24.errors import Forbidden, StateConflict, ValidationFailed
from nt24.proposals.models import Proposal
from tests.buyers.verification.steps import ANNA, BERND, on_buyer, shown, verify
from tests.ledger import nothing_moves
from tests.servers.idenfy import HIT


def proposes(*, reason="Another date of birth", by=ANNA):
    return on_buyer(propose_clearing, reason=reason, by=by)


def seconds(proposal=None, *, by=BERND):
    with transaction.atomic():
        return second_clearing(proposal or Proposal.objects.get(), by=by)


def test_a_flag_is_cleared_by_the_proposer_and_a_second_person(result, partner, path):
    result("APPROVED", AML=[HIT])

    proposes()
    assert shown(partner, path) == ("VERIFIED", "FLAGGED")
    seconds()

    assert shown(partner, path) == ("VERIFIED", "CLEAR")
    assert Proposal.objects.get().status == "ACCEPTED"
    entries = Entry.objects.filter(action__startswith="aml.").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.purpose) for entry in entries] == [
        ("aml.clearing_proposed", "7", "Another date of birth"),
        ("aml.clearing_accepted", "8", ""),
        ("aml.clearing_seconded", "8", "Another date of birth"),
        ("aml.cleared", "7", "Another date of birth"),
    ]
    assert "date of birth" not in partner.get("/v1/audit").content.decode()


def test_the_proposer_alone_clears_nothing(result):
    result("APPROVED", AML=[HIT])
    proposal = proposes()

    with nothing_moves(), pytest.raises(Forbidden):
        seconds(proposal, by=ANNA)


def test_a_proposal_without_a_reason_or_a_flag_is_refused(result):
    result("APPROVED", AML=[HIT])
    with nothing_moves(), pytest.raises(ValidationFailed):
        proposes(reason=" ")

    on_buyer(clear_aml, reason="Cleared", by=ANNA, seconded_by=BERND)
    with nothing_moves(), pytest.raises(NothingToClear):
        proposes()


def test_a_flag_that_arrives_meanwhile_is_not_cleared_unseen(result, partner, path, idenfy):
    result("DENIED", AML=[HIT])
    proposes()

    verify(partner, path)
    idenfy.callback("DENIED", AML=[HIT]).to(partner.http)
    assert VerificationSession.objects.filter(aml_status="FLAGGED").count() == 2
    with nothing_moves(), pytest.raises(ScreeningHasChanged):
        seconds()
    assert Proposal.objects.get().status == "PENDING"


def test_a_higher_word_with_another_result_is_not_cleared_unseen(result, partner, idenfy):
    result("APPROVED", AML=None)
    proposes(reason="Searched by hand")

    idenfy.callback("APPROVED", by_person=True, AML=[HIT]).to(partner.http)
    with nothing_moves(), pytest.raises(ScreeningHasChanged):
        seconds()


def test_what_somebody_else_has_cleared_is_not_cleared_again(result):
    result("APPROVED", AML=[HIT])
    proposal = proposes()
    on_buyer(clear_aml, reason="Cleared", by=ANNA, seconded_by=BERND)

    with nothing_moves(), pytest.raises(StateConflict):
        seconds(proposal)


def test_the_buyer_is_found_by_the_proposal(result, partner, path):
    result("APPROVED", AML=[HIT])

    assert proposes().subject_uuid == Buyer.objects.get().uuid
