"""Papers: what each one says, how we know it, whether it counts for a car, and whether two of them can be true."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.law.facts import Movement, Supply


class Kind(StrEnum):
    CMR = "CMR"
    ECMR = "ECMR"
    BILL_OF_LADING = "BILL_OF_LADING"
    RAIL_NOTE = "RAIL_NOTE"
    AIR_INVOICE = "AIR_INVOICE"
    CARRIER_INVOICE = "CARRIER_INVOICE"
    TRANSPORT_INSURANCE = "TRANSPORT_INSURANCE"
    FREIGHT_BANK_PROOF = "FREIGHT_BANK_PROOF"
    NOTARY_ARRIVAL = "NOTARY_ARRIVAL"
    PUBLIC_AUTHORITY_ARRIVAL = "PUBLIC_AUTHORITY_ARRIVAL"
    WAREHOUSE_RECEIPT = "WAREHOUSE_RECEIPT"
    REGISTRATION = "REGISTRATION"
    ARRIVAL_CONFIRMATION = "ARRIVAL_CONFIRMATION"
    BUYER_STATEMENT_45A = "BUYER_STATEMENT_45A"
    DESTINATION_DOCUMENT = "DESTINATION_DOCUMENT"
    FORWARDER_CERTIFICATE = "FORWARDER_CERTIFICATE"
    FORWARDER_ASSURANCE = "FORWARDER_ASSURANCE"
    TRANSPORT_ORDER = "TRANSPORT_ORDER"
    TRACKING_LOG = "TRACKING_LOG"
    UNION_TRANSIT = "UNION_TRANSIT"
    PICKUP_DECLARATION = "PICKUP_DECLARATION"
    POWER_OF_ATTORNEY = "POWER_OF_ATTORNEY"
    COLLECTOR_ID = "COLLECTOR_ID"
    DELIVERY_NOTE = "DELIVERY_NOTE"
    PACKING_SPEC = "PACKING_SPEC"
    PL_OWN_TRANSPORT = "PL_OWN_TRANSPORT"
    REGISTRATION_LOCK = "REGISTRATION_LOCK"
    EXPORT_PLATES = "EXPORT_PLATES"
    EXPORT_EXIT_NOTE = "EXPORT_EXIT_NOTE"
    IMPORT_CLEARANCE = "IMPORT_CLEARANCE"
    COMMERCIAL_SET = "COMMERCIAL_SET"  # order, contract and correspondence
    PRICE_BANK_PROOF = "PRICE_BANK_PROOF"


FREIGHT_NOTES = frozenset({Kind.CMR, Kind.ECMR, Kind.BILL_OF_LADING, Kind.RAIL_NOTE, Kind.AIR_INVOICE})
LIST_A = FREIGHT_NOTES | {Kind.CARRIER_INVOICE}  # Article 45a(3)(a) Implementing Regulation (EU) 282/2011
LIST_B = frozenset(  # Article 45a(3)(b)
    {
        Kind.TRANSPORT_INSURANCE,
        Kind.FREIGHT_BANK_PROOF,
        Kind.NOTARY_ARRIVAL,
        Kind.PUBLIC_AUTHORITY_ARRIVAL,
        Kind.WAREHOUSE_RECEIPT,
    }
)
# Made out when the car is there; a date before that makes the paper a promise.
RECEIPTS = frozenset(
    {
        Kind.ARRIVAL_CONFIRMATION,
        Kind.BUYER_STATEMENT_45A,
        Kind.DESTINATION_DOCUMENT,
        Kind.FORWARDER_CERTIFICATE,
        Kind.WAREHOUSE_RECEIPT,
        Kind.PL_OWN_TRANSPORT,
    }
)
SHOW_ARRIVAL = RECEIPTS | {Kind.REGISTRATION, Kind.PUBLIC_AUTHORITY_ARRIVAL, Kind.NOTARY_ARRIVAL}


SPELLING = {"EL": "GR"}  # one country with two codes


class Basis(StrEnum):
    """How we know what a paper says. A later one replaces an earlier one."""

    ASSUMED = "ASSUMED"  # only a type was uploaded: taken for what the type says, for every car of the order
    STATED = "STATED"  # the partner or the buyer says so
    READ = "READ"  # the text layer or the XML says so
    EXAMINED = "EXAMINED"  # a person looked


class Role(StrEnum):
    """Whose signature it is. On a freight note: box 22, 23 and 24."""

    SENDER = "SENDER"
    CARRIER = "CARRIER"
    BUYER = "BUYER"
    FOR_BUYER = "FOR_BUYER"  # somebody whom the buyer authorised to accept
    OTHER = "OTHER"  # a known company that is not the buyer
    UNKNOWN = "UNKNOWN"


class Side(StrEnum):
    """From whose sphere a paper comes (independence: Article 45a(1)(a), Article 80 of the Directive)."""

    SELLER = "SELLER"
    BUYER = "BUYER"
    THIRD = "THIRD"


@dataclass(frozen=True, slots=True)
class Place:
    """`city` None: not named. `is_buyers`: the buyer's own address, whatever its name."""

    country: str | None
    city: str | None = None
    post_code: str | None = None
    territory: str | None = None
    is_buyers: bool = False
    is_third_partys: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    kind: Kind
    basis: Basis = Basis.ASSUMED
    issuer: str | None = None
    side: Side | None = None
    is_related: bool = False  # its issuer is tied to the seller or the buyer
    issued_on: date | None = None
    received_on: date | None = None  # the day that box 24 or the text names
    month: str | None = None
    vins: frozenset[str] | None = None
    place: Place | None = None
    signed: Mapping[Role, bool] | None = None
    signer_country: str | None = None
    is_complete: bool | None = None
    holder_is_buyer: bool | None = None
    account_is_buyers: bool | None = None
    is_special: bool | None = None  # a power of attorney for this collection only
    language: str | None = None
    is_translated: bool = False
    from_buyers_sphere: bool | None = None
    months_covered: int | None = None
    has_plate: bool | None = None
    has_mrn: bool | None = None
    names_export_plates: bool = False
    is_gap_free: bool | None = None
    is_forged: bool = False
    stated: Mapping[str, bool] = field(default_factory=dict)  # further members that a form asks for

    def covers(self, vin: str) -> bool:
        if self.vins is None:
            return self.basis is Basis.ASSUMED
        return vin in self.vins

    def is_signed_by(self, *roles: Role) -> bool:
        if self.signed is None:
            return self.basis is Basis.ASSUMED
        return any(self.signed.get(role, False) for role in roles)

    def says(self, value: bool | None) -> bool:
        """Whether a detail is there: nothing is assumed against what was stated, read or examined."""
        return self.basis is Basis.ASSUMED if value is None else value

    def names(self, value: object) -> bool:
        """Whether a text, place or month is there."""
        return bool(value) or self.basis is Basis.ASSUMED

    def names_city(self) -> bool:
        return self.names(self.place and (self.place.city or self.place.is_buyers))


def papers_of(supply: "Supply", *kinds: Kind) -> Iterator[Paper]:
    """The papers of these kinds that may count: not forged, and made out in time for the procedure."""
    for paper in supply.papers:
        in_time = not (supply.proof_until and paper.issued_on and paper.issued_on > supply.proof_until)
        if paper.kind in kinds and not paper.is_forged and in_time:
            yield paper


def is_independent(paper: Paper) -> bool:
    """Whether neither the seller nor the buyer, nor a company tied to them, made it out. Unknown is presumed so."""
    return paper.side in (Side.THIRD, None) and not paper.is_related


def predates(paper: Paper, movement: "Movement") -> bool:
    """Whether the paper confirms what had not happened on its day."""
    if paper.received_on and paper.received_on < movement.start_on:
        return True
    there_on = movement.end_on or movement.start_on
    return paper.kind in RECEIPTS and bool(paper.issued_on) and (paper.issued_on or there_on) < there_on


def contradict(papers: Iterable[Paper], to: Place) -> bool:
    """Whether papers that show the arrival name two places or two months."""
    arrivals = [paper for paper in papers if shows_place_of_arrival(paper)]
    places = [paper.place for paper in arrivals if paper.place]
    countries = {SPELLING.get(place.country, place.country) for place in [*places, to] if place.country}
    cities = {place.city.casefold() for place in places if place.city and not place.is_buyers}
    months = {
        paper.month or f"{paper.received_on:%Y-%m}" for paper in arrivals if paper.month or paper.received_on
    }
    return max(len(countries), len(cities), len(months)) > 1


def shows_place_of_arrival(paper: Paper) -> bool:
    if paper.kind in FREIGHT_NOTES:
        return paper.is_signed_by(Role.BUYER, Role.FOR_BUYER)  # the last note of several carriers
    return paper.kind in SHOW_ARRIVAL - {Kind.WAREHOUSE_RECEIPT}
