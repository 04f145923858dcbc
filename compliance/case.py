"""One order as the rules see it: frozen facts, and the few plain readings several rules share.

Standard library only, no clock: `Case.now` and `Case.on` carry the time. Codes are the contract's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from buyers.company_names import Likeness, likeness
from compliance.law.evidence import Place
from compliance.law.territory import Area, area_of
from nt24.money import Money
from nt24.vat_numbers import state

# Contract 10: the document that proves arrival, by transport type
DELIVERY_PROOFS = {
    "COMPANY_TRANSPORT": "TRANSPORT_CMR_DELIVERY",
    "SELF_PICKUP": "TRANSPORT_CONFIRMATION_OF_ARRIVAL",
}


@dataclass(frozen=True, slots=True)
class ViesFacts:
    """What VIES said about the buyer's number, as far as it counts for this order.

    `result` is the last completed answer (VALID | INVALID), None before the first one; an outage never
    becomes an answer. `given_up` is set once some tries have failed: what is shown turns from PENDING to
    UNKNOWN, although trying goes on. `requester_refused`: VIES does not take the seller's own number, which is no
    outage and nothing about the buyer (contract 17.14). Once delivery is confirmed it is the answer of the delivery
    day and `frozen` is set (contract 16.11).
    """

    result: str | None
    checked_at: datetime | None
    outstanding: bool
    outage: bool
    frozen: bool
    given_up: bool = False
    requester_refused: bool = False


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """`vat_country` is the issuer of the VAT number; `document_types` those active and counting.

    `papers_count_until` is the last day on which all of them count (contract 11, `expiresAt`). It is None when none
    expires, and among the facts that a VALID order keeps: what they proved on its day stays proven. `is_exposed`: a
    declared politically exposed person waits for a review by staff.
    """

    vat_country: str
    company_name: str
    blocked: bool
    kyc_mode: str
    document_types: frozenset[str]
    vies: ViesFacts
    verification_status: str
    aml_status: str
    papers_count_until: date | None = None
    is_exposed: bool = False

    def is_named(self, name: str) -> bool:
        """Whether `name` may be the company's for a person who reads both; similar names are shown to staff."""
        return likeness(name, self.company_name) != Likeness.DIFFERENT


@dataclass(frozen=True, slots=True)
class OrderFacts:
    total: Money
    purchase_on: date
    vins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """`type` is PRELIMINARY | FINAL; `buyer_name` is '' when the invoice data gives none.

    `has_pdf`: an active PDF of the right type counts. `pdf_waiting`: one is there, its scan is not finished.
    """

    type: str
    amount: Money
    vat_included: bool
    margin_scheme: bool
    buyer_name: str
    has_pdf: bool
    pdf_waiting: bool


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """`iban_known`: first account of the buyer, accepted before, or declared new (contract 16.7)."""

    bank: Money
    cash: Money
    iban_known: bool
    has_proof: bool
    proof_waiting: bool
    ready_for_pickup: bool


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """A milestone is reached when its date is set; the countries are ISO 3166 alpha-2 of its address."""

    vin: str
    picked_up_on: date | None = None
    collected_in: str | None = None
    delivered_on: date | None = None
    delivered_in: str | None = None
    collected_post_code: str = ""
    delivered_post_code: str = ""


@dataclass(frozen=True, slots=True)
class TransportFacts:
    """`type` is SELF_PICKUP | COMPANY_TRANSPORT, None before the first pickup.

    `documents` holds `(type, documentDate)` of every active, counting transport document.
    """

    type: str | None
    vehicles: tuple[VehicleFacts, ...]
    documents: tuple[tuple[str, date], ...]
    daily_checks_on: bool

    @property
    def picked_up(self) -> tuple[VehicleFacts, ...]:
        return tuple(vehicle for vehicle in self.vehicles if vehicle.picked_up_on is not None)

    @property
    def delivered(self) -> tuple[VehicleFacts, ...]:
        return tuple(vehicle for vehicle in self.vehicles if vehicle.delivered_on is not None)

    @property
    def all_picked_up(self) -> bool:
        return bool(self.vehicles) and len(self.picked_up) == len(self.vehicles)

    @property
    def all_delivered(self) -> bool:
        return bool(self.vehicles) and len(self.delivered) == len(self.vehicles)

    def has_document(self, document_type: str) -> bool:
        return any(kind == document_type for kind, _ in self.documents)


@dataclass(frozen=True, slots=True)
class OverrideFacts:
    """What two members of NT24 staff have decided in place of the rules (ADR 0022).

    `decision` is VALID_EXPORT | VAT_APPLICABLE. `waived` holds the codes of the blockers that VALID_EXPORT sets aside;
    `reason` is shown to the partner.
    """

    decision: str
    waived: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings a verdict depends on. `recheck_until` is DELIVERY | PICKUP (contract 9)."""

    delivery_proof_days: int = 90  # contract 10, "Deadline"
    vies_max_age: timedelta = timedelta(hours=24)  # contract 10, `VIES_PENDING`
    recheck_until: str = "DELIVERY"


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a verdict on one order depends on. `now` is UTC and `on` its calendar day."""

    now: datetime
    on: date
    cancelled: bool
    seller_country: str
    buyer: BuyerFacts
    order: OrderFacts
    preliminary: InvoiceFacts | None
    final: InvoiceFacts | None
    payment: PaymentFacts | None
    transport: TransportFacts
    policy: Policy
    override: OverrideFacts | None = None

    @property
    def invoices(self) -> tuple[InvoiceFacts, ...]:
        return tuple(invoice for invoice in (self.preliminary, self.final) if invoice is not None)

    @property
    def is_ready(self) -> bool:
        """Ready for pickup or further: from here on something may have moved."""
        declared = self.payment is not None and self.payment.ready_for_pickup
        return declared or bool(self.transport.picked_up)

    @property
    def departure_states(self) -> frozenset[str]:
        """Where vehicles were collected; before the first pickup, where the seller sits (contract 10)."""
        collected = {self.departure_state_of(vehicle) for vehicle in self.transport.picked_up}
        return frozenset(collected or {state(self.seller_country)})

    def departure_state_of(self, vehicle: VehicleFacts) -> str:
        return state(vehicle.collected_in or self.seller_country)

    def stayed_in_departure_state(self, vehicle: VehicleFacts) -> bool:
        return vehicle.delivered_in is not None and state(vehicle.delivered_in) == self.departure_state_of(
            vehicle
        )

    def is_outside_vat_territory(self, vehicle: VehicleFacts) -> bool:
        """Whether it was collected or delivered where supplies are no intra-Community ones (contract 17.19)."""
        ends = (
            (vehicle.collected_in, vehicle.collected_post_code),
            (vehicle.delivered_in, vehicle.delivered_post_code),
        )
        places = [Place(country.upper(), post_code=post_code) for country, post_code in ends if country]
        return any(area_of(place, vehicle.picked_up_on or self.on) is not Area.UNION for place in places)

    @property
    def amount_matches_invoice(self) -> bool:
        """Whether bank and cash together are the preliminary invoice; False while either is absent.

        Currencies that differ never match, not even for a part of zero.
        """
        if self.payment is None or self.preliminary is None:
            return False
        bank, cash, invoiced = self.payment.bank, self.payment.cash, self.preliminary.amount
        one_currency = bank.currency == cash.currency == invoiced.currency
        return one_currency and bank.value + cash.value == invoiced.value

    @property
    def vies_is_stale(self) -> bool:
        """Whether the last completed VIES check is older than the policy allows."""
        checked_at = self.buyer.vies.checked_at
        return checked_at is None or self.now - checked_at > self.policy.vies_max_age

    def proof_deadline(self, vehicle: VehicleFacts) -> date | None:
        """The last day a delivery proof still missing may bear.

        None before the pickup, and once a proof of the transport's type is there that is dated in time.
        """
        if vehicle.picked_up_on is None:
            return None
        last_day = vehicle.picked_up_on + timedelta(days=self.policy.delivery_proof_days)
        proof = DELIVERY_PROOFS.get(self.transport.type or "")
        in_time = any(kind == proof and dated <= last_day for kind, dated in self.transport.documents)
        return None if in_time else last_day

    def is_past_proof_deadline(self, vehicle: VehicleFacts) -> bool:
        deadline = self.proof_deadline(vehicle)
        return deadline is not None and self.on > deadline
