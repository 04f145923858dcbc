"""The presumption of Article 45a of Implementing Regulation (EU) 282/2011, open in every member state."""

from itertools import product

from compliance.law.days import in_next_month
from compliance.law.evidence import (
    FREIGHT_NOTES,
    LIST_A,
    LIST_B,
    Kind,
    Paper,
    Role,
    is_independent,
    papers_of,
)
from compliance.law.facts import Arranger, Supply
from compliance.law.findings import Finding, flag, review, wait
from compliance.law.packs import NOT_BEGUN, NOT_OPEN, Answer, Lacks, Route
from compliance.law.routes.parts import about_the_car, is_in_destination

NEEDS_NO_VIN = frozenset({Kind.FREIGHT_BANK_PROOF})  # a bank statement names the invoice
STATEMENT_DUE = 10  # of the next month
STATED = ("namesDestination", "namesArrivalPlaceDate", "namesPersonWhoAccepted")


def items(s: Supply) -> list[Paper]:
    """What may be one of the two items: a freight note is signed by its carrier, storage is where the car went."""
    return [
        paper
        for paper in about_the_car(s, *LIST_A, *LIST_B)
        if not (paper.kind in FREIGHT_NOTES and not paper.is_signed_by(Role.CARRIER))
        and not (paper.kind is Kind.WAREHOUSE_RECEIPT and not is_in_destination(s, paper))
    ]


def names_the_car(s: Supply, paper: Paper) -> bool:
    return paper.kind in NEEDS_NO_VIN or paper.covers(s.car.vin)


def differ(one: Paper, other: Paper) -> bool:
    """Two papers of two parties. Where nobody is named, two papers of one kind may be one paper filed twice."""
    if one is other:
        return False
    return one.issuer != other.issuer if one.issuer and other.issuer else one.kind is not other.kind


def has_pair(s: Supply, *second: Kind, with_vin: bool = True) -> bool:
    fit = [p for p in items(s) if is_independent(p) and (names_the_car(s, p) or not with_vin)]
    return any(
        one.kind in LIST_A and other.kind in second and differ(one, other) for one, other in product(fit, fit)
    )


def lacking_of_items(s: Supply) -> tuple[Finding, ...]:
    """What a pair still lacks, whichever of the two lists its second item is from."""
    there = items(s)
    if has_pair(s, *LIST_A, *LIST_B):
        return ()
    if has_pair(s, *LIST_A, *LIST_B, with_vin=False):
        return review("VIN_MISSING_ON_PROOF")
    found: tuple[Finding, ...] = ()
    if not all(map(is_independent, there)):
        found += wait("EVIDENCE_NOT_INDEPENDENT")
    if not any(paper.kind in LIST_A for paper in there):
        found += wait("LIST_A_ITEM_MISSING")
    elif len(there) < 2:
        found += wait("SECOND_ITEM_MISSING")
        found += () if names_the_car(s, there[0]) else review("VIN_MISSING_ON_PROOF")
    return found or wait("EVIDENCE_SAME_ISSUER")


def lacking_of_statement(s: Supply) -> tuple[Finding, ...]:
    """Article 45a(1)(b)(i): the buyer says in writing where, when and who accepted; for cars also the VIN."""
    theirs = [
        paper
        for paper in papers_of(s, Kind.BUYER_STATEMENT_45A)
        if paper.is_signed_by(Role.BUYER, Role.FOR_BUYER)
    ]
    if not theirs:
        return wait("BUYER_STATEMENT_MISSING")
    whole = any(
        paper.covers(s.car.vin) and all(paper.says(paper.stated.get(name)) for name in STATED)
        for paper in theirs
    )
    return () if whole else wait("BUYER_STATEMENT_INCOMPLETE")


def pair_of_seller(s: Supply, *second: Kind) -> Answer:
    if s.movement.arranged_by not in (Arranger.SELLER, None):
        return NOT_OPEN
    if not items(s):
        return NOT_BEGUN
    if has_pair(s, *second):
        return None
    lacking = lacking_of_items(s)
    return Lacks(lacking, len(lacking)) if lacking else NOT_BEGUN  # the pair of the other list is complete


def pair_of_buyer(s: Supply, *second: Kind) -> Answer:
    if s.movement.arranged_by is not Arranger.BUYER:
        return NOT_OPEN
    if not items(s) and lacking_of_statement(s) == wait("BUYER_STATEMENT_MISSING"):
        return NOT_BEGUN
    lacking = lacking_of_items(s) + lacking_of_statement(s)
    if not lacking:
        return None if has_pair(s, *second) else NOT_BEGUN
    return Lacks(lacking, len(lacking))


def statement_in_time(s: Supply) -> tuple[Finding, ...]:
    """The tenth of the next month binds the buyer; a late statement still counts (Commission's explanatory notes)."""
    due = in_next_month(s.movement.start_on, STATEMENT_DUE)
    late = any(paper.issued_on and paper.issued_on > due for paper in papers_of(s, Kind.BUYER_STATEMENT_45A))
    return flag("BUYER_STATEMENT_LATE") if late and s.movement.arranged_by is Arranger.BUYER else ()


CITES_A = ("Art. 45a(1)(a) Impl. Reg. (EU) 282/2011", "Art. 45a(3) Impl. Reg. (EU) 282/2011")
CITES_B = ("Art. 45a(1)(b) Impl. Reg. (EU) 282/2011", "Art. 45a(3) Impl. Reg. (EU) 282/2011")
TWO = "Two transport documents of two independent companies"
MIXED = (
    "A transport document, and the transport insurance, the bank proof of the freight or a warehouse receipt"
)
ROUTES = (
    Route("45a(a)+(a)", CITES_A, 2, TWO, lambda s: pair_of_seller(s, *LIST_A)),
    Route("45a(a)+(b)", CITES_A, 2, MIXED, lambda s: pair_of_seller(s, *LIST_B)),
    Route("45a(a)+(a)+statement", CITES_B, 3, f"{TWO}, and the buyer's statement", lambda s: pair_of_buyer(s, *LIST_A)),
    Route("45a(a)+(b)+statement", CITES_B, 3, f"{MIXED}, and the buyer's statement", lambda s: pair_of_buyer(s, *LIST_B)),
)  # fmt: skip
