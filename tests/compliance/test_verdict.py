"""From blockers to a verdict, the statuses derived beside it, and when the clock alone changes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from buyers.kyc import NEEDS, missing_documents, overall_status, vies_result_shown
from compliance.case import Case, PaymentFacts, VehicleFacts
from compliance.rules import FATAL
from compliance.verdict import (
    EXEMPT_BECAUSE,
    TAXED_BECAUSE,
    BuyerModule,
    Verdict,
    amount_matches_invoice,
    buyer_module,
    cmr_uploaded,
    decide,
    invoice_module_status,
    invoice_status,
    next_change_at,
    order_status,
    payment_status,
    shown_invoice,
    transport_status,
    vehicle_status,
)
from nt24.money import Money
from tests.compliance.cases import (
    ARRIVED,
    CHECKED_AT,
    CMR_NOTES,
    COLLECTED,
    FINAL,
    NOW,
    OTHER_VIN,
    PAYMENT,
    PRELIMINARY,
    WAITING,
    a_case,
    a_collected_case,
    a_mode_b_case,
    a_paid_case,
    a_ready_case,
    an_empty_case,
    changed,
)

DAY_91 = date(2026, 8, 31)
SECOND_WAITING = replace(WAITING, vin=OTHER_VIN)
SECOND_COLLECTED = replace(COLLECTED, vin=OTHER_VIN)
SECOND_ARRIVED = replace(ARRIVED, vin=OTHER_VIN)


def codes_of(verdict: Verdict) -> list[str]:
    return [blocker.code for blocker in verdict.blockers]


# The verdict


def test_an_order_without_blockers_is_a_valid_export() -> None:
    assert decide(a_case()) == Verdict("VALID", "VALID_EXPORT", (), EXEMPT_BECAUSE)


def test_an_order_that_waits_for_something_is_incomplete() -> None:
    verdict = decide(a_collected_case())

    assert (verdict.status, verdict.decision, verdict.basis) == ("INCOMPLETE", None, ())
    assert codes_of(verdict) == ["DELIVERY_NOT_CONFIRMED"]


MODE_B = {
    "buyer__kyc_mode": "NT24_LED",
    "buyer__verification_status": "REJECTED",
    "buyer__aml_status": "CLEAR",
}
CAUSES = [
    ("VIES_INVALID", {"buyer__vies__result": "INVALID"}),
    ("VERIFICATION_REJECTED", MODE_B),
    ("VAT_ID_OF_DEPARTURE_STATE", {"buyer__vat_country": "DE"}),
    ("MARGIN_SCHEME", {"preliminary__margin_scheme": True}),
]
MOVED_CAUSES = [
    ("DESTINATION_NOT_CROSS_BORDER", {"transport__vehicles": (replace(ARRIVED, delivered_in="DE"),)}),
    ("EVIDENCE_DEADLINE_PASSED", {"on": DAY_91, "transport__documents": CMR_NOTES[:1]}),
]


def test_every_fatal_code_has_a_cause_in_these_tests() -> None:
    assert {code for code, _ in CAUSES + MOVED_CAUSES} == FATAL


@pytest.mark.parametrize(("code", "cause"), CAUSES)
def test_a_fatal_blocker_before_ready_for_pickup_leaves_the_order_incomplete(
    code: str, cause: dict[str, object]
) -> None:
    verdict = decide(a_paid_case(**cause))

    assert (verdict.status, verdict.decision, verdict.basis) == ("INCOMPLETE", None, ())
    assert code in codes_of(verdict)


@pytest.mark.parametrize(("code", "cause"), CAUSES)
def test_a_fatal_blocker_from_ready_for_pickup_on_makes_vat_applicable(
    code: str, cause: dict[str, object]
) -> None:
    verdict = decide(a_ready_case(**cause))

    assert (verdict.status, verdict.decision) == ("INVALID", "VAT_APPLICABLE")
    assert codes_of(verdict) == [code, "PICKUP_NOT_CONFIRMED"]
    assert verdict.basis == (TAXED_BECAUSE[code],)


@pytest.mark.parametrize(("code", "cause"), CAUSES + MOVED_CAUSES)
def test_a_fatal_blocker_after_delivery_makes_vat_applicable(code: str, cause: dict[str, object]) -> None:
    verdict = decide(a_case(**cause))

    assert (verdict.status, verdict.decision) == ("INVALID", "VAT_APPLICABLE")
    assert code in codes_of(verdict)
    assert verdict.basis == (TAXED_BECAUSE[code],)


def test_each_fatal_blocker_gives_its_reason() -> None:
    verdict = decide(
        a_case(
            buyer__vies__result="INVALID",
            preliminary__margin_scheme=True,
            transport__vehicles=(replace(ARRIVED, delivered_in="DE"),),
        )
    )

    assert verdict.status == "INVALID"
    assert verdict.basis == (
        TAXED_BECAUSE["VIES_INVALID"],
        TAXED_BECAUSE["MARGIN_SCHEME"],
        TAXED_BECAUSE["DESTINATION_NOT_CROSS_BORDER"],
    )


def test_an_order_whose_vehicle_has_left_is_further_than_ready() -> None:
    moved = replace(a_collected_case(buyer__vies__result="INVALID"), payment=None)

    assert decide(moved).status == "INVALID"


def test_a_flagged_buyer_waits_and_is_not_taxed() -> None:
    verdict = decide(a_mode_b_case(buyer__aml_status="FLAGGED"))

    assert (verdict.status, codes_of(verdict)) == ("INCOMPLETE", ["AML_FLAGGED"])


def test_timely_proof_uploaded_late_leaves_the_invalid_verdict() -> None:
    late = a_case(on=DAY_91, transport__documents=CMR_NOTES[:1])

    assert decide(late).status == "INVALID"
    assert decide(changed(late, transport__documents=CMR_NOTES)).status == "VALID"


@pytest.mark.parametrize("case", [a_case(), a_ready_case(buyer__vies__result="INVALID"), an_empty_case()])
def test_a_cancelled_order_is_not_assessed(case: Case) -> None:
    cancelled = replace(case, cancelled=True)

    assert decide(cancelled) == Verdict("INCOMPLETE", None, (), ())
    assert order_status(cancelled, decide(cancelled)) == "CANCELLED"
    assert next_change_at(cancelled) is None


def test_a_final_invoice_with_vat_stands_beside_a_valid_export() -> None:
    verdict = decide(a_case(final=replace(FINAL, vat_included=True, amount=Money(2_201_500, "EUR"))))

    assert (verdict.status, verdict.decision) == ("VALID", "VALID_EXPORT")
    assert codes_of(verdict) == ["FINAL_INVOICE_VAT_MISMATCH"]


def test_a_final_invoice_without_vat_stands_beside_vat_applicable() -> None:
    verdict = decide(a_case(final=FINAL, buyer__vies__result="INVALID"))

    assert (verdict.status, verdict.decision) == ("INVALID", "VAT_APPLICABLE")
    assert codes_of(verdict) == ["VIES_INVALID", "FINAL_INVOICE_VAT_MISMATCH"]


def test_a_final_invoice_with_vat_agrees_with_vat_applicable() -> None:
    taxed = replace(FINAL, vat_included=True, amount=Money(2_201_500, "EUR"))

    assert codes_of(decide(a_case(final=taxed, buyer__vies__result="INVALID"))) == ["VIES_INVALID"]


# The buyer module and the KYC table


def test_a_complete_mode_a_buyer_is_valid_and_shows_no_verification() -> None:
    assert buyer_module(a_case()) == BuyerModule(
        status="VALID",
        vies_last_checked_at=CHECKED_AT,
        vies_result="VALID",
        documents_complete=True,
        missing_documents=(),
        kyc_verification_status=None,
    )


def test_an_unchecked_mode_b_buyer_shows_what_it_waits_for() -> None:
    case = a_mode_b_case(
        buyer__vies__result=None,
        buyer__vies__checked_at=None,
        buyer__vies__outstanding=True,
        buyer__verification_status="IN_PROGRESS",
        buyer__document_types=frozenset({"COC_ARTICLES_OF_ASSOCIATION"}),
    )

    assert buyer_module(case) == BuyerModule(
        status="INCOMPLETE",
        vies_last_checked_at=None,
        vies_result="PENDING",
        documents_complete=False,
        missing_documents=("VAT_*", "AML_DECLARATION"),
        kyc_verification_status="IN_PROGRESS",
    )


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (a_case(buyer__vies__result="INVALID"), "INVALID"),
        (a_mode_b_case(buyer__verification_status="REJECTED"), "INVALID"),
        (a_case(buyer__vat_country="DE"), "INVALID"),
        (a_case(buyer__blocked=True), "INCOMPLETE"),
        (a_mode_b_case(buyer__aml_status="FLAGGED"), "INCOMPLETE"),
        (a_mode_b_case(), "VALID"),
        (replace(a_case(), cancelled=True), "VALID"),
    ],
)
def test_the_buyer_module_follows_the_buyers_blockers(case: Case, status: str) -> None:
    assert buyer_module(case).status == status


@pytest.mark.parametrize(
    ("last_completed", "outstanding", "shown"),
    [
        (None, False, "UNKNOWN"),
        (None, True, "PENDING"),
        ("VALID", False, "VALID"),
        ("VALID", True, "VALID"),
        ("INVALID", True, "INVALID"),
        ("INVALID", False, "INVALID"),
    ],
)
def test_the_last_vies_answer_stays_while_a_check_runs(
    last_completed: str | None, outstanding: bool, shown: str
) -> None:
    assert vies_result_shown(last_completed, outstanding) == shown


def test_each_kyc_mode_needs_the_documents_of_the_contract() -> None:
    assert {mode: [need.name for need in needs] for mode, needs in NEEDS.items()} == {
        "MARKETPLACE_LED": [
            "COC_*",
            "VAT_*",
            "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE",
            "AML_DECLARATION",
        ],
        "NT24_LED": ["COC_*", "VAT_*", "AML_DECLARATION"],
    }


@pytest.mark.parametrize(
    ("document_type", "still_missing"),
    [
        ("COC_EXTRACT", ["VAT_*", "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"]),
        (
            "COC_ARTICLES_OF_ASSOCIATION",
            ["VAT_*", "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"],
        ),
        ("VAT_VIES_CONFIRMATION", ["COC_*", "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"]),
        ("CONTACT_DRIVING_LICENCE", ["COC_*", "VAT_*"]),
        ("CONTACT_ID_CARD", ["COC_*", "VAT_*"]),
        (
            "CONTACT_FACE_PICTURE",
            ["COC_*", "VAT_*", "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"],
        ),
        ("BANK_STATEMENT", ["COC_*", "VAT_*", "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"]),
    ],
)
def test_a_document_meets_the_need_of_its_family(document_type: str, still_missing: list[str]) -> None:
    assert missing_documents("MARKETPLACE_LED", {document_type, "AML_DECLARATION"}) == still_missing


@pytest.mark.parametrize(
    ("mode", "missing", "vies", "verification", "aml", "status"),
    [
        ("MARKETPLACE_LED", [], "VALID", "NOT_STARTED", "NOT_APPLICABLE", "VALID"),
        ("MARKETPLACE_LED", ["VAT_*"], "VALID", "NOT_STARTED", "NOT_APPLICABLE", "INCOMPLETE"),
        ("MARKETPLACE_LED", [], None, "NOT_STARTED", "NOT_APPLICABLE", "INCOMPLETE"),
        ("MARKETPLACE_LED", [], "PENDING", "NOT_STARTED", "NOT_APPLICABLE", "INCOMPLETE"),
        ("MARKETPLACE_LED", [], "UNKNOWN", "NOT_STARTED", "NOT_APPLICABLE", "INCOMPLETE"),
        ("MARKETPLACE_LED", ["VAT_*"], "INVALID", "NOT_STARTED", "NOT_APPLICABLE", "INVALID"),
        ("NT24_LED", [], "VALID", "VERIFIED", "CLEAR", "VALID"),
        ("NT24_LED", [], "VALID", "IN_PROGRESS", "CLEAR", "INCOMPLETE"),
        ("NT24_LED", [], "VALID", "VERIFIED", "PENDING", "INCOMPLETE"),
        ("NT24_LED", [], "VALID", "VERIFIED", "FLAGGED", "INCOMPLETE"),
        ("NT24_LED", [], "VALID", "REJECTED", "PENDING", "INVALID"),
        ("NT24_LED", ["COC_*"], "INVALID", "VERIFIED", "CLEAR", "INVALID"),
    ],
)
def test_the_overall_status_of_a_buyer_follows_the_contract(
    mode: str, missing: list[str], vies: str | None, verification: str, aml: str, status: str
) -> None:
    assert overall_status(mode, missing, vies, verification, aml) == status


# Invoice and payment


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (a_case(preliminary__has_pdf=False), "DRAFT"),
        (a_case(preliminary__has_pdf=False, preliminary__pdf_waiting=True), "SUBMITTED"),
        (a_case(preliminary__has_pdf=False, preliminary__margin_scheme=True), "DRAFT"),
        (a_case(), "VALID"),
        (a_case(preliminary__amount=Money(1, "EUR")), "INVALID"),
        (a_case(preliminary__vat_included=True), "INVALID"),
        (a_case(preliminary__buyer_name="Anders B.V."), "INVALID"),
        (a_case(preliminary__margin_scheme=True), "INVALID"),
        (a_case(final=replace(FINAL, margin_scheme=True)), "VALID"),  # the other invoice's fault
    ],
)
def test_a_preliminary_invoice_is_judged_by_its_own_checks(case: Case, status: str) -> None:
    assert case.preliminary is not None
    assert invoice_status(case, case.preliminary, None) == status


@pytest.mark.parametrize(
    ("changes", "decision", "status"),
    [
        ({}, None, "VALID"),
        ({}, "VALID_EXPORT", "VALID"),
        ({}, "VAT_APPLICABLE", "INVALID"),
        ({"vat_included": True}, "VAT_APPLICABLE", "VALID"),
        ({"vat_included": True}, "VALID_EXPORT", "INVALID"),
        ({"has_pdf": False}, "VAT_APPLICABLE", "DRAFT"),
    ],
)
def test_a_final_invoice_is_judged_with_the_decision(
    changes: dict[str, bool], decision: str | None, status: str
) -> None:
    final = replace(FINAL, **changes)  # type: ignore[arg-type]  # only the flags change

    assert invoice_status(a_case(final=final, preliminary__vat_included=True), final, decision) == status


def test_the_invoice_module_shows_the_final_invoice_before_the_preliminary_one() -> None:
    assert shown_invoice(an_empty_case()) is None
    assert invoice_module_status(an_empty_case(), None) == "MISSING"
    assert shown_invoice(a_case()) == PRELIMINARY
    assert invoice_module_status(a_case(), "VALID_EXPORT") == "VALID"
    assert shown_invoice(a_case(final=FINAL)) == FINAL
    assert invoice_module_status(a_case(final=FINAL), "VAT_APPLICABLE") == "INVALID"


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (an_empty_case(), "MISSING"),
        (a_paid_case(payment__has_proof=False), "DRAFT"),
        (a_paid_case(payment__has_proof=False, payment__proof_waiting=True), "SUBMITTED"),
        (a_paid_case(preliminary=None), "SUBMITTED"),
        (a_paid_case(preliminary=None, payment__iban_known=False), "INVALID"),
        (a_paid_case(payment__iban_known=False), "INVALID"),
        (a_paid_case(payment__cash=Money(0, "EUR")), "INVALID"),
        (a_paid_case(), "VALID"),
        (a_case(), "VALID"),
    ],
)
def test_a_payment_is_judged_once_its_proof_and_an_invoice_are_there(case: Case, status: str) -> None:
    assert payment_status(case) == status


@pytest.mark.parametrize(
    ("payment", "matches"),
    [
        (PAYMENT, True),
        (replace(PAYMENT, bank=Money(1_850_000, "EUR"), cash=Money(0, "EUR")), True),
        (replace(PAYMENT, bank=Money(1_599_999, "EUR")), False),
        (replace(PAYMENT, bank=Money(1_600_000, "PLN"), cash=Money(250_000, "PLN")), False),
        (None, False),
    ],
)
def test_an_amount_matches_when_bank_and_cash_are_the_invoice(
    payment: PaymentFacts | None, matches: bool
) -> None:
    assert amount_matches_invoice(a_case(payment=payment)) is matches


def test_an_amount_matches_nothing_while_there_is_no_preliminary_invoice() -> None:
    assert amount_matches_invoice(a_case(preliminary=None, final=FINAL)) is False


# Transport, vehicles, order


@pytest.mark.parametrize(
    ("vehicles", "status"),
    [
        ((WAITING,), "NOT_STARTED"),
        ((WAITING, SECOND_WAITING), "NOT_STARTED"),
        ((COLLECTED,), "IN_PROGRESS"),
        ((COLLECTED, SECOND_COLLECTED), "IN_PROGRESS"),
        ((COLLECTED, SECOND_WAITING), "PARTIAL"),
        ((ARRIVED, SECOND_COLLECTED), "PARTIAL"),
        ((ARRIVED, SECOND_WAITING), "PARTIAL"),
        ((ARRIVED,), "DELIVERED"),
        ((ARRIVED, SECOND_ARRIVED), "DELIVERED"),
    ],
)
def test_transport_is_partial_as_soon_as_the_vehicles_differ(
    vehicles: tuple[VehicleFacts, ...], status: str
) -> None:
    assert transport_status(a_case(transport__vehicles=vehicles)) == status


def test_a_cmr_note_counts_as_uploaded_with_the_pickups_type() -> None:
    assert cmr_uploaded(a_collected_case()) is True
    assert cmr_uploaded(a_case(transport__documents=CMR_NOTES[1:])) is False


@pytest.mark.parametrize(
    ("case", "vehicle", "status"),
    [
        (an_empty_case(), WAITING, "PENDING"),
        (a_paid_case(), WAITING, "PENDING"),
        (a_ready_case(), WAITING, "PENDING"),
        (a_collected_case(), COLLECTED, "TRANSPORT_PENDING"),
        (
            a_collected_case(transport__vehicles=(COLLECTED, SECOND_WAITING)),
            SECOND_WAITING,
            "PENDING",
        ),
        (a_case(buyer__blocked=True), ARRIVED, "DELIVERED"),
        (a_case(), ARRIVED, "VALID"),
        (a_ready_case(buyer__vies__result="INVALID"), WAITING, "INVALID"),
        (replace(a_collected_case(), cancelled=True), COLLECTED, "TRANSPORT_PENDING"),
    ],
)
def test_a_vehicle_shows_how_far_it_came_until_the_verdict(
    case: Case, vehicle: VehicleFacts, status: str
) -> None:
    assert vehicle_status(vehicle, decide(case)) == status


@pytest.mark.parametrize(
    ("case", "status"),
    [
        (an_empty_case(), "CREATED"),
        (an_empty_case(preliminary=PRELIMINARY), "INVOICE_SUBMITTED"),
        (an_empty_case(payment=replace(PAYMENT, ready_for_pickup=False)), "PAYMENT_SUBMITTED"),
        (a_paid_case(), "PAYMENT_SUBMITTED"),
        (a_ready_case(), "READY_FOR_PICKUP"),
        (a_collected_case(), "TRANSPORT_IN_PROGRESS"),
        (a_collected_case(transport__vehicles=(COLLECTED, SECOND_WAITING)), "TRANSPORT_IN_PROGRESS"),
        (a_case(transport__vehicles=(ARRIVED, SECOND_COLLECTED)), "TRANSPORT_IN_PROGRESS"),
        (a_case(transport__documents=()), "TRANSPORT_COMPLETED"),
        (a_case(), "COMPLIANCE_VALID"),
        (a_ready_case(buyer__vies__result="INVALID"), "COMPLIANCE_INVALID"),
    ],
)
def test_an_order_shows_the_furthest_point_reached(case: Case, status: str) -> None:
    assert order_status(case, decide(case)) == status


def test_a_revoked_pickup_steps_back() -> None:
    revoked = changed(a_collected_case(), transport__vehicles=(WAITING,), transport__type=None)

    assert order_status(revoked, decide(revoked)) == "READY_FOR_PICKUP"
    assert codes_of(decide(revoked)) == ["PICKUP_NOT_CONFIRMED"]


# Time


def test_a_daily_check_turns_stale_one_tick_after_24_hours() -> None:
    case = a_ready_case(buyer__vies__checked_at=datetime(2026, 6, 15, 6, 0, tzinfo=UTC))

    due = next_change_at(case)

    assert due == datetime(2026, 6, 16, 6, 0, 0, 1, tzinfo=UTC)
    assert "VIES_PENDING" not in codes_of(decide(replace(case, now=due - timedelta(microseconds=1))))
    assert "VIES_PENDING" in codes_of(decide(replace(case, now=due)))


def test_missing_delivery_proof_becomes_fatal_at_midnight_after_day_90() -> None:
    case = a_collected_case(buyer__vies__outstanding=True)

    due = next_change_at(case)

    assert due == datetime(2026, 8, 31, 0, 0, tzinfo=UTC)
    assert decide(replace(case, now=due - timedelta(seconds=1), on=date(2026, 8, 30))).status == "INCOMPLETE"
    assert decide(replace(case, now=due, on=date(2026, 8, 31))).status == "INVALID"


def test_the_earliest_change_comes_first() -> None:
    second = replace(SECOND_COLLECTED, picked_up_on=date(2026, 5, 30))
    both = a_collected_case(transport__vehicles=(COLLECTED, second))

    assert next_change_at(both) == datetime(2026, 6, 16, 6, 0, 0, 1, tzinfo=UTC)
    assert next_change_at(changed(both, transport__daily_checks_on=False)) == datetime(
        2026, 8, 29, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "case",
    [
        a_case(),  # delivered with proof
        an_empty_case(),
        a_ready_case(buyer__vies__outstanding=True),
        a_ready_case(buyer__vies__checked_at=NOW - timedelta(hours=25)),
        a_ready_case(buyer__vies__frozen=True),
        a_ready_case(buyer__vies__result=None, buyer__vies__checked_at=None),
        a_ready_case(transport__daily_checks_on=False),
        a_collected_case(on=DAY_91, transport__daily_checks_on=False),
    ],
)
def test_the_clock_alone_changes_nothing_where_nothing_runs_out(case: Case) -> None:
    assert next_change_at(case) is None
