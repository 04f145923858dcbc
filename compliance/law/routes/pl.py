"""Poland: Article 42 of the VAT Act."""

from compliance.law.evidence import Kind
from compliance.law.facts import Carrier, Supply
from compliance.law.findings import Finding, wait
from compliance.law.packs import NOT_BEGUN, NOT_OPEN, Answer, Lacks, Route
from compliance.law.routes.parts import (
    confirmed_by_buyer,
    has,
    naming_the_car,
    received_freight_note,
    registration_of_buyer,
    unsigned_freight_note,
)


def specification(s: Supply) -> tuple[Finding, ...]:
    return () if has(s, Kind.PACKING_SPEC) else wait("CARGO_SPECIFICATION_MISSING")


def freight_note_and_specification(s: Supply) -> Answer:
    """Article 42(3): the carrier's document from which the delivery follows, and the specification of the cargo."""
    if not (received_freight_note(s) or unsigned_freight_note(s)):
        return NOT_BEGUN
    found = specification(s) + (() if received_freight_note(s) else wait("CMR_BOX24_UNSIGNED"))
    return Lacks(found, len(found)) if found else None


def own_transport(s: Supply) -> Answer:
    """Article 42(4): names, places, goods, receipt abroad, kind and plate of the vehicle."""
    if s.movement.carried_by is Carrier.CARRIER:
        return NOT_OPEN
    papers = naming_the_car(s, Kind.PL_OWN_TRANSPORT)
    if not papers:
        return NOT_BEGUN
    whole = any(paper.says(paper.is_complete) and paper.says(paper.has_plate) for paper in papers)
    found = specification(s) + (() if whole else wait("PL_OWN_TRANSPORT_DOC_INCOMPLETE"))
    return Lacks(found, len(found)) if found else None


def completed_by_other_evidence(s: Supply) -> Answer:
    """Article 42(11), NSA I FPS 1/10: part of the documents, completed by others that show removal and receipt."""
    receipt = confirmed_by_buyer(s) or registration_of_buyer(s)
    if not receipt:
        return NOT_BEGUN
    more = (Kind.CARRIER_INVOICE, Kind.COMMERCIAL_SET, Kind.TRANSPORT_ORDER, Kind.CMR)
    found = specification(s) + (() if any(has(s, kind) for kind in more) else wait("SECOND_ITEM_MISSING"))
    return Lacks(found, len(found)) if found else None


ROUTES = (
    Route("PL-42(3)", ("Art. 42(3) Polish VAT Act",), 2, "The CMR note signed by the recipient, and the specification of the cargo", freight_note_and_specification, is_formal=True),
    Route("PL-42(4)", ("Art. 42(4) Polish VAT Act",), 2, "The document of own transport with the plate, and the specification of the cargo", own_transport, is_formal=True),
    Route("PL-42(11)", ("Art. 42(11) Polish VAT Act", "NSA I FPS 1/10"), 3, "The buyer's receipt, the specification of the cargo, and the freight invoice or correspondence", completed_by_other_evidence, is_formal=True),
)  # fmt: skip
