"""The audit trail of a case as sentences: what was done, when and by whom, without personal data or typed reasons."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from compliance.dossier import TimelineEntry
from compliance.models import ExportFile
from compliance.templatetags.export_file import day
from compliance.wording import label
from nt24.audit.models import Entry
from nt24.money import Money
from nt24.proposals.models import Proposal

STEPS = ("proposed", "accepted", "declined", "withdrawn")
# Steps between two others that are told; nothing a reader needs.
NOT_TOLD = frozenset(
    {
        "vies_check.requested",
        "export_file.requested",
        "export_file.generating",
        "verification.confirmed",
        "aml.clearing_seconded",
        *(f"{name}_{step}" for name in Proposal.TOLD_AS.values() for step in STEPS),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, and the names of the things it may be about."""

    entry: Entry
    documents: Mapping[UUID, str]
    invoices: Mapping[UUID, str]
    versions: Mapping[UUID, ExportFile]
    vehicles: int

    def new(self, name: str, default: Any = "") -> Any:
        """What a member has become; changes are `[old, new]`."""
        _, new = self.entry.changes.get(name, (None, default))
        return default if new is None else new

    def old(self, name: str) -> Any:
        old, _ = self.entry.changes.get(name, ("", None))
        return old

    @property
    def document(self) -> str:
        return self.documents.get(self.entry.subject_uuid, "document")

    @property
    def invoice(self) -> str:
        return self.invoices.get(self.entry.subject_uuid, "Invoice")

    @property
    def version(self) -> str:
        found = self.versions.get(self.entry.subject_uuid)
        return f"Export File version {found.number}" if found else "Export File"

    @property
    def at(self) -> datetime:
        """A version has one time everywhere, that of its facts (ADR 0030)."""
        found = self.versions.get(self.entry.subject_uuid)
        if self.entry.action != "export_file.ready" or found is None or found.generated_at is None:
            return self.entry.at
        return found.generated_at

    @property
    def members(self) -> str:
        """The names of what changed, never the values: some are personal."""
        return ", ".join(name.removesuffix("_on").replace("_", " ") for name in self.entry.changes)

    def moved(self, what: str) -> str:
        vehicles, on = counted(len(self.new("vins", []))), day(date.fromisoformat(self.new("date")))
        return f"{what} of {vehicles} on {on} in {self.new('country')} confirmed"


SENTENCE_OF: Mapping[str, Callable[[Told], str]] = {
    "buyer.registered": lambda told: "Buyer registered",
    "buyer.updated": lambda told: f"Buyer's data changed: {told.members}",
    "buyer.blocked": lambda told: "Buyer blocked",
    "buyer.active": lambda told: "Buyer unblocked",
    "order.placed": lambda told: f"Order placed with {counted(told.vehicles)}",
    "order.updated": lambda told: f"Order changed: {told.members}",
    "order.cancelled": lambda told: "Order cancelled",
    "invoice.preliminary_submitted": lambda told: (
        f"Preliminary invoice {told.new('invoice_number')} submitted"
    ),
    "invoice.final_submitted": lambda told: f"Final invoice {told.new('invoice_number')} submitted",
    "invoice.updated": lambda told: f"{told.invoice} corrected: {told.members}",
    "invoice.name_confirmed": lambda told: (
        f"{told.invoice}: a similar spelling of the buyer's name confirmed"
    ),
    "payment.submitted": lambda told: f"Payment of {paid(told)} submitted",
    "payment.updated": lambda told: f"Payment corrected: {told.members}",
    "payment.ready_for_pickup": lambda told: "Vehicles released for pickup",
    "transport.pickup_confirmed": lambda told: told.moved("Pickup"),
    "transport.pickup_revoked": lambda told: f"Pickup of {counted(len(told.old('vins')))} revoked",
    "transport.delivery_confirmed": lambda told: told.moved("Delivery"),
    "transport.delivery_revoked": lambda told: f"Delivery of {counted(len(told.old('vins')))} revoked",
    "document.filed": lambda told: f"Document filed: {told.document}",
    "document.archived": lambda told: f"Document archived: {told.document}",
    "document.original_scan_clean": lambda told: f"Virus scan of an original file passed: {told.document}",
    "document.original_scan_infected": lambda told: f"Virus found in an original file: {told.document}",
    "document.scan_clean": lambda told: f"Virus scan passed: {told.document}",
    "document.scan_infected": lambda told: f"Virus found, document withheld: {told.document}",
    "document.scan_skipped": lambda told: f"Released without virus scan: {told.document}",
    "vies_check.completed": lambda told: vies_said(told),
    "vies_check.failed": lambda told: vies_said(told),
    "verification.started": lambda told: "Identity verification started",
    "verification.suspected": lambda told: "Identity verification waits for a review",
    "verification.completed": lambda told: identity_is(told),
    "verification.expired": lambda told: "Identity verification ended without a result",
    "aml.cleared": lambda told: "Screening cleared by two members of staff",
    "verdict.overridden": lambda told: f"Decided by two members of staff: {told.new('decision')}",
    "verdict.override_ended": lambda told: "Two members of staff ended their decision",
    "rollup.status_changed": lambda told: (
        f"Compliance changed from {label(told.old('complianceStatus')).lower()}"
        f" to {label(told.new('complianceStatus')).lower()}"
    ),
    "rollup.decided": lambda told: f"Decision: {told.new('decision')}",
    "export_file.ready": lambda told: f"{told.version} generated",
    "export_file.failed": lambda told: f"{told.version} could not be made",
}


def counted(vehicles: int) -> str:
    return "1 vehicle" if vehicles == 1 else f"{vehicles} vehicles"


def paid(told: Told) -> Money:
    return Money(told.new("bank_amount", 0) + told.new("cash_amount", 0), told.new("currency"))


def vies_said(told: Told) -> str:
    answers = {"VALID": "VIES confirmed the VAT number", "INVALID": "VIES said the VAT number is not valid"}
    return answers.get(told.new("result"), "VIES gave no answer; this says nothing about the VAT number")


def identity_is(told: Told) -> str:
    is_verified = told.new("verificationStatus") == "VERIFIED"
    return "Identity of the buyer verified" if is_verified else "Identity verification rejected"


def sentence_of(told: Told) -> str:
    """An action that has no sentence here is named in plain words."""
    tell = SENTENCE_OF.get(told.entry.action)
    return tell(told) if tell else told.entry.action.replace(".", " ").replace("_", " ").capitalize()


def timeline(
    entries: Iterable[Entry],
    *,
    documents: Mapping[UUID, str],
    invoices: Mapping[UUID, str],
    versions: Mapping[UUID, ExportFile],
    vehicles: int,
) -> tuple[TimelineEntry, ...]:
    """The entries as sentences, in the order of time; the mappings name what an entry may be about."""
    told = [
        Told(entry, documents, invoices, versions, vehicles)
        for entry in entries
        if entry.action not in NOT_TOLD
    ]
    return tuple(
        TimelineEntry(
            at=one.at,
            action=one.entry.action,
            sentence=sentence_of(one),
            actor=one.entry.actor_outside,
            source=one.entry.source.value,
        )
        for one in sorted(told, key=lambda one: one.at)
    )
