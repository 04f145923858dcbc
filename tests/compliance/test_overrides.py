"""What an override means to the law: which blockers it sets aside, which never, and what the verdict then says."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.case import OverrideFacts
from compliance.rules import FATAL, RULES
from compliance.verdict import (
    EXEMPT_BECAUSE,
    broken,
    decide,
    next_change_at,
    order_status,
)
from compliance.waiving import NEVER_WAIVED, codes_to_waive
from tests.compliance.cases import CMR_NOTES, FINAL, a_case, a_collected_case, a_mode_b_case
from tests.compliance.test_rules_properties import near_valid_cases

REASON = "The carrier's archive burned down; the consignee confirmed the arrival by letter."
EXEMPTED, TAXED = (
    "Two members of NT24 staff decided that this supply",
    "Two members of NT24 staff decided that VAT",
)
CODES = sorted(
    FATAL | NEVER_WAIVED | {"MISSING_CMR", "IBAN_MISMATCH", "DOCUMENTS_MISSING", "AMOUNT_MISMATCH"}
)


def waiving(*codes):
    return OverrideFacts("VALID_EXPORT", frozenset(codes), REASON)


VAT = OverrideFacts("VAT_APPLICABLE", frozenset(), REASON)


def codes_of(verdict):
    return [blocker.code for blocker in verdict.blockers]


# --- Towards VALID_EXPORT ----------------------------------------------------------------------------------


def test_what_was_waived_is_set_aside_and_the_basis_says_by_whom_and_why():
    case = a_case(transport__documents=CMR_NOTES[1:], payment__iban_known=False)
    assert decide(case).status == "INCOMPLETE"

    verdict = decide(replace(case, override=waiving("MISSING_CMR", "IBAN_MISMATCH")))
    assert (verdict.status, verdict.decision, verdict.blockers) == ("VALID", "VALID_EXPORT", ())
    said, reason, *aside = verdict.basis
    assert said.startswith(EXEMPTED)
    assert reason == f"Their reason: {REASON}"
    findings = {blocker.code: blocker.finding for blocker in decide(case).blockers}
    assert aside == [
        f"Set aside by them ({code}): {findings[code]}" for code in ("IBAN_MISMATCH", "MISSING_CMR")
    ]
    assert not set(verdict.basis) & set(EXEMPT_BECAUSE)


@pytest.mark.parametrize("code", ["VIES_INVALID", "MARGIN_SCHEME"])
def test_a_fatal_blocker_may_be_waived(code):
    changes = {
        "VIES_INVALID": {"buyer__vies__result": "INVALID"},
        "MARGIN_SCHEME": {"preliminary__margin_scheme": True},
    }
    case = a_case(**changes[code])
    assert decide(case).decision == "VAT_APPLICABLE"

    assert decide(replace(case, override=waiving(code))).decision == "VALID_EXPORT"


def test_a_blocker_that_comes_up_later_is_listed_and_the_verdict_falls():
    override = waiving("MISSING_CMR")
    no_note = {"transport__documents": CMR_NOTES[1:]}

    later = decide(a_case(**no_note, payment__iban_known=False, override=override))
    assert (later.status, codes_of(later)) == ("INCOMPLETE", ["IBAN_MISMATCH"])
    fatal = decide(a_case(**no_note, preliminary__margin_scheme=True, override=override))
    assert (fatal.status, fatal.decision, codes_of(fatal)) == ("INVALID", "VAT_APPLICABLE", ["MARGIN_SCHEME"])


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (a_mode_b_case(buyer__aml_status="FLAGGED"), "AML_FLAGGED"),
        (a_mode_b_case(buyer__aml_status="PENDING"), "AML_PENDING"),
        (a_case(buyer__blocked=True), "BUYER_BLOCKED"),
        (a_case(preliminary=None), "MISSING_INVOICE"),
        (a_case(payment=None), "MISSING_PAYMENT"),
        (a_collected_case(), "DELIVERY_NOT_CONFIRMED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_decisions_of_their_own_and_milestones_are_never_set_aside(case, code):
    verdict = decide(replace(case, override=waiving(*(blocker.code for blocker in broken(RULES, case)))))

    assert verdict.status == "INCOMPLETE"
    assert codes_of(verdict) == [code]


def test_once_all_is_mended_the_reasons_of_the_law_are_true_again():
    verdict = decide(a_case(override=waiving("MISSING_CMR")))

    assert (verdict.status, verdict.basis) == ("VALID", EXEMPT_BECAUSE)


def test_a_proof_that_is_not_waited_for_has_no_deadline():
    case = a_case(transport__documents=CMR_NOTES[:1])
    codes = codes_to_waive(case, broken(RULES, case))
    assert codes == ("MISSING_CMR", "EVIDENCE_DEADLINE_PASSED")

    years_later = replace(case, on=date(2029, 1, 1), override=waiving(*codes))
    assert decide(replace(years_later, override=None)).decision == "VAT_APPLICABLE"
    assert decide(years_later).decision == "VALID_EXPORT"


def test_a_deadline_that_is_kept_is_not_waived_with_something_else():
    case = a_case(payment__iban_known=False)

    assert codes_to_waive(case, broken(RULES, case)) == ("IBAN_MISMATCH",)


def test_a_final_invoice_is_held_against_the_decision_of_staff():
    case = a_case(payment__iban_known=False, final=replace(FINAL, vat_included=True))

    verdict = decide(replace(case, override=waiving("IBAN_MISMATCH")))
    assert (verdict.status, codes_of(verdict)) == ("VALID", ["FINAL_INVOICE_VAT_MISMATCH"])


# --- Towards VAT_APPLICABLE --------------------------------------------------------------------------------


def test_vat_applies_although_no_blocker_says_so():
    verdict = decide(a_case(override=VAT))

    assert (verdict.status, verdict.decision, verdict.blockers) == ("INVALID", "VAT_APPLICABLE", ())
    assert verdict.basis[0].startswith(TAXED)
    assert verdict.basis[1:] == (f"Their reason: {REASON}",)
    assert order_status(a_case(override=VAT), verdict) == "COMPLIANCE_INVALID"


def test_vat_applies_beside_the_blockers_as_they_are():
    case = a_case(payment__iban_known=False, transport__documents=CMR_NOTES[1:])

    assert decide(replace(case, override=VAT)).blockers == decide(case).blockers


def test_vat_on_the_final_invoice_agrees_with_it():
    taxed = a_case(final=replace(FINAL, vat_included=True), override=VAT)

    assert decide(taxed).blockers == ()
    assert codes_of(decide(replace(taxed, final=FINAL))) == ["FINAL_INVOICE_VAT_MISMATCH"]


# --- Always ------------------------------------------------------------------------------------------------


def test_a_cancelled_order_has_no_verdict_whatever_staff_decided():
    for override in (VAT, waiving("MISSING_CMR")):
        assert decide(a_case(cancelled=True, override=override)) == decide(a_case(cancelled=True))


@given(near_valid_cases(), st.frozensets(st.sampled_from(CODES)))
def test_an_override_that_sets_nothing_aside_changes_nothing(case, codes):
    found = {blocker.code for blocker in broken(RULES, case)}

    assert decide(replace(case, override=waiving(*(codes - found)))) == decide(case)


@given(near_valid_cases(), st.frozensets(st.sampled_from(CODES)))
def test_only_what_may_be_and_was_waived_is_left_out(case, codes):
    verdict = decide(replace(case, override=waiving(*codes)))

    kept = [
        blocker
        for blocker in broken(RULES, case)
        if blocker.code not in codes or blocker.code in NEVER_WAIVED
    ]
    if not case.cancelled:
        assert [one for one in verdict.blockers if one.code != "FINAL_INVOICE_VAT_MISMATCH"] == kept
        assert (verdict.status == "VALID") == (not kept)


@given(near_valid_cases())
def test_the_clock_is_asked_as_before(case):
    assert next_change_at(replace(case, override=VAT)) == next_change_at(case)
