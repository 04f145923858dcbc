"""Two people override a verdict and end it again: what is stored, told and sealed (contract 14, ADR 0022)."""

import io
import json
from datetime import date

import pikepdf
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from compliance.assess import recompute_open_orders
from compliance.dossier import Dossier
from compliance.export_file import context
from compliance.models import ExportFile, Override, Rollup
from compliance.overrides import (
    BlockersHaveChanged,
    CannotBeWaived,
    DecidedAlready,
    NoOverrideStands,
    NothingToOverride,
    OverrideStands,
    propose_end_of_override,
    second_end_of_override,
)
from compliance.period import Period, supplies
from compliance.tasks import reassess_due
from nt24.actors import Actor, ActorKind, system
from nt24.audit.models import Entry
from nt24.errors import Forbidden, ValidationFailed
from nt24.proposals.actions import AlreadyProposed, SecondPersonNeeded, decline_proposal
from nt24.proposals.models import Proposal
from tests.compliance.staff import (
    ANNA,
    BERND,
    REASON,
    VALID_EXPORT,
    VAT_APPLICABLE,
    ends,
    locked,
    overrides,
    proposes,
    proposes_end,
    seconds,
)
from tests.compliance.test_blockers_over_http import vies_says
from tests.compliance.test_verdict_changes import INVALID, OPEN, VALID, changes_invoice, verdict_of
from tests.deal import WARSAW, ZURICH, taken
from tests.ledger import at, messages, nothing_moves

CLIENT = Actor(ActorKind.API_CLIENT, "api-client-x", "x")


def is_delivered_without_cmr(deal, *, to=WARSAW):
    """Everything is there but the signed note of the delivery."""
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up()
    body = {"deliveryDate": "2026-04-24", "deliveryAddress": to}
    taken(deal.partner.post(f"{deal.path}/transport/delivery", body), 201)
    return deal


@pytest.fixture
def incomplete(quick_deal):
    deal = is_delivered_without_cmr(quick_deal)
    assert (verdict_of(deal), deal.codes()) == (OPEN, ["MISSING_CMR"])
    return deal


@pytest.fixture
def judged(quick_deal):
    return quick_deal.is_judged()


def dossier():
    return Dossier.from_data(ExportFile.objects.latest("number").dossier)


@pytest.fixture
def abroad(quick_deal):
    """Everything is there, and the car went to Zürich."""
    deal = is_delivered_without_cmr(quick_deal, to=ZURICH)
    deal.uploads(f"{deal.path}/transport/documents", "TRANSPORT_CMR_DELIVERY")
    return deal


def test_a_car_that_left_the_union_is_exempt_only_as_an_export_that_two_people_have_seen(abroad):
    assert (verdict_of(abroad), abroad.codes()) == (OPEN, ["DESTINATION_OUTSIDE_VAT_TERRITORY"])

    overrides()

    assert (verdict_of(abroad), abroad.codes()) == (VALID, [])
    cited = [row.article for row in context(dossier(), b"")["law"]]
    assert cited == ["Article 146(1) of Directive 2006/112/EC"]
    assert list(supplies(Period(first=date(2026, 4, 1), last=date(2026, 6, 30)))) == []


# --- To override -------------------------------------------------------------------------------------------


def test_a_second_person_makes_an_order_valid(incomplete):
    before = len(messages())

    proposal = proposes()
    assert verdict_of(incomplete) == OPEN
    override = seconds(proposal)

    assert (verdict_of(incomplete), incomplete.codes()) == (VALID, [])
    assert incomplete.now()["status"] == "COMPLIANCE_VALID"
    assert incomplete.now()["vins"][0]["complianceStatus"] == "VALID"
    assert (override.decided_by_label, override.seconded_by_label) == ("anna", "bernd")
    assert (override.decision, override.reason) == (VALID_EXPORT, REASON)
    assert override.waived == ["MISSING_CMR", "EVIDENCE_DEADLINE_PASSED"]
    assert Proposal.objects.get().status == "ACCEPTED"
    told = messages()[before:]
    assert [(one["type"], one["source"]) for one in told] == [
        ("compliance.status_changed", "WEB_APP"),
        ("compliance.decision_made", "WEB_APP"),
    ]
    assert told[1]["data"]["decision"] == VALID_EXPORT
    assert ExportFile.objects.get().reason == "FIRST_VERDICT"


def test_the_trail_has_each_step_with_both_people(incomplete):
    overrides()
    ends()

    rows = Entry.objects.filter(action__startswith="verdict.").order_by("pk")
    assert [(row.action, row.actor_id, row.purpose) for row in rows] == [
        ("verdict.override_proposed", "7", REASON),
        ("verdict.override_accepted", "8", ""),
        ("verdict.overridden", "8", REASON),
        ("verdict.override_end_proposed", "7", "The note was found"),
        ("verdict.override_end_accepted", "8", ""),
        ("verdict.override_ended", "8", "The note was found"),
    ]
    for row in rows:
        assert row.order_uuid == row.subject_uuid == locked().uuid
        assert row.changes["proposedBy"] == [None, "anna"]
    for row in (rows[1], rows[2], rows[4], rows[5]):
        assert row.changes["decidedBy"] == [None, "bernd"]
    outside = incomplete.partner.get(f"{incomplete.path}/audit").content.decode()
    assert REASON in outside
    assert "anna" not in outside
    assert "bernd" not in outside


def test_staff_decide_that_vat_applies_to_a_valid_order(judged):
    before = len(messages())

    overrides(VAT_APPLICABLE)

    assert (verdict_of(judged), judged.codes()) == (INVALID, [])
    assert judged.now()["status"] == "COMPLIANCE_INVALID"
    assert [one["type"] for one in messages()[before:]] == [
        "compliance.status_changed",
        "compliance.decision_made",
    ]
    assert [row.reason for row in ExportFile.objects.order_by("number")] == [
        "FIRST_VERDICT",
        "VERDICT_CHANGED",
    ]


def test_a_verdict_with_vat_is_overridden(judged):
    changes_invoice(judged, marginScheme=True)
    assert (verdict_of(judged), judged.codes()) == (INVALID, ["MARGIN_SCHEME"])

    assert overrides().waived == ["MARGIN_SCHEME"]
    assert (verdict_of(judged), judged.codes()) == (VALID, [])


def test_something_new_lets_the_verdict_fall(incomplete):
    overrides()

    changes_invoice(incomplete, marginScheme=True)
    assert (verdict_of(incomplete), incomplete.codes()) == (INVALID, ["MARGIN_SCHEME"])
    changes_invoice(incomplete, marginScheme=False)
    assert (verdict_of(incomplete), incomplete.codes()) == (VALID, [])


def test_the_deadline_of_a_waived_proof_does_not_undo_it(incomplete):
    overrides()

    with at(incomplete.partner, "2026-09-01T10:00:00Z"):
        reassess_due()
        recompute_open_orders()
        assert verdict_of(incomplete) == VALID


# --- What is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [CLIENT, system("anything")])
def test_only_staff_override(incomplete, by):
    with nothing_moves(), pytest.raises(Forbidden):
        proposes(by=by)

    proposal = proposes()
    with nothing_moves(), pytest.raises(Forbidden):
        seconds(proposal, by=by)


def test_one_person_does_not_override(incomplete):
    proposal = proposes()

    with nothing_moves(), pytest.raises(SecondPersonNeeded):
        seconds(proposal, by=ANNA)


@pytest.mark.parametrize(
    ("about", "refusal"),
    [
        ({"reason": " "}, ValidationFailed),
        ({"decision": "MAYBE"}, ValidationFailed),
    ],
)
def test_a_proposal_says_what_and_why(incomplete, about, refusal):
    with nothing_moves(), pytest.raises(refusal):
        proposes(**about)


def test_an_order_under_way_is_not_overridden(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up()

    for decision in (VALID_EXPORT, VAT_APPLICABLE):
        with nothing_moves(), pytest.raises(NothingToOverride):
            proposes(decision)


def test_a_cancelled_order_is_not_overridden(incomplete):
    proposal = proposes()
    taken(incomplete.partner.post(f"{incomplete.path}/cancel", {"reason": "Withdrawn"}), 200)

    for act in (proposes, lambda: seconds(proposal)):
        with nothing_moves(), pytest.raises(NothingToOverride):
            act()


def test_a_verdict_is_not_overridden_to_itself(judged):
    with nothing_moves(), pytest.raises(DecidedAlready):
        proposes(VALID_EXPORT)


def test_a_blocked_buyer_is_never_waived(incomplete):
    taken(incomplete.partner.post(f"{incomplete.buyer_path}/block"), 200)

    with nothing_moves(), pytest.raises(CannotBeWaived, match="BUYER_BLOCKED"):
        proposes()
    assert overrides(VAT_APPLICABLE).waived == []


def test_an_order_with_vat_that_has_not_arrived_is_not_made_valid(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up()
    changes_invoice(quick_deal, marginScheme=True)

    with nothing_moves(), pytest.raises(CannotBeWaived, match="DELIVERY_NOT_CONFIRMED"):
        proposes()


def test_a_second_override_waits_for_the_end_of_the_first(incomplete):
    overrides()
    with nothing_moves(), pytest.raises(OverrideStands):
        proposes(VAT_APPLICABLE)

    ends()
    assert overrides(VAT_APPLICABLE).is_standing
    assert Override.objects.count() == 2


def test_one_proposal_waits_at_a_time(incomplete):
    proposes()

    with nothing_moves(), pytest.raises(AlreadyProposed):
        proposes(VAT_APPLICABLE, by=BERND)


def test_what_the_proposer_has_not_seen_is_not_waived(incomplete):
    proposal = proposes()
    changes_invoice(incomplete, buyerName="Somebody Else Ltd")

    with nothing_moves(), pytest.raises(BlockersHaveChanged, match="new is BUYER_NAME_MISMATCH"):
        seconds(proposal)


def test_what_has_been_mended_meanwhile_needs_no_override(incomplete):
    changes_invoice(incomplete, buyerName="Somebody Else Ltd")
    proposal = proposes()
    changes_invoice(incomplete, buyerName=incomplete.buyer["companyName"])

    with nothing_moves(), pytest.raises(BlockersHaveChanged, match="gone is BUYER_NAME_MISMATCH"):
        seconds(proposal)


def test_a_declined_proposal_leaves_the_verdict_alone(incomplete):
    proposal = proposes()
    with transaction.atomic():
        decline_proposal(proposal, reason="Ask the consignee first", by=BERND)

    assert verdict_of(incomplete) == OPEN
    assert not Override.objects.exists()


def test_the_database_keeps_one_standing_override_of_two_people(incomplete):
    override = overrides()

    changes = ({"seconded_by_id": "7"}, {"ended_at": override.created_at})
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.filter(pk=override.pk).update(**change)
    override.pk, override.uuid = None, override.order.uuid
    with pytest.raises(IntegrityError), transaction.atomic():
        override.save(force_insert=True)


# --- The end -----------------------------------------------------------------------------------------------


def test_the_rules_decide_again_when_it_has_ended(incomplete):
    overrides()

    override = ends()
    assert (verdict_of(incomplete), incomplete.codes()) == (OPEN, ["MISSING_CMR"])
    assert (override.end_reason, override.is_standing) == ("The note was found", False)
    incomplete.uploads(f"{incomplete.path}/transport/documents", "TRANSPORT_CMR_DELIVERY")
    assert verdict_of(incomplete) == VALID
    assert [row.reason for row in ExportFile.objects.order_by("number")] == ["FIRST_VERDICT", "VERDICT_AGAIN"]


def test_a_verdict_that_stays_gets_a_file_with_its_own_reasons(incomplete):
    overrides()
    incomplete.uploads(f"{incomplete.path}/transport/documents", "TRANSPORT_CMR_DELIVERY")
    assert ExportFile.objects.count() == 1

    ends()
    assert verdict_of(incomplete) == VALID
    assert [row.reason for row in ExportFile.objects.order_by("number")] == ["FIRST_VERDICT", "FORCED"]
    assert dossier().ruling.override is None


def test_an_order_that_was_valid_is_valid_again_with_the_buyer_of_its_day(judged):
    """ADR 0006: what has happened to the buyer while VAT applied does not count."""
    overrides(VAT_APPLICABLE)
    vies_says(judged, "INVALID")
    taken(judged.partner.post(f"{judged.buyer_path}/block"), 200)
    assert (verdict_of(judged), judged.codes()) == (INVALID, [])

    ends()
    assert (verdict_of(judged), judged.codes()) == (VALID, [])


def test_an_override_keeps_no_buyer_who_would_not_have_been_valid(incomplete):
    overrides()
    taken(incomplete.partner.post(f"{incomplete.buyer_path}/block"), 200)
    assert verdict_of(incomplete) == VALID

    ends()
    assert incomplete.codes() == ["BUYER_BLOCKED", "MISSING_CMR"]


def test_one_person_does_not_end_it(incomplete):
    overrides()
    proposal = proposes_end()

    with nothing_moves(), pytest.raises(SecondPersonNeeded), transaction.atomic():
        second_end_of_override(proposal, by=ANNA)


def test_what_has_ended_does_not_end_again(incomplete):
    overrides()
    ended = ends()

    with nothing_moves(), pytest.raises(NoOverrideStands), transaction.atomic():
        propose_end_of_override(ended, reason="x", by=ANNA)


def test_recomputing_finds_no_difference(incomplete):
    overrides()
    before = Rollup.objects.values().get()

    assert recompute_open_orders() == 0
    assert Rollup.objects.values().get() == before


# --- The Export File ---------------------------------------------------------------------------------------


def test_the_file_says_who_decided_and_why(incomplete):
    overrides()

    ruling = dossier().ruling
    assert ruling.override is not None
    assert (ruling.override.decision, ruling.override.reason) == (VALID_EXPORT, REASON)
    assert ruling.basis == tuple(Rollup.objects.get().basis)
    assert [check.code for check in dossier().checks if check.outcome == "WAIVED"] == ["MISSING_CMR"]
    assert dossier().blockers == ()
    sentences = [entry.sentence for entry in dossier().timeline if entry.action.startswith("verdict.")]
    assert sentences == ["Decided by two members of staff: VALID_EXPORT"]
    assert "anna" not in str(ExportFile.objects.get().dossier)


def test_a_sealed_file_holds_the_override_for_machines_too(deal, tmp_path):
    is_delivered_without_cmr(deal)
    overrides()
    deal.run_workers()

    content = deal.partner.get(f"{deal.path}/finalization/export-file/content").getvalue()
    with pikepdf.open(io.BytesIO(content)) as document:
        decision = json.loads(document.attachments["decision.json"].get_file().read_bytes())
    assert decision["override"]["reason"] == REASON
    assert decision["blockers"] == []
    assert decision["case"]["override"]["waived"] == ["EVIDENCE_DEADLINE_PASSED", "MISSING_CMR"]
    file = tmp_path / "export.pdf"
    file.write_bytes(content)
    call_command("verify_export_file", str(file))
