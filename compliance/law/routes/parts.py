"""What the routes of several states ask for."""

from collections.abc import Iterator

from compliance.law.evidence import FREIGHT_NOTES, Kind, Paper, Role, is_independent, papers_of
from compliance.law.facts import Supply
from compliance.law.packs import NOT_BEGUN, Answer


def about_the_car(s: Supply, *kinds: Kind) -> Iterator[Paper]:
    """Papers that name the car, or no car at all; one that names others only says nothing of it."""
    return (paper for paper in papers_of(s, *kinds) if not paper.vins or paper.covers(s.car.vin))


def naming_the_car(s: Supply, *kinds: Kind) -> list[Paper]:
    return [paper for paper in papers_of(s, *kinds) if paper.covers(s.car.vin)]


def has(s: Supply, *kinds: Kind) -> bool:
    return next(about_the_car(s, *kinds), None) is not None


def is_in_destination(s: Supply, paper: Paper) -> bool:
    return paper.place is None or paper.place.country in (None, s.movement.to.country)


def registration_of_buyer(s: Supply) -> bool:
    """Registered where it went, in the buyer's name."""
    papers = naming_the_car(s, Kind.REGISTRATION)
    return any(paper.says(paper.holder_is_buyer) and is_in_destination(s, paper) for paper in papers)


def received_freight_note(s: Supply) -> bool:
    """A carrier's note that the buyer, or somebody authorised, signed on arrival."""
    notes = naming_the_car(s, *FREIGHT_NOTES)
    return any(is_independent(note) and note.is_signed_by(Role.BUYER, Role.FOR_BUYER) for note in notes)


def unsigned_freight_note(s: Supply) -> bool:
    notes = naming_the_car(s, *FREIGHT_NOTES)
    others = any(note.is_signed_by(Role.OTHER) for note in notes if note.signed is not None)
    return any(is_independent(note) for note in notes) and not received_freight_note(s) and not others


def confirmed_by_buyer(s: Supply) -> bool:
    """The buyer's own word that the car is there: a confirmation or the statement of Article 45a."""
    words = naming_the_car(s, Kind.ARRIVAL_CONFIRMATION, Kind.BUYER_STATEMENT_45A)
    return any(paper.is_signed_by(Role.BUYER, Role.FOR_BUYER) for paper in words)


def paid_by_buyer(s: Supply) -> bool:
    """Bank proof of the price, from the buyer's account."""
    return any(proof.says(proof.account_is_buyers) for proof in papers_of(s, Kind.PRICE_BANK_PROOF))


def authority_saw_it(s: Supply) -> Answer:
    """An authority or a notary of the state of arrival confirms it: objective evidence (CJEU C-146/05, C-639/24)."""
    seen = naming_the_car(s, Kind.PUBLIC_AUTHORITY_ARRIVAL, Kind.NOTARY_ARRIVAL)
    return None if any(is_in_destination(s, paper) for paper in seen) else NOT_BEGUN
