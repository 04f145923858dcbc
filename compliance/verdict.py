"""From the rules to a verdict, and every status that is derived from the same facts (contract 7 to 10).

Standard library only: pure functions of a `Case`. Statuses are stored elsewhere; this room only says
what they are. Refuses to look at the clock: `next_change_at` says when to ask again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from buyers.kyc import ViesResultShown, missing_documents, vies_result_shown
from compliance.blockers import FATAL
from compliance.case import Case, InvoiceFacts, VehicleFacts
from compliance.rules import (
    BUYER_RULES,
    INVOICE_CONTENT_RULES,
    PAYMENT_CONTENT_RULES,
    RULES,
    Blocker,
    Rule,
    final_invoice_agrees,
)
from compliance.waiving import exempted_by_staff, set_aside, taxed_by_staff

ComplianceStatus = Literal["INCOMPLETE", "VALID", "INVALID"]
Decision = Literal["VALID_EXPORT", "VAT_APPLICABLE"]
InvoiceStatus = Literal["DRAFT", "SUBMITTED", "VALID", "INVALID"]
ModuleStatus = Literal["MISSING", "DRAFT", "SUBMITTED", "VALID", "INVALID"]
TransportStatus = Literal["NOT_STARTED", "IN_PROGRESS", "PARTIAL", "DELIVERED"]
Stage = Literal["PENDING", "TRANSPORT_PENDING", "DELIVERED"]
VehicleStatus = Literal[Stage, "VALID", "INVALID"]
OrderStatus = Literal[
    "CREATED",
    "INVOICE_SUBMITTED",
    "PAYMENT_SUBMITTED",
    "READY_FOR_PICKUP",
    "TRANSPORT_IN_PROGRESS",
    "TRANSPORT_COMPLETED",
    "COMPLIANCE_VALID",
    "COMPLIANCE_INVALID",
    "CANCELLED",
]

# "Older than 24 h" is strict, and databases keep microseconds: the first moment at which it is true.
TICK = timedelta(microseconds=1)

# Why an export without blockers is exempt. Articles of Directive 2006/112/EC as amended by (EU) 2018/1910.
EXEMPT_BECAUSE: tuple[str, ...] = (
    "The goods were transported from one Member State to another (Article 138(1) of Directive 2006/112/EC).",
    "The buyer acted under a VAT number of another Member State than that of departure, gave it to the seller,"
    " and VIES confirmed it (Article 138(1)(a) and (b) of Directive 2006/112/EC).",
    "No invoice of this sale is under the margin scheme (Article 139(3) of Directive 2006/112/EC).",
    "Invoice, order and payment agree, and departure and arrival are documented.",
)

# Why each fatal blocker means that VAT is due.
TAXED_BECAUSE: Mapping[str, str] = {
    "VIES_INVALID": "The exemption requires a buyer who is identified for VAT in another Member State"
    " (Article 138(1)(b) of Directive 2006/112/EC).",
    "VERIFICATION_REJECTED": "The exemption requires a known taxable person as buyer"
    " (Article 138(1)(a) of Directive 2006/112/EC).",
    "VAT_ID_OF_DEPARTURE_STATE": "The exemption requires a VAT number of another Member State than the one in"
    " which the transport starts (Article 138(1)(b) of Directive 2006/112/EC).",
    "MARGIN_SCHEME": "The exemption does not apply to goods taxed under the margin scheme"
    " (Article 139(3) of Directive 2006/112/EC).",
    "DESTINATION_NOT_CROSS_BORDER": "The exemption requires a transport to another Member State"
    " (Article 138(1) of Directive 2006/112/EC).",
    "EVIDENCE_DEADLINE_PASSED": "The transport to another Member State (Article 138(1) of Directive"
    " 2006/112/EC) was not proven within the time this service sets for it.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer on one order. `basis` holds the reasons of a decision as sentences; empty without one."""

    status: ComplianceStatus
    decision: Decision | None
    blockers: tuple[Blocker, ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuyerModule:
    """The rollup's `buyer` module; `kyc_verification_status` is None in Mode A, which has none."""

    status: ComplianceStatus
    vies_last_checked_at: datetime | None
    vies_result: ViesResultShown
    documents_complete: bool
    missing_documents: tuple[str, ...]
    kyc_verification_status: str | None


def decide(case: Case) -> Verdict:
    """The verdict (contract 10). A final invoice that contradicts it is added as a blocker afterwards."""
    if case.cancelled:
        return Verdict("INCOMPLETE", None, (), ())
    found, override = broken(RULES, case), case.override
    if override is not None and override.decision == "VAT_APPLICABLE":
        return concluded(case, "INVALID", "VAT_APPLICABLE", found, taxed_by_staff(override))
    aside = set_aside(found, override)
    blockers = tuple(blocker for blocker in found if blocker not in aside)
    if not blockers:
        # Once everything that was set aside is mended, the law's own reasons are true again.
        reasons = exempted_by_staff(override, aside) if override and aside else EXEMPT_BECAUSE
        return concluded(case, "VALID", "VALID_EXPORT", blockers, reasons)
    fatal = [blocker.code for blocker in blockers if blocker.code in FATAL]
    if fatal and case.is_ready:
        reasons = tuple(TAXED_BECAUSE[code] for code in fatal)
        return concluded(case, "INVALID", "VAT_APPLICABLE", blockers, reasons)
    return Verdict("INCOMPLETE", None, blockers, ())


def broken(rules: Iterable[Rule], case: Case) -> tuple[Blocker, ...]:
    """What these rules find, in their order."""
    return tuple(answer for rule in rules if isinstance(answer := rule(case), Blocker))


def concluded(
    case: Case,
    status: ComplianceStatus,
    decision: Decision,
    blockers: tuple[Blocker, ...],
    basis: tuple[str, ...],
) -> Verdict:
    answer = final_invoice_agrees(case, decision)
    contradiction = (answer,) if isinstance(answer, Blocker) else ()
    return Verdict(status, decision, (*blockers, *contradiction), basis)


# Modules


def buyer_module(case: Case) -> BuyerModule:
    """The buyer as this order sees it: its status follows the buyer's blockers, also on a cancelled order."""
    vies = case.buyer.vies
    missing = missing_documents(case.buyer.kyc_mode, case.buyer.document_types)
    return BuyerModule(
        status=buyer_status(case),
        vies_last_checked_at=vies.checked_at,
        vies_result=vies_result_shown(vies.result, vies.outstanding and not vies.given_up),
        documents_complete=not missing,
        missing_documents=tuple(missing),
        kyc_verification_status=case.buyer.verification_status if case.buyer.kyc_mode == "NT24_LED" else None,
    )


def buyer_status(case: Case) -> ComplianceStatus:
    blockers = broken(BUYER_RULES, case)
    if any(blocker.is_fatal for blocker in blockers):
        return "INVALID"
    return "INCOMPLETE" if blockers else "VALID"


def invoice_status(case: Case, invoice: InvoiceFacts, decision: str | None) -> InvoiceStatus:
    """DRAFT without its PDF, SUBMITTED while that is scanned, then what its own checks say."""
    if not invoice.has_pdf:
        return "SUBMITTED" if invoice.pdf_waiting else "DRAFT"
    is_final = invoice.type == "FINAL"
    alone = replace(case, preliminary=None if is_final else invoice, final=invoice if is_final else None)
    contradicts = isinstance(final_invoice_agrees(alone, decision), Blocker)
    if broken(INVOICE_CONTENT_RULES, alone) or contradicts:
        return "INVALID"
    return "VALID"


def shown_invoice(case: Case) -> InvoiceFacts | None:
    """The invoice that stands for the order: the final one if present (contract 8)."""
    return case.final or case.preliminary


def final_invoice_required(case: Case) -> bool:
    """`finalInvoiceRequired`: from the first invoice on, until the order is cancelled (contract 17.4)."""
    return shown_invoice(case) is not None and not case.cancelled


def invoice_module_status(case: Case, decision: str | None) -> ModuleStatus:
    invoice = shown_invoice(case)
    return invoice_status(case, invoice, decision) if invoice else "MISSING"


def amount_matches_invoice(case: Case) -> bool:
    """`amountMatchesInvoice`: bank and cash together are the preliminary invoice; False without one."""
    return case.amount_matches_invoice


def payment_status(case: Case) -> ModuleStatus:
    """DRAFT without proof, SUBMITTED while that is scanned or no invoice is there, then as the checks say."""
    if case.payment is None:
        return "MISSING"
    if not case.payment.has_proof:
        return "SUBMITTED" if case.payment.proof_waiting else "DRAFT"
    if broken(PAYMENT_CONTENT_RULES, case):
        return "INVALID"
    return "VALID" if case.preliminary is not None else "SUBMITTED"


def transport_status(case: Case) -> TransportStatus:
    """PARTIAL as soon as the vehicles differ (contract 16.8)."""
    stages = {stage_of(vehicle) for vehicle in case.transport.vehicles}
    if len(stages) > 1:
        return "PARTIAL"
    if "DELIVERED" in stages:
        return "DELIVERED"
    return "IN_PROGRESS" if "TRANSPORT_PENDING" in stages else "NOT_STARTED"


def cmr_uploaded(case: Case) -> bool:
    """`cmrUploaded`: a CMR note of the pickup counts, whatever the transport type."""
    return case.transport.has_document("TRANSPORT_CMR")


def stage_of(vehicle: VehicleFacts) -> Stage:
    """How far a vehicle has come: TRANSPORT_PENDING from its pickup to its delivery (contract 17.5)."""
    if vehicle.delivered_on is not None:
        return "DELIVERED"
    return "TRANSPORT_PENDING" if vehicle.picked_up_on is not None else "PENDING"


def vehicle_status(vehicle: VehicleFacts, verdict: Verdict) -> VehicleStatus:
    """A VIN's `complianceStatus`: the order's verdict once there is one, before that how far it has come."""
    return stage_of(vehicle) if verdict.status == "INCOMPLETE" else verdict.status


def order_status(case: Case, verdict: Verdict) -> OrderStatus:
    """The furthest point reached (contract 7): a revoked pickup steps back because its fact is gone."""
    if case.cancelled:
        return "CANCELLED"
    if verdict.status != "INCOMPLETE":
        return "COMPLIANCE_VALID" if verdict.status == "VALID" else "COMPLIANCE_INVALID"
    return next(milestones_reached(case), "CREATED")


def milestones_reached(case: Case) -> Iterator[OrderStatus]:
    """The milestones before a verdict that this order has reached, the furthest first."""
    if case.transport.all_delivered:
        yield "TRANSPORT_COMPLETED"
    if case.transport.picked_up:
        yield "TRANSPORT_IN_PROGRESS"
    if case.is_ready:
        yield "READY_FOR_PICKUP"
    if case.payment is not None:
        yield "PAYMENT_SUBMITTED"
    if case.invoices:
        yield "INVOICE_SUBMITTED"


# Time


def next_change_at(case: Case) -> datetime | None:
    """The next moment (UTC, after `case.now`) at which the clock alone changes what the rules find, or None.

    The last VIES check becomes too old while daily checks run, or a day begins: the one after the last day of a
    delivery proof that is still missing, or after the last day on which a paper of the buyer counts.
    """
    if case.cancelled:
        return None
    moments = (*vies_turns_stale(case), *proof_deadlines_pass(case), *papers_expire(case))
    return min(moments, default=None)


def vies_turns_stale(case: Case) -> Iterator[datetime]:
    vies = case.buyer.vies
    if not case.transport.daily_checks_on or vies.frozen or vies.outstanding or case.vies_is_stale:
        return
    if vies.result is not None and vies.checked_at is not None:
        yield vies.checked_at + case.policy.vies_max_age + TICK


def proof_deadlines_pass(case: Case) -> Iterator[datetime]:
    for vehicle in case.transport.picked_up:
        deadline = case.proof_deadline(vehicle)
        if deadline is not None and case.on <= deadline:
            yield end_of(deadline)


def papers_expire(case: Case) -> Iterator[datetime]:
    last_day = case.buyer.papers_count_until
    if last_day is not None and last_day < date.max:  # which is written on papers that never expire
        yield end_of(last_day)


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)
