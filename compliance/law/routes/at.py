"""Austria: VO BGBl. 401/1996."""

from compliance.law.evidence import FREIGHT_NOTES, Kind, Role, is_independent, papers_of
from compliance.law.facts import Carrier, Supply
from compliance.law.findings import Finding, wait
from compliance.law.packs import NOT_BEGUN, NOT_OPEN, Answer, Lacks, Route
from compliance.law.routes.parts import authority_saw_it, has, naming_the_car


def lock(s: Supply) -> tuple[Finding, ...]:
    """§ 9: the car is locked in the approval database, so that it cannot be registered in Austria."""
    return () if has(s, Kind.REGISTRATION_LOCK) else wait("AT_REGISTRATION_LOCK_MISSING")


def own_carriage(s: Supply) -> Answer:
    """§ 2: the buyer, or an agent, collects and declares where the car goes."""
    if s.movement.carried_by is not Carrier.BUYER:
        return NOT_OPEN
    words = naming_the_car(s, Kind.PICKUP_DECLARATION, Kind.ARRIVAL_CONFIRMATION)
    if not words and not has(s, Kind.DELIVERY_NOTE):
        return NOT_BEGUN
    named = any(paper.names_city() for paper in [*words, *naming_the_car(s, Kind.DELIVERY_NOTE)])
    found = () if words and named else wait("CONFIRMATION_INCOMPLETE")
    if not next(papers_of(s, Kind.COLLECTOR_ID), None):
        found += wait("COLLECTOR_ID_MISSING")
    authorities = papers_of(s, Kind.POWER_OF_ATTORNEY)
    if s.movement.by_agent and not any(paper.says(paper.is_special) for paper in authorities):
        found += wait("AUTHORITY_OF_COLLECTOR_MISSING")
    found += lock(s)
    return Lacks(found, len(found)) if found else None


def dispatch(s: Supply) -> Answer:
    """§ 3: a freight note proves the dispatch by itself."""
    notes = [note for note in naming_the_car(s, *FREIGHT_NOTES) if is_independent(note)]
    if not any(note.is_signed_by(Role.CARRIER) for note in notes):
        return NOT_BEGUN
    return Lacks(lock(s)) if lock(s) else None


ROUTES = (
    Route("AT-401/1996-2", ("VO BGBl. 401/1996 §§ 2, 9",), 2, "The collector's declaration with the place, an identity document, and the registration lock", own_carriage, is_formal=True),
    Route("AT-401/1996-3", ("VO BGBl. 401/1996 §§ 3, 9",), 2, "The freight note and the registration lock", dispatch, is_formal=True),
    Route("AT-objective", ("UFS RV/0081-F/09",), 5, "The confirmation of an authority abroad", authority_saw_it),
)  # fmt: skip
