"""What holds for every case, however odd: the verdict follows the blockers and nothing else."""

import ast
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import compliance
from compliance.case import (
    BuyerFacts,
    Case,
    InvoiceFacts,
    OrderFacts,
    PaymentFacts,
    Policy,
    TransportFacts,
    VehicleFacts,
    ViesFacts,
)
from compliance.rules import FATAL
from compliance.verdict import (
    Verdict,
    buyer_module,
    decide,
    invoice_module_status,
    invoice_status,
    next_change_at,
    order_status,
    payment_status,
    transport_status,
    vehicle_status,
)
from nt24.money import Money
from tests.compliance.cases import COLLECTED, FINAL, NOW, TODAY, a_case, a_collected_case

COUNTRIES = st.sampled_from(["DE", "NL", "FR", "GR", "EL", "XI", "GB"])
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(2026, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MONEY = st.builds(Money, st.sampled_from([0, 1, 500, 1000]), st.sampled_from(["EUR", "PLN"]))
TRANSPORT_TYPES = st.sampled_from(
    [
        "TRANSPORT_CMR",
        "TRANSPORT_CMR_DELIVERY",
        "TRANSPORT_PICKUP_DECLARATION",
        "TRANSPORT_CONFIRMATION_OF_ARRIVAL",
        "TRANSPORT_PICTURE_OF_TRANSPORT",
    ]
)
KYC_TYPES = st.sampled_from(
    ["COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_PASSPORT", "AML_DECLARATION", "BANK_STATEMENT"]
)

VIES = st.builds(
    ViesFacts,
    result=st.sampled_from(["VALID", "INVALID", None]),
    checked_at=st.none() | MOMENTS,
    outstanding=st.booleans(),
    outage=st.booleans(),
    frozen=st.booleans(),
)
BUYERS = st.builds(
    BuyerFacts,
    vat_country=COUNTRIES,
    company_name=st.sampled_from(["Muster Auto B.V.", "Ödland & Söhne", "…", ""]),
    blocked=st.booleans(),
    kyc_mode=st.sampled_from(["MARKETPLACE_LED", "NT24_LED"]),
    document_types=st.frozensets(KYC_TYPES),
    vies=VIES,
    verification_status=st.sampled_from(["NOT_STARTED", "IN_PROGRESS", "VERIFIED", "REJECTED"]),
    aml_status=st.sampled_from(["NOT_APPLICABLE", "PENDING", "CLEAR", "FLAGGED"]),
)


def invoices(kind: str) -> st.SearchStrategy[InvoiceFacts]:
    return st.builds(
        InvoiceFacts,
        type=st.just(kind),
        amount=MONEY,
        vat_included=st.booleans(),
        margin_scheme=st.booleans(),
        buyer_name=st.sampled_from(["", "Muster Auto BV"]) | st.text(max_size=8),
        has_pdf=st.booleans(),
        pdf_waiting=st.booleans(),
    )


PAYMENTS = st.builds(
    PaymentFacts,
    bank=MONEY,
    cash=MONEY,
    iban_known=st.booleans(),
    has_proof=st.booleans(),
    proof_waiting=st.booleans(),
    ready_for_pickup=st.booleans(),
)
VEHICLES = st.builds(
    VehicleFacts,
    vin=st.sampled_from(["VIN1", "VIN2"]),
    picked_up_on=st.none() | DAYS,
    collected_in=st.none() | COUNTRIES,
    delivered_on=st.none() | DAYS,
    delivered_in=st.none() | COUNTRIES,
)
TRANSPORTS = st.builds(
    TransportFacts,
    type=st.sampled_from(["SELF_PICKUP", "COMPANY_TRANSPORT", None]),
    vehicles=st.lists(VEHICLES, max_size=4).map(tuple),
    documents=st.lists(st.tuples(TRANSPORT_TYPES, DAYS), max_size=4).map(tuple),
    daily_checks_on=st.booleans(),
)


def cases_with(buyers: st.SearchStrategy[BuyerFacts]) -> st.SearchStrategy[Case]:
    odd = st.builds(
        Case,
        now=MOMENTS,
        on=DAYS,
        cancelled=st.booleans(),
        seller_country=COUNTRIES,
        buyer=buyers,
        order=st.builds(OrderFacts, total=MONEY, purchase_on=DAYS, vins=st.just(("VIN1",))),
        preliminary=st.none() | invoices("PRELIMINARY"),
        final=st.none() | invoices("FINAL"),
        payment=st.none() | PAYMENTS,
        transport=TRANSPORTS,
        policy=st.just(Policy()),
    )
    return odd.map(lambda case: replace(case, on=case.now.date()))


ODD_CASES = cases_with(BUYERS)


@st.composite
def near_valid_cases(draw: st.DrawFn) -> Case:
    """The valid export with a few parts replaced by odd ones, so that verdicts of every kind occur."""
    odd = draw(ODD_CASES)
    parts = ["cancelled", "buyer", "preliminary", "final", "payment", "transport", "seller_country"]
    swapped = draw(st.sets(st.sampled_from(parts), max_size=2))
    return replace(a_case(), **{part: getattr(odd, part) for part in swapped})


CASES = ODD_CASES | near_valid_cases()


def codes_of(verdict: Verdict) -> set[str]:
    return {blocker.code for blocker in verdict.blockers}


def assessed(verdict: Verdict) -> set[str]:
    """The codes that make the verdict: without the one that stands beside it."""
    return codes_of(verdict) - {"FINAL_INVOICE_VAT_MISMATCH"}


@given(CASES)
def test_everything_derived_is_defined_for_every_case(case: Case) -> None:
    verdict = decide(case)

    assert verdict.status in {"INCOMPLETE", "VALID", "INVALID"}
    assert buyer_module(case).status in {"INCOMPLETE", "VALID", "INVALID"}
    assert invoice_module_status(case, verdict.decision) in {
        "MISSING",
        "DRAFT",
        "SUBMITTED",
        "VALID",
        "INVALID",
    }
    assert payment_status(case) in {"MISSING", "DRAFT", "SUBMITTED", "VALID", "INVALID"}
    assert transport_status(case) in {"NOT_STARTED", "IN_PROGRESS", "PARTIAL", "DELIVERED"}
    assert order_status(case, verdict).isupper()
    assert all(vehicle_status(vehicle, verdict).isupper() for vehicle in case.transport.vehicles)


@given(CASES)
def test_valid_means_no_blockers_and_no_blockers_mean_valid(case: Case) -> None:
    assume(not case.cancelled)
    verdict = decide(case)

    assert (verdict.status == "VALID") is (not assessed(verdict))


@given(CASES)
def test_invalid_means_fatal_and_ready(case: Case) -> None:
    assume(not case.cancelled)
    verdict = decide(case)

    assert (verdict.status == "INVALID") is (bool(codes_of(verdict) & FATAL) and case.is_ready)


@given(CASES)
def test_decision_and_reasons_follow_the_status(case: Case) -> None:
    verdict = decide(case)

    decisions = {"VALID": "VALID_EXPORT", "INVALID": "VAT_APPLICABLE", "INCOMPLETE": None}
    assert verdict.decision == decisions[verdict.status]
    assert bool(verdict.basis) is (verdict.decision is not None)


@given(CASES)
def test_a_cancelled_order_has_no_blockers(case: Case) -> None:
    verdict = decide(replace(case, cancelled=True))

    assert (verdict.status, verdict.decision, verdict.blockers) == ("INCOMPLETE", None, ())


@given(CASES)
def test_a_code_appears_once_and_every_message_is_a_sentence(case: Case) -> None:
    verdict = decide(case)

    assert len(codes_of(verdict)) == len(verdict.blockers)
    assert all(blocker.message[0].isupper() and blocker.message.endswith(".") for blocker in verdict.blockers)


@given(CASES, TRANSPORT_TYPES, DAYS, KYC_TYPES)
def test_more_evidence_never_creates_a_blocker(
    case: Case, transport_type: str, dated: date, kyc_type: str
) -> None:
    assume(not case.cancelled)
    more = replace(
        case,
        buyer=replace(case.buyer, document_types=case.buyer.document_types | {kyc_type}),
        transport=replace(case.transport, documents=(*case.transport.documents, (transport_type, dated))),
    )

    assert assessed(decide(more)) <= assessed(decide(case))


@given(CASES, DAYS)
def test_evidence_no_rule_asks_for_changes_nothing(case: Case, dated: date) -> None:
    picture = ("TRANSPORT_PICTURE_OF_TRANSPORT", dated)
    more = replace(
        case,
        buyer=replace(case.buyer, document_types=case.buyer.document_types | {"CONTACT_FACE_PICTURE"}),
        transport=replace(case.transport, documents=(*case.transport.documents, picture)),
    )

    assert decide(more) == decide(case)


@given(CASES, st.booleans())
def test_an_outage_never_yields_a_fatal_blocker(case: Case, outstanding: bool) -> None:
    calm = replace(case.buyer.vies, outage=False, outstanding=False)
    stormy = replace(calm, outage=True, outstanding=outstanding)

    before = decide(replace(case, buyer=replace(case.buyer, vies=calm)))
    during = decide(replace(case, buyer=replace(case.buyer, vies=stormy)))

    assert codes_of(during) & FATAL == codes_of(before) & FATAL


@given(CASES)
def test_an_unanswered_check_is_never_an_invalid_number(case: Case) -> None:
    unanswered = replace(case.buyer.vies, result=None)

    codes = codes_of(decide(replace(case, buyer=replace(case.buyer, vies=unanswered))))

    assert "VIES_INVALID" not in codes
    assert case.cancelled or len(codes & {"VIES_NOT_CHECKED", "VIES_UNAVAILABLE"}) == 1


@given(CASES)
def test_the_vat_of_a_final_invoice_never_makes_or_changes_a_verdict(case: Case) -> None:
    exempt = replace(case, final=replace(FINAL, amount=case.order.total))
    taxed = replace(case, final=replace(FINAL, amount=case.order.total, vat_included=True))

    assert decide(taxed).status == decide(exempt).status
    assert decide(taxed).basis == decide(exempt).basis
    assert assessed(decide(taxed)) == assessed(decide(exempt))


@given(CASES)
def test_an_invoice_with_its_pdf_is_invalid_only_through_a_blocker_of_the_invoice_module(case: Case) -> None:
    assume(not case.cancelled)
    verdict = decide(case)
    judged = {invoice_status(case, invoice, verdict.decision) for invoice in case.invoices}

    if "INVALID" in judged:
        assert any(blocker.module == "invoice" for blocker in verdict.blockers)


@given(CASES)
def test_nothing_changes_before_the_next_change(case: Case) -> None:
    due = next_change_at(case)
    last_moment = (due or case.now + timedelta(days=400)) - timedelta(microseconds=1)

    assert due is None or due > case.now
    unchanged = replace(case, now=last_moment, on=last_moment.date())
    assert codes_of(decide(unchanged)) == codes_of(decide(case))


@given(
    st.lists(st.integers(min_value=0, max_value=90), min_size=1, max_size=3),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=24)),
    st.booleans(),
)
def test_at_the_next_change_the_clock_has_run_out_for_something(
    days_on_the_way: list[int], age: timedelta, daily: bool
) -> None:
    vehicles = tuple(
        replace(COLLECTED, picked_up_on=TODAY - timedelta(days=days)) for days in days_on_the_way
    )
    case = a_collected_case(
        transport__vehicles=vehicles,
        transport__documents=(),
        transport__daily_checks_on=daily,
        buyer__vies__checked_at=NOW - age,
    )

    due = next_change_at(case)

    assert due is not None
    assert codes_of(decide(replace(case, now=due, on=due.date()))) > codes_of(decide(case))


@pytest.mark.parametrize("module", ["case.py", "rules.py", "verdict.py"])
def test_the_rules_import_neither_framework_nor_clock(module: str) -> None:
    source = (Path(compliance.__file__).parent / module).read_text()
    nodes = list(ast.walk(ast.parse(source)))

    imported = {
        node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module
    }
    imported |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute)}

    ours = {"nt24", "buyers", "compliance"}
    assert imported <= ours | {"collections", "dataclasses", "datetime", "enum", "typing", "unicodedata"}
    assert not called & {"today", "utcnow", "fromtimestamp"}
