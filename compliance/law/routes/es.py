"""Spain: Article 13.2 RIVA; free evidence since February 2020 (DGT V1813-22)."""

from compliance.law.evidence import FREIGHT_NOTES, Kind, Role
from compliance.law.facts import Arranger, Supply
from compliance.law.findings import wait
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.eu import lacking_of_statement
from compliance.law.routes.parts import (
    confirmed_by_buyer,
    naming_the_car,
    received_freight_note,
    registration_of_buyer,
)


def means_of_the_seller(s: Supply) -> bool:
    """13.2.1: the contract of carriage, signed by the carrier, and the carrier's invoice."""
    contracts = naming_the_car(s, Kind.TRANSPORT_ORDER, *FREIGHT_NOTES)
    return bool(naming_the_car(s, Kind.CARRIER_INVOICE)) and any(
        c.is_signed_by(Role.CARRIER) for c in contracts
    )


def riva(s: Supply) -> Answer:
    """13.2.2: the buyer's acknowledgement, with a transport document or the registration abroad."""
    if s.movement.arranged_by is Arranger.SELLER and means_of_the_seller(s):
        return None
    transport = (
        received_freight_note(s) or registration_of_buyer(s) or bool(naming_the_car(s, Kind.CARRIER_INVOICE))
    )
    if confirmed_by_buyer(s):
        return None if transport else Lacks(wait("SECOND_ITEM_MISSING"))
    incomplete = lacking_of_statement(s) == wait("BUYER_STATEMENT_INCOMPLETE")
    return Lacks(lacking_of_statement(s)) if incomplete and transport else NOT_BEGUN


ROUTES = (
    Route("ES-13.2 RIVA", ("Art. 13.2 RIVA",), 2, "The contract of carriage and the carrier's invoice; or the buyer's acknowledgement and the registration abroad", riva),
)  # fmt: skip
