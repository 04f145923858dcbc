"""The Netherlands: table II, post a.6 Wet OB 1968; Article 12 Uitvoeringsbesluit OB 1968."""

from compliance.law.evidence import Kind
from compliance.law.facts import Carrier, Supply
from compliance.law.findings import wait
from compliance.law.packs import NOT_BEGUN, NOT_OPEN, Answer, Lacks, Route
from compliance.law.routes.parts import (
    has,
    naming_the_car,
    paid_by_buyer,
    received_freight_note,
    registration_of_buyer,
)

REGULAR_AFTER = 3  # deals before this one: court practice, not yet confirmed by an adviser


def books_and_records(s: Supply) -> Answer:
    """Books and records that agree: of the arrival, of the payment, and one more."""
    if not (received_freight_note(s) or registration_of_buyer(s)):
        return NOT_BEGUN
    more = (Kind.COMMERCIAL_SET, Kind.CARRIER_INVOICE, Kind.PICKUP_DECLARATION, Kind.TRANSPORT_ORDER)
    found = () if paid_by_buyer(s) else wait("BUYER_PAYMENT_PROOF_MISSING")
    if not any(has(s, kind) for kind in more):
        found += wait("SECOND_ITEM_MISSING")
    return Lacks(found, len(found)) if found else None


def pickup_declaration(s: Supply) -> Answer:
    """Besluit BWBR0014081: a regular customer who collects may declare where the car goes; not with cash."""
    if s.movement.carried_by is not Carrier.BUYER:
        return NOT_OPEN
    declared = naming_the_car(s, Kind.PICKUP_DECLARATION)
    if not declared:
        return NOT_BEGUN
    regular = (s.buyer.previous_deals or 0) >= REGULAR_AFTER
    if not regular or not paid_by_buyer(s):
        return Lacks(wait("NL_REGULAR_CUSTOMER", "ARRIVAL_PROOF_MISSING"))
    return (
        None
        if any(paper.says(paper.is_complete) for paper in declared)
        else Lacks(wait("CONFIRMATION_INCOMPLETE"))
    )


ROUTES = (
    Route("NL-books and records", ("Post a.6 Tabel II Wet OB 1968; Art. 12 Uitv.besl. OB 1968",), 3, "The signed CMR note or the registration abroad, bank proof of the payment, and the order", books_and_records),
    Route("NL-afhaalverklaring", ("Besluit BWBR0014081",), 1, "The pick-up declaration of a regular customer, and bank proof of the payment", pickup_declaration),
)  # fmt: skip
