"""Cases for the rules: a finished, valid export by default, so that a test only says what is different."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

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
from nt24.money import Money

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TODAY = date(2026, 6, 15)
PURCHASED = date(2026, 5, 28)
PICKED_UP = date(2026, 6, 1)
DELIVERED = date(2026, 6, 4)
CHECKED_AT = datetime(2026, 6, 4, 6, 0, tzinfo=UTC)  # the delivery day's answer, kept
VIN = "WVWZZZ1JZXW000001"
OTHER_VIN = "WBA3A5C50CF256551"
TOTAL = Money(1_850_000, "EUR")

VIES = ViesFacts(result="VALID", checked_at=CHECKED_AT, outstanding=False, outage=False, frozen=True)
BUYER = BuyerFacts(
    vat_country="NL",
    company_name="Muster Auto B.V.",
    blocked=False,
    kyc_mode="MARKETPLACE_LED",
    document_types=frozenset({"COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_PASSPORT", "AML_DECLARATION"}),
    vies=VIES,
    verification_status="NOT_STARTED",
    aml_status="NOT_APPLICABLE",
)
ORDER = OrderFacts(total=TOTAL, purchase_on=PURCHASED, vins=(VIN,))
PRELIMINARY = InvoiceFacts(
    type="PRELIMINARY",
    amount=TOTAL,
    vat_included=False,
    margin_scheme=False,
    buyer_name="MUSTER AUTO BV",
    has_pdf=True,
    pdf_waiting=False,
)
FINAL = replace(PRELIMINARY, type="FINAL")
PAYMENT = PaymentFacts(
    bank=Money(1_600_000, "EUR"),
    cash=Money(250_000, "EUR"),
    iban_known=True,
    has_proof=True,
    proof_waiting=False,
    ready_for_pickup=True,
)
WAITING = VehicleFacts(VIN)
COLLECTED = VehicleFacts(VIN, picked_up_on=PICKED_UP, collected_in="DE")
ARRIVED = VehicleFacts(
    VIN, picked_up_on=PICKED_UP, collected_in="DE", delivered_on=DELIVERED, delivered_in="NL"
)
CMR_NOTES = (("TRANSPORT_CMR", PICKED_UP), ("TRANSPORT_CMR_DELIVERY", DELIVERED))
SELF_PICKUP_PROOFS = (
    ("TRANSPORT_PICKUP_DECLARATION", PICKED_UP),
    ("TRANSPORT_CONFIRMATION_OF_ARRIVAL", DELIVERED),
)
TRANSPORT = TransportFacts(
    type="COMPANY_TRANSPORT", vehicles=(ARRIVED,), documents=CMR_NOTES, daily_checks_on=False
)
DELIVERED_CASE = Case(
    now=NOW,
    on=TODAY,
    cancelled=False,
    seller_country="DE",
    buyer=BUYER,
    order=ORDER,
    preliminary=PRELIMINARY,
    final=None,
    payment=PAYMENT,
    transport=TRANSPORT,
    policy=Policy(),
)


def a_case(**changes: Any) -> Case:
    """The valid export with changes; `buyer__blocked=True` reaches into a part, `buyer__vies__…` deeper."""
    return changed(DELIVERED_CASE, **changes)


def changed(facts: Any, **changes: Any) -> Any:
    """A copy of frozen facts with `name=value` and `part__name=value` replaced."""
    for path, value in changes.items():
        name, _, rest = path.partition("__")
        facts = replace(facts, **{name: changed(getattr(facts, name), **{rest: value}) if rest else value})
    return facts


def an_empty_case(**changes: Any) -> Case:
    """An order just created for a buyer with a complete, checked file: no invoice, payment or transport."""
    return changed(
        DELIVERED_CASE,
        **{
            "preliminary": None,
            "payment": None,
            "transport": TransportFacts(type=None, vehicles=(WAITING,), documents=(), daily_checks_on=False),
            "buyer__vies__frozen": False,
            **changes,
        },
    )


def a_paid_case(**changes: Any) -> Case:
    """Invoiced and paid with proofs, not yet ready for pickup."""
    return an_empty_case(
        **{"preliminary": PRELIMINARY, "payment": replace(PAYMENT, ready_for_pickup=False), **changes}
    )


def a_ready_case(**changes: Any) -> Case:
    """Ready for pickup, nothing moved; daily checks run and the last one is six hours old."""
    return a_paid_case(
        **{
            "payment__ready_for_pickup": True,
            "transport__daily_checks_on": True,
            "buyer__vies__checked_at": datetime(2026, 6, 15, 6, 0, tzinfo=UTC),
            **changes,
        }
    )


def a_collected_case(**changes: Any) -> Case:
    """The vehicle is on its way with the company transport; the CMR note of the pickup is there."""
    return a_ready_case(
        **{
            "transport__type": "COMPANY_TRANSPORT",
            "transport__vehicles": (COLLECTED,),
            "transport__documents": CMR_NOTES[:1],
            **changes,
        }
    )


def a_self_pickup_case(**changes: Any) -> Case:
    """The valid export, collected by the buyer himself."""
    return a_case(**{"transport__type": "SELF_PICKUP", "transport__documents": SELF_PICKUP_PROOFS, **changes})


def a_mode_b_case(**changes: Any) -> Case:
    """The valid export to a buyer verified by NT24."""
    return a_case(
        **{
            "buyer__kyc_mode": "NT24_LED",
            "buyer__document_types": frozenset({"COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION"}),
            "buyer__verification_status": "VERIFIED",
            "buyer__aml_status": "CLEAR",
            **changes,
        }
    )
