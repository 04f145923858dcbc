"""The facts of one supply: one car, from one seller to one buyer. `None` is "not known", which is never "no"."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from compliance.law.evidence import Paper, Place


class PartyKind(StrEnum):
    TAXABLE = "TAXABLE"
    LEGAL_PERSON = "LEGAL_PERSON"  # not taxable, identified for VAT
    PRIVATE = "PRIVATE"
    THIRD_COUNTRY = "THIRD_COUNTRY"  # a trader without a number of a member state


class Arranger(StrEnum):
    """Who moves the car or has it moved. It decides Article 45a(1)(a) or (b), and the chain (Article 36a)."""

    SELLER = "SELLER"
    BUYER = "BUYER"
    BUYERS_CUSTOMER = "BUYERS_CUSTOMER"


class Carrier(StrEnum):
    SELLER = "SELLER"
    BUYER = "BUYER"  # the buyer, an employee or an agent, on the road
    CARRIER = "CARRIER"  # an independent company


class Answer(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"  # the service was away: no answer


class DoubtKind(StrEnum):
    IDENTITY = "IDENTITY"  # whether the buyer is who they say they are
    FRAUD_SIGN = "FRAUD_SIGN"
    DIVERSION = "DIVERSION"  # the car may go on to a sanctioned country


class Statement(StrEnum):
    """The seller's recapitulative statement for the month (Article 262)."""

    FILED = "FILED"
    NOT_FILED = "NOT_FILED"
    JUSTIFIED = "JUSTIFIED"  # not filed, and the shortcoming explained to the office (Article 138(1a))
    WRONG = "WRONG"
    NOT_REQUIRED = "NOT_REQUIRED"


@dataclass(frozen=True, slots=True)
class Buyer:
    kind: PartyKind
    established_in: str | None = None
    previous_deals: int | None = None


@dataclass(frozen=True, slots=True)
class VatCheck:
    """One answer of VIES or eVatR. `name_matches` is False only where the service compared and said no."""

    on: date
    result: Answer
    name_matches: bool | None = None
    details_match: bool | None = None  # street, post code, town
    is_explained: bool = False  # an official paper explains the difference
    holder_is_another: bool = False
    is_qualified: bool = False


@dataclass(frozen=True, slots=True)
class VatNumber:
    """The number that the buyer gave for this supply, and what a register says of its time."""

    state: str
    indicated_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Car:
    """`km` is that of the day of the supply (Article 2(2)(b))."""

    vin: str
    first_use_on: date | None = None
    km: int | None = None
    is_margin: bool = False
    bought_with_deductible_vat: bool = False
    engine_cc: int | None = None
    fuel: str | None = None
    has_arrived: bool | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """`start_on` is the day of the supply: the car leaves (Article 32). `transit` holds countries on the way."""

    start_on: date
    end_on: date | None
    from_: Place
    to: Place
    arranged_by: Arranger | None
    carried_by: Carrier | None
    by_agent: bool = False  # somebody collects for the buyer
    is_resold: bool = False  # a chain: the buyer sells on before the car arrives
    owned_by_customer_before_start: bool = False
    transit: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Payment:
    price: Decimal
    currency: str
    paid_in_cash: Decimal = Decimal(0)
    by_buyer: bool | None = None
    is_explained: bool = False  # why somebody else paid is documented


@dataclass(frozen=True, slots=True)
class Invoice:
    """The newest invoice. `covers_both_schemes`: margin cars and others stand on it, each with its own words."""

    shows_vat: bool = False
    has_exemption_reference: bool | None = None
    has_seller_number: bool | None = None
    has_buyer_number: bool | None = None
    has_margin_words: bool = False
    has_new_vehicle_data: bool | None = None
    names_another_buyer: bool = False
    covers_both_schemes: bool = False


@dataclass(frozen=True, slots=True)
class Supply:
    """Everything that is known of one car on the day of the question `on`."""

    car: Car
    buyer: Buyer
    number: VatNumber | None
    movement: Movement
    on: date
    seller_state: str
    checks: tuple[VatCheck, ...] = ()
    papers: tuple[Paper, ...] = ()
    payment: Payment | None = None
    invoice: Invoice | None = None
    statement: Statement | None = None
    doubts: tuple[DoubtKind, ...] = ()
    seller_has_number_in_departure: bool | None = None
    order_vins: frozenset[str] = frozenset()
    proof_until: date | None = None  # the procedure is over; papers made out later come too late
