"""Belgium: Article 3 of Royal Decree no. 52 of 11 December 2019, circular 2020/C/50."""

from compliance.law.evidence import FREIGHT_NOTES, Kind, Paper, Role
from compliance.law.facts import Supply
from compliance.law.findings import wait
from compliance.law.packs import NOT_BEGUN, Answer, Lacks, Route
from compliance.law.routes.parts import has, naming_the_car, paid_by_buyer, received_freight_note

LONGEST = 3  # months that one document may cover
SMALLEST_SET = 3


def destination_document(s: Supply) -> Answer:
    """Signed by the customer; with numbers, invoices, price, place and month; elsewhere a second signature."""
    papers = naming_the_car(s, Kind.DESTINATION_DOCUMENT)
    if not papers:
        return NOT_BEGUN
    return None if any(map(is_whole, papers)) else Lacks(wait("BE_DESTINATION_DOCUMENT_INCOMPLETE"))


def is_whole(paper: Paper) -> bool:
    elsewhere = paper.place is not None and paper.place.is_third_partys
    signed = paper.is_signed_by(Role.BUYER) and (
        not elsewhere or paper.is_signed_by(Role.FOR_BUYER, Role.OTHER)
    )
    return signed and paper.says(paper.is_complete) and (paper.months_covered or 1) <= LONGEST


def set_of_documents(s: Supply) -> Answer:
    """No document is enough alone: at least three that agree, one of them of the arrival."""
    if not received_freight_note(s):
        return NOT_BEGUN
    others = (Kind.CARRIER_INVOICE, Kind.COMMERCIAL_SET, Kind.TRANSPORT_ORDER, Kind.TRANSPORT_INSURANCE)
    count = bool(naming_the_car(s, *FREIGHT_NOTES)) + sum(has(s, kind) for kind in others) + paid_by_buyer(s)
    return None if count >= SMALLEST_SET else Lacks(wait("SECOND_ITEM_MISSING"))


ROUTES = (
    Route("BE-AR52 document de destination", ("Art. 3 AR no. 52 of 11.12.2019",), 1, "The destination document, signed by the buyer", destination_document),
    Route("BE-set of documents", ("Art. 3 AR no. 52",), 3, "Three documents that agree: the signed CMR note, the freight invoice, order, payment", set_of_documents),
)  # fmt: skip
