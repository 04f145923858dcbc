"""The next step of a case is safe to follow: stop signs, the buyer, the deal, then the invoice of the verdict."""

from dataclasses import replace
from typing import Any

import pytest

from compliance.blockers import KIND_OF, KINDS
from compliance.case import Case
from compliance.next_step import State, Step, next_step
from compliance.verdict import decide, invoice_status
from nt24.money import Money
from tests.compliance.cases import (
    ARRIVED,
    COLLECTED,
    FINAL,
    OTHER_VIN,
    PRELIMINARY,
    TODAY,
    WAITING,
    a_case,
    a_collected_case,
    a_mode_b_case,
    a_paid_case,
    a_ready_case,
    a_self_pickup_case,
    an_empty_case,
)

WITH_VAT = replace(FINAL, vat_included=True, amount=Money(2_201_500, "EUR"))
NO_PAPERS = frozenset[str]()
MODE_B = {
    "buyer__kyc_mode": "NT24_LED",
    "buyer__document_types": frozenset({"COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION"}),
    "buyer__verification_status": "VERIFIED",
    "buyer__aml_status": "CLEAR",
}


def step_in(case: Case, **more: Any) -> Step | None:
    """What the page of this case would name."""
    verdict = decide(case)
    statuses = {one.type: invoice_status(case, one, verdict.decision) for one in case.invoices}
    state = State(
        blockers={blocker.code: blocker.message for blocker in verdict.blockers},
        decision=verdict.decision or "",
        invoices=statuses,
        is_cancelled=case.cancelled,
    )
    return next_step(replace(state, **more))


def named(step: Step | None) -> str:
    """The button, or the part of the buyer's page."""
    if step is None:
        return ""
    return step.moves[0] if step.moves else f"buyer#{step.part}"


STOPS = [
    (an_empty_case(buyer__blocked=True), "buyer#buyer"),
    (an_empty_case(**{**MODE_B, "buyer__aml_status": "FLAGGED"}), "buyer#identity"),
    (an_empty_case(**{**MODE_B, "buyer__aml_status": "PENDING"}), "buyer#identity"),
    (an_empty_case(**{**MODE_B, "buyer__verification_status": "REJECTED"}), "buyer#identity"),
    (an_empty_case(buyer__vies__result="INVALID"), "buyer#vies"),
    (an_empty_case(buyer__vat_country="DE"), "buyer#buyer"),
    (a_paid_case(buyer__blocked=True, preliminary=None), "buyer#buyer"),
    (a_paid_case(buyer__vies__result="INVALID"), "buyer#vies"),
    (a_paid_case(preliminary__margin_scheme=True), "change-invoice"),
    (a_ready_case(**{**MODE_B, "buyer__aml_status": "FLAGGED"}), "buyer#identity"),
    (a_collected_case(buyer__blocked=True), "buyer#buyer"),
    (a_case(**{**MODE_B, "buyer__aml_status": "FLAGGED"}), "buyer#identity"),
    (a_case(buyer__blocked=True, transport__documents=()), "buyer#buyer"),
    (an_empty_case(buyer__vies__result="INVALID", buyer__document_types=NO_PAPERS), "buyer#vies"),
    (
        an_empty_case(buyer__blocked=True, buyer__vat_country="DE", buyer__vies__result="INVALID"),
        "buyer#buyer",
    ),
]
BUYER = [
    (an_empty_case(buyer__document_types=NO_PAPERS), "buyer#papers"),
    (an_empty_case(buyer__vies__result=None), "buyer#vies"),
    (an_empty_case(buyer__vies__result=None, buyer__vies__outage=True), "buyer#vies"),
    (a_paid_case(buyer__document_types=NO_PAPERS), "buyer#papers"),
    (a_ready_case(buyer__document_types=NO_PAPERS), "buyer#papers"),
    (a_case(buyer__document_types=NO_PAPERS, transport__documents=()), "buyer#papers"),
    (a_paid_case(**{**MODE_B, "buyer__verification_status": "IN_PROGRESS"}), "buyer#identity"),
]
DEAL = [
    (an_empty_case(), "submit-invoice"),
    (an_empty_case(preliminary=replace(PRELIMINARY, has_pdf=False)), "file-invoice-document"),
    (a_paid_case(payment=None), "submit-payment"),
    (a_paid_case(payment=None, preliminary__vat_included=True), "change-invoice"),
    (a_paid_case(preliminary__amount=Money(1, "EUR")), "change-invoice"),
    (a_paid_case(preliminary__buyer_name="Somebody else"), "change-invoice"),
    (a_paid_case(payment__has_proof=False), "file-payment-document"),
    (a_paid_case(payment__bank=Money(1, "EUR"), payment__has_proof=False), "change-payment"),
    (a_paid_case(payment__iban_known=False), "change-payment"),
    (a_paid_case(), "ready-for-pickup"),
    (a_ready_case(), "confirm-pickup"),
    (a_ready_case(buyer__vies__outstanding=True), "buyer#vies"),
    (a_collected_case(), "confirm-delivery"),
    (a_collected_case(transport__documents=()), "file-transport-document"),
    (a_collected_case(transport__vehicles=(COLLECTED, replace(WAITING, vin=OTHER_VIN))), "confirm-pickup"),
    (
        a_collected_case(
            transport__vehicles=(COLLECTED, replace(WAITING, vin=OTHER_VIN)), transport__documents=()
        ),
        "file-transport-document",
    ),
    (a_self_pickup_case(transport__documents=()), "file-transport-document"),
    (a_case(transport__documents=()), "file-transport-document"),
]
AFTER = [
    (a_case(), "submit-final-invoice"),
    (a_case(final=replace(FINAL, has_pdf=False)), "file-invoice-document"),
    (a_case(final=WITH_VAT), "change-final-invoice"),
    (a_case(final=FINAL), ""),
    (a_case(buyer__vies__result="INVALID"), "submit-final-invoice"),
    (a_case(buyer__vies__result="INVALID", buyer__document_types=NO_PAPERS), "submit-final-invoice"),
    (a_case(buyer__vat_country="DE", transport__documents=()), "submit-final-invoice"),
    (a_case(transport__vehicles=(replace(ARRIVED, delivered_in="DE"),)), "submit-final-invoice"),
    (a_ready_case(buyer__vies__result="INVALID"), "submit-final-invoice"),
    (a_case(preliminary__margin_scheme=True), "submit-final-invoice"),
    (a_collected_case(on=TODAY.replace(month=12)), "submit-final-invoice"),
    (a_case(buyer__vies__result="INVALID", final=FINAL), "change-final-invoice"),
    (a_case(buyer__vies__result="INVALID", final=WITH_VAT), ""),
    (a_case(buyer__vies__result="INVALID", buyer__blocked=True), "buyer#buyer"),
    (a_mode_b_case(buyer__vies__result="INVALID", buyer__aml_status="FLAGGED"), "buyer#identity"),
    (a_case(cancelled=True), ""),
]


@pytest.mark.parametrize(("case", "expected"), [*STOPS, *BUYER, *DEAL, *AFTER])
def test_each_state_has_its_next_step(case, expected):
    assert named(step_in(case)) == expected


@pytest.mark.parametrize(("case", "expected"), STOPS)
def test_a_stop_sign_is_shown_as_one_whatever_else_is_open(case, expected):
    step = step_in(case)

    assert step is not None
    assert step.is_stop or step.code == "AML_PENDING"  # which goes by itself once the identity is verified


def test_a_final_invoice_that_is_wrong_is_the_one_to_correct():
    wrong = a_case(final=replace(FINAL, amount=Money(1, "EUR")))
    unread = a_case(final=replace(FINAL, buyer_name="Somebody else", has_pdf=False))
    both = a_case(final=replace(FINAL, amount=Money(1, "EUR")), preliminary__amount=Money(2, "EUR"))

    assert step_in(wrong).moves == ("change-final-invoice",)
    assert step_in(unread).moves == ("change-final-invoice",)
    assert step_in(both).moves == ("change-invoice", "change-final-invoice")


def test_nothing_is_invoiced_while_another_verdict_is_proposed():
    for case in (a_case(), a_case(buyer__vies__result="INVALID"), a_collected_case()):
        assert step_in(case, has_proposal=True).code == "PROPOSAL"

    assert step_in(a_case(**{**MODE_B, "buyer__aml_status": "FLAGGED"}), has_proposal=True).is_stop


def test_a_paper_at_the_scanner_is_waited_for_and_not_asked_for_again():
    step = step_in(a_collected_case(transport__documents=()), scanning=frozenset({"file-transport-document"}))

    assert step.is_wait
    assert "scanned" in step.sentence


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (a_case(), "shows no VAT"),
        (
            a_case(buyer__vies__result="INVALID"),
            "VAT applies (VAT number not valid): the final invoice shows it",
        ),
        (a_case(preliminary__margin_scheme=True), "the final invoice shows none"),
    ],
)
def test_the_final_invoice_is_announced_as_the_verdict_has_it(case, words):
    assert words in step_in(case).sentence


def test_a_failed_export_file_is_made_anew():
    assert named(step_in(a_case(final=FINAL), export_status="FAILED")) == "regenerate-export"


def test_the_order_of_urgency_is_stop_signs_then_the_buyer_then_the_deal():
    kinds = [
        ("stop" if kind.is_stop else "buyer" if kind.part and not kind.is_wait else "deal") for kind in KINDS
    ]
    doable = [name for name, kind in zip(kinds, KINDS, strict=True) if not kind.is_wait]

    assert doable == sorted(doable, key=["stop", "buyer", "deal"].index)


def test_every_blocker_leads_somewhere():
    assert all(bool(kind.move) != bool(kind.part) for kind in KINDS)


def test_a_code_of_a_newer_version_stands_last_and_breaks_nothing():
    state = State(blockers={"NEW_CODE": "Something new.", "MISSING_CMR": "Upload the CMR."})

    assert next_step(state).code == "MISSING_CMR"
    assert next_step(State(blockers={"NEW_CODE": "Something new."})).sentence == "Something new."
    assert "NEW_CODE" not in KIND_OF
