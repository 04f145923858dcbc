"""Everything one Export File shows, as frozen values that survive a JSON round trip.

A dossier is the stored input of a version: the same dossier gives the same document, byte for byte before the
seal. It holds no logic about tax law and nothing the document does not show; an IBAN is in it only masked.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, Self

from compliance.frozen_json import plain, restored
from nt24.money import Money

FORMAT = "nt24.dossier/1"  # moves when a stored dossier can no longer be read by `from_json`
# Letters that have no decomposition into ASCII and an accent.
PLAIN_LETTERS = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
    }
)
FILE_NAME_LENGTH = 80  # of the label part of an embedded file's name; the rest of it is ours

Outcome = Literal["MET", "NOT_APPLICABLE", "OPEN", "FATAL", "WAIVED"]


class DossierUnreadable(ValueError):
    """Stored text is not a dossier of this format."""


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    post_code: str
    city: str
    country: str

    def __str__(self) -> str:
        return f"{self.street}, {self.post_code} {self.city}, {self.country}"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    uuid: str
    external_id: str
    purchase_on: date
    total: Money


@dataclass(frozen=True, slots=True)
class Superseded:
    """The version this one replaces; `sha256` is that of the sealed file, empty if it was never finished."""

    version: int
    created_at: datetime
    reason: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """What two members of staff decided in place of the rules. Who they are stays in the audit trail.

    `rules_alone`: what the rules say without it, a decision or INCOMPLETE; empty in versions of before it was kept.
    """

    decision: str
    decided_at: datetime
    reason: str
    rules_alone: Literal["", "VALID_EXPORT", "VAT_APPLICABLE", "INCOMPLETE"] = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """`basis`: the sentences the decision rests on, in the order a reader needs them."""

    decision: Literal["VALID_EXPORT", "VAT_APPLICABLE"]
    compliance_status: str
    decided_at: datetime
    ruleset: str
    basis: tuple[str, ...]
    departure_state: str = ""
    destination_state: str = ""
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Seller:
    name: str
    vat_number: str
    address: Address


@dataclass(frozen=True, slots=True)
class Verification:
    """Mode B only: identity check and sanctions screening by the provider."""

    provider: str
    reference: str
    status: str
    completed_at: datetime | None
    aml_status: str
    aml_checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Buyer:
    """`kyc_status` is the contract's overallStatus, `vies_result` its viesResult, both as of this version."""

    uuid: str
    company_name: str
    vat_number: str
    address: Address
    kyc_mode: str
    kyc_status: str
    vies_result: str
    documents_complete: bool
    missing_documents: tuple[str, ...] = ()
    is_blocked: bool = False
    verification: Verification | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    vin: str
    brand: str
    model: str
    amount: Money
    status: str
    mileage: int | None = None
    first_registered_on: date | None = None
    picked_up_on: date | None = None
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """`amount` is gross where it includes VAT; `vat_rate` in hundredths of a percent, `vat` the tax within it."""

    type: Literal["PRELIMINARY", "FINAL"]
    number: str
    invoice_on: date
    amount: Money
    vat_included: bool
    margin_scheme: bool
    status: str
    buyer_name: str = ""
    vat_rate: int | None = None
    vat: Money | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """`source_iban` comes from `masked_iban`; empty when everything was paid in cash."""

    status: str
    paid_on: date
    bank: Money
    cash: Money
    source_iban: str
    is_new_iban: bool
    iban_consistent: bool
    amount_matches_invoice: bool
    ready_for_pickup_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pickup:
    vins: tuple[str, ...]
    picked_up_on: date
    collection_address: Address
    driver_identification: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    vins: tuple[str, ...]
    delivered_on: date
    delivery_address: Address
    recipient_name: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class Transport:
    type: Literal["SELF_PICKUP", "COMPANY_TRANSPORT"]
    status: str
    pickups: tuple[Pickup, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class ViesCheck:
    """One question to VIES. `UNKNOWN` means that nobody answered, never that the number is invalid."""

    asked_at: datetime
    vat_number: str
    result: Literal["VALID", "INVALID", "UNKNOWN"]
    requester_vat_number: str = ""
    consultation_number: str = ""
    trader_name: str = ""
    trader_address: str = ""
    error_code: str = ""
    evidence_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and how it stood: `sentence` is what should be true, `message` what was found instead."""

    module: str
    sentence: str
    outcome: Outcome
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One document of the case. `number` counts from 1 through the whole list and never repeats.

    `is_embedded` is false for what does not count, and for what must be erased sooner than a tax file (copies of
    identity papers): such a document is listed with its hash only.
    """

    number: int
    uuid: str
    module: str
    type: str
    file_name: str
    content_type: str
    document_on: date
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str
    status: str = "ACTIVE"
    scan_status: str = "SKIPPED"
    signed_wet: bool | None = None
    is_embedded: bool = True

    @property
    def counts(self) -> bool:
        """Active, and released by the virus scan."""
        return self.status == "ACTIVE" and self.scan_status in {"CLEAN", "SKIPPED"}

    @property
    def embedded_as(self) -> str:
        """A name no reader stumbles over: number, type, and the given name reduced to plain ASCII."""
        return f"{self.number:02d}-{self.type}-{plain_name(self.file_name)}" if self.is_embedded else ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    at: datetime
    action: str
    sentence: str
    actor: str
    source: str


@dataclass(frozen=True, slots=True)
class SealNotice:
    """What the document says about the seal it will get; set when it is built, by the key of that moment."""

    signer: str
    certificate_sha256: str
    is_development: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """`created_at` is the only clock of the document; `case` is the snapshot of facts the rules saw."""

    order: OrderFacts
    version: int
    created_at: datetime
    ruling: Ruling
    seller: Seller
    buyer: Buyer
    vehicles: tuple[Vehicle, ...]
    vies_checks: tuple[ViesCheck, ...]
    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...]
    timeline: tuple[TimelineEntry, ...]
    case: Mapping[str, Any]
    verify_url: str
    supersedes: Superseded | None = None
    preliminary_invoice: Invoice | None = None
    final_invoice: Invoice | None = None
    payment: Payment | None = None
    transport: Transport | None = None
    time_zone: str = "Europe/Berlin"  # times are written in it
    seal: SealNotice | None = None  # the key that seals it is known only when it is built

    @property
    def blockers(self) -> tuple[Check, ...]:
        """What stands against the supply; what was set aside does not."""
        return tuple(check for check in self.checks if check.outcome in {"OPEN", "FATAL"})

    @property
    def is_valid_export(self) -> bool:
        return self.ruling.decision == "VALID_EXPORT"

    def to_data(self) -> dict[str, Any]:
        """JSON values only, for a JSON column: dates as text, instants in UTC with `Z`."""
        return {"format": FORMAT, "dossier": plain(asdict(self))}

    def to_json(self) -> str:
        """`to_data` as canonical text: sorted keys, no spaces to vary."""
        return json.dumps(self.to_data(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """The dossier `to_data` was called on.

        :raises DossierUnreadable: another format, a missing or unknown member, a value of the wrong kind.
        """
        try:
            if data["format"] != FORMAT:
                raise DossierUnreadable(f"format {data['format']!r}, expected {FORMAT!r}")
            dossier: Self = restored(data["dossier"], cls)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DossierUnreadable(f"not a stored dossier: {error}") from error
        return dossier

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The dossier `to_json` was called on.

        :raises DossierUnreadable: as `from_data`, or the text is no JSON.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise DossierUnreadable(f"not JSON: {error}") from error
        return cls.from_data(data)


def masked_iban(iban: str) -> str:
    """Country and the last four characters: enough to recognise an account, not to use it."""
    compact = re.sub(r"\s", "", iban)
    if len(compact) < 8:  # too short to hide anything: show nothing of it
        return "••••" if compact else ""
    return f"{compact[:2]}•• •••• •••• {compact[-4:]}"


def plain_name(file_name: str) -> str:
    """ASCII letters, digits, dot, dash and underscore; `document` when nothing of the name is left."""
    stem, _, suffix = file_name.rpartition(".")
    if not re.fullmatch(r"[A-Za-z0-9]{1,5}", suffix) or suffix == file_name:
        stem, suffix = file_name, ""
    decomposed = (
        unicodedata.normalize("NFKD", stem.translate(PLAIN_LETTERS)).encode("ascii", "ignore").decode()
    )
    plain_stem = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "-", decomposed).strip("-._"))
    plain_stem = plain_stem[:FILE_NAME_LENGTH].strip("-._") or "document"
    return f"{plain_stem}.{suffix.lower()}" if suffix else plain_stem
