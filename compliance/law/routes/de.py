"""Germany: §§ 17a to 17c UStDV, § 6a UStG."""

from compliance.law.evidence import FREIGHT_NOTES, Kind, Paper, Role, is_independent, papers_of
from compliance.law.facts import Arranger, Carrier, Supply
from compliance.law.findings import Finding, flag, review, tax, wait
from compliance.law.packs import NOT_BEGUN, NOT_OPEN, Answer, Lacks, Route
from compliance.law.routes.parts import (
    about_the_car,
    authority_saw_it,
    is_in_destination,
    naming_the_car,
    paid_by_buyer,
    registration_of_buyer,
)

LANGUAGES_OF_MODELS = ("de", "en", "fr")  # UStAE 6a.4(5) sentence 7
LONGEST_COLLECTIVE = 3  # months: § 17b(2) sentence 4 UStDV


def confirmation_of_arrival(s: Supply) -> Answer:
    """§ 17b(2): the buyer confirms place and month of the arrival of this car. Several documents may be one (last sentence)."""
    parts = list(about_the_car(s, Kind.ARRIVAL_CONFIRMATION))
    if not parts:
        return NOT_BEGUN
    found = lacking_of_content(s, parts) + lacking_of_signature(parts)
    if any(p.language and p.language not in LANGUAGES_OF_MODELS and not p.is_translated for p in parts):
        found += wait("TRANSLATION_MISSING")
    return Lacks(found) if found else None


def lacking_of_content(s: Supply, parts: list[Paper]) -> tuple[Finding, ...]:
    if not any(part.covers(s.car.vin) for part in parts):
        return wait("VIN_MISSING_ON_PROOF")
    place = any(part.names_city() for part in parts)
    month = any(part.names(part.month) for part in parts)
    whole = all(
        any(part.says(part.stated.get(name)) for part in parts)
        for name in ("buyerNameAddress", "quantityDescription")
    )
    short = all((part.months_covered or 1) <= LONGEST_COLLECTIVE for part in parts)
    return () if place and month and whole and short else wait("CONFIRMATION_INCOMPLETE")


def lacking_of_signature(parts: list[Paper]) -> tuple[Finding, ...]:
    """Signed by the buyer or a person authorised to accept; or sent electronically from the buyer's sphere (no. 2(e))."""
    if any(part.from_buyers_sphere or part.is_signed_by(Role.BUYER, Role.FOR_BUYER) for part in parts):
        return ()
    if any(part.is_signed_by(Role.UNKNOWN) for part in parts):
        return review("AUTHORITY_OF_COLLECTOR_MISSING")
    by_another = any(part.is_signed_by(Role.OTHER, Role.CARRIER, Role.SENDER) for part in parts)
    sent_by_another = any(part.from_buyers_sphere is False for part in parts)
    return wait("CONFIRMATION_NOT_FROM_BUYER" if by_another or sent_by_another else "CONFIRMATION_INCOMPLETE")


def freight_note(s: Supply) -> Answer:
    """§ 17b(3) no. 1(a): a freight note signed by the principal of the carrier and by the recipient."""
    notes = [note for note in about_the_car(s, *FREIGHT_NOTES) if is_independent(note)]
    lacking = [
        lacking_of_note(s, note) for note in notes if note.signed is None or not note.is_signed_by(Role.OTHER)
    ]
    if not lacking:
        return NOT_BEGUN
    best = min(lacking, key=len)
    return Lacks(best, len(best)) if best else None


def lacking_of_note(s: Supply, note: Paper) -> tuple[Finding, ...]:
    found = () if note.covers(s.car.vin) else wait("VIN_MISSING_ON_PROOF")
    if not note.is_signed_by(Role.SENDER):
        found += wait("CMR_BOX22_UNSIGNED")
    if not note.is_signed_by(Role.BUYER, Role.FOR_BUYER):
        found += wait("CMR_BOX24_UNSIGNED")
    return found


def forwarders_certificate(s: Supply) -> Answer:
    """§ 17b(3) no. 1(b): the forwarder certifies, after the end of the carriage, place and month of arrival."""
    papers = list(about_the_car(s, Kind.FORWARDER_CERTIFICATE))
    if not papers:
        return NOT_BEGUN
    if not any(paper.covers(s.car.vin) for paper in papers):
        return Lacks(wait("VIN_MISSING_ON_PROOF"))
    whole = any(paper.says(paper.is_complete) and paper.names(paper.month) for paper in papers)
    return None if whole else Lacks(wait("CONFIRMATION_INCOMPLETE"))


def order_and_log(s: Supply) -> Answer:
    """§ 17b(3) no. 1(c): the written order and the carrier's log of the transport, without a gap, to the delivery."""
    logs = list(about_the_car(s, Kind.TRACKING_LOG))
    if not logs:
        return NOT_BEGUN
    to_the_end = any(
        log.covers(s.car.vin) and log.says(log.is_gap_free) and is_in_destination(s, log) for log in logs
    )
    found = () if to_the_end else wait("ARRIVAL_PROOF_MISSING")
    if not next(papers_of(s, Kind.TRANSPORT_ORDER), None):
        found += wait("SECOND_ITEM_MISSING")
    return Lacks(found, len(found)) if found else None


def forwarders_assurance(s: Supply) -> Answer:
    """§ 17b(3) no. 2: the buyer's forwarder assures the transport, and the price came from the buyer's account."""
    if s.movement.arranged_by is not Arranger.BUYER or s.movement.carried_by is not Carrier.CARRIER:
        return NOT_OPEN
    if not naming_the_car(s, Kind.FORWARDER_ASSURANCE):
        return NOT_BEGUN
    return None if paid_by_buyer(s) else Lacks(wait("BUYER_PAYMENT_PROOF_MISSING"))


def union_transit(s: Supply) -> Answer:
    """§ 17b(3) no. 3: the office of departure confirms that the transit procedure was discharged."""
    return None if naming_the_car(s, Kind.UNION_TRANSIT) else NOT_BEGUN


def registered_in_the_buyers_name(s: Supply) -> Answer:
    """§ 17b(3) no. 5: the buyer drove it; the state of arrival registered it for the buyer. A plain copy is enough."""
    if s.movement.carried_by is not Carrier.BUYER:
        return NOT_OPEN
    if not naming_the_car(s, Kind.REGISTRATION):
        return NOT_BEGUN
    return None if registration_of_buyer(s) else Lacks(wait("REGISTRATION_NOT_IN_BUYERS_NAME"))


def objective(s: Supply) -> Answer:
    """Beyond doubt without the formal document (CJEU C-146/05 Collée; BFH V R 59/03)."""
    if authority_saw_it(s) is None:
        return None
    strong = s.movement.carried_by is not Carrier.BUYER and registration_of_buyer(s)
    return Lacks(review("ARRIVAL_PROOF_MISSING")) if strong else NOT_BEGUN


def good_faith(s: Supply) -> Answer:
    """§ 6a(4) UStG: the buyer deceived a careful dealer, who checked the number, the collector and the payment."""
    if not any(paper.is_forged for paper in s.papers):
        return NOT_OPEN
    found: tuple[Finding, ...] = ()
    authorities = papers_of(s, Kind.POWER_OF_ATTORNEY)
    if s.movement.by_agent and not any(paper.says(paper.is_special) for paper in authorities):
        found += tax("AUTHORITY_OF_COLLECTOR_MISSING")
    if s.movement.carried_by is Carrier.BUYER and not next(papers_of(s, Kind.COLLECTOR_ID), None):
        found += tax("COLLECTOR_ID_MISSING")
    if not found and not paid_by_buyer(s):
        found += tax("BUYER_PAYMENT_PROOF_MISSING")
    if not found and not any(check.is_qualified for check in s.checks):
        found += tax("QUALIFIED_MISMATCH")
    return Lacks(found) if found else None


def translation(s: Supply) -> tuple[Finding, ...]:
    """§ 87(2) AO: the office may ask for a translation of what an authority abroad wrote."""
    foreign = naming_the_car(s, Kind.REGISTRATION) and s.movement.to.country not in ("AT", "LU")
    return flag("TRANSLATION_MAY_BE_ASKED") if foreign and s.movement.carried_by is Carrier.BUYER else ()


ROUTES = (
    Route("DE-17b-2 Gelangensbestaetigung", ("§ 17b(2) UStDV",), 1, "The buyer's confirmation of arrival with VIN, place and month", confirmation_of_arrival, is_formal=True),
    Route("DE-17b-3-1a CMR", ("§ 17b(3) no. 1(a) UStDV",), 2, "The CMR note with VIN, signed in boxes 22 and 24", freight_note, is_formal=True),
    Route("DE-17b-3-1b Spediteurbescheinigung", ("§ 17b(3) no. 1(b) UStDV",), 2, "The forwarder's certificate with VIN, place and month", forwarders_certificate, is_formal=True),
    Route("DE-17b-3-1c Tracking", ("§ 17b(3) no. 1(c) UStDV",), 2, "The transport order and the carrier's log up to the delivery", order_and_log, is_formal=True),
    Route("DE-17b-3-2 Spediteurversicherung+Bankzahlung", ("§ 17b(3) no. 2 UStDV",), 2, "The assurance of the buyer's forwarder, and bank proof of payment from the buyer's account", forwarders_assurance, is_formal=True),
    Route("DE-17b-3-3 Unionsversand", ("§ 17b(3) no. 3 UStDV",), 3, "The discharge of the transit procedure", union_transit, is_formal=True),
    Route("DE-17b-3-5 Zulassung", ("§ 17b(3) no. 5 UStDV",), 1, "A copy of the registration abroad in the buyer's name", registered_in_the_buyers_name, is_formal=True),
    Route("DE-objective", ("CJEU C-146/05 Collée", "BFH V R 59/03", "CJEU C-639/24"), 5, "The confirmation of an authority abroad", objective),
    Route("DE-6a-4 Vertrauensschutz", ("§ 6a(4) UStG", "CJEU C-409/04 Teleos"), 5, "What shows the care of the seller", good_faith),
)  # fmt: skip
