"""Czechia: § 64(5) ZDPH."""

from compliance.law.evidence import Kind
from compliance.law.facts import Supply
from compliance.law.findings import wait
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.parts import (
    confirmed_by_buyer,
    naming_the_car,
    paid_by_buyer,
    received_freight_note,
    registration_of_buyer,
)


def declaration(s: Supply) -> Answer:
    """A written declaration of the acquirer or an authorised third party, and other evidence that supports it."""
    by_third = any(paper.says(paper.is_complete) for paper in naming_the_car(s, Kind.FORWARDER_CERTIFICATE))
    if not (confirmed_by_buyer(s) or by_third):
        return NOT_BEGUN
    support = received_freight_note(s) or registration_of_buyer(s) or paid_by_buyer(s)
    return None if support else Lacks(wait("SECOND_ITEM_MISSING"))


ROUTES = (
    Route("CZ-64(5)", ("§ 64(5) ZDPH",), 1, "The buyer's or the forwarder's declaration, with the signed CMR note or bank proof of the payment", declaration),
)  # fmt: skip
