"""What an Export File shows, read from the tables and frozen.

Reads only, and decides nothing: the verdict is brought by the caller. Free text that people typed (reasons,
purposes) stays in the audit trail, but for the reason of an override; the document tells what was done, not by whom.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from buyers import models as buyer_tables
from buyers.kyc import overall_status
from compliance import dossier
from compliance.case import Case
from compliance.dossier import Dossier, Outcome
from compliance.facts import Loaded
from compliance.frozen_json import as_json
from compliance.models import ExportFile
from compliance.rules import RULES, RULESET, Answer, Blocker, final_invoice_agrees
from compliance.sentences import FINAL_INVOICE_SENTENCE, SENTENCES
from compliance.timeline import timeline
from compliance.verdict import Verdict, buyer_module, decide
from compliance.waiving import set_aside
from compliance.wording import label
from nt24.addresses import Address
from nt24.audit.models import Entry
from nt24.documents.models import Document
from nt24.documents.types import DocumentType, Family, Module, family_of
from nt24.money import Money
from transport.models import Milestone

# A buyer who trades for years is asked about every day; the newest checks and the one that counted are shown.
VIES_CHECKS_SHOWN = 100
IDENTITY_PROVIDER = "iDenfy"
NO_REFERENCE = "not recorded"  # of an identity verification


@dataclass(frozen=True, slots=True)
class Trail:
    """What is read beside the facts: every document, the VIES checks shown, and the entries about them."""

    documents: list[Document]
    vies_checks: list[buyer_tables.ViesCheck]
    entries: list[Entry]
    versions: dict[UUID, ExportFile]


def dossier_for_order(
    rows: Loaded, case: Case, verdict: Verdict, *, number: int, reason: str, supersedes: ExportFile | None
) -> Dossier:
    """Everything version `number` shows, as it is now; `reason` is a code of `ExportFile.Reason`.

    Four queries, whatever the order holds. Call it inside the transaction of the verdict.
    """
    order = rows.order
    trail = _trail(rows)
    return Dossier(
        order=dossier.OrderFacts(str(order.uuid), order.external_order_id, order.purchase_on, order.total),
        version=number,
        # Entries of this very transaction are a little younger than the facts.
        created_at=max([rows.now, *(entry.at for entry in trail.entries)]),
        ruling=_ruling(rows, case, verdict, trail),
        seller=_seller(rows),
        buyer=_buyer(rows, case, trail),
        vehicles=_vehicles(rows),
        vies_checks=tuple(_vies_check(check) for check in trail.vies_checks),
        checks=_checks(case, verdict),
        evidence=_evidence(trail),
        timeline=_timeline(rows, trail),
        case=as_json(asdict(case)),
        verify_url=f"{settings.PUBLIC_URL}/verify",
        supersedes=_superseded(supersedes, reason),
        preliminary_invoice=_invoice(rows, "PRELIMINARY"),
        final_invoice=_invoice(rows, "FINAL"),
        payment=_payment(rows),
        transport=_transport(rows, trail),
        time_zone=order.seller.time_zone,
    )


def _trail(rows: Loaded) -> Trail:
    order, buyer = rows.order, rows.order.buyer
    documents = list(Document.objects.filter(subject_uuid__in=(order.uuid, buyer.uuid)).order_by("pk"))
    checks = _vies_checks(rows)
    # Of the buyer: himself, his papers, and the checks of this order's time or on which its verdict rests.
    subjects = [buyer.uuid, *(document.uuid for document in documents if document.module == Module.KYC)]
    subjects += [
        check.uuid for check in checks if check.requested_at >= order.created_at or check == rows.vies_check
    ]
    kyc = buyer_tables.Kyc.objects.filter(buyer=buyer).values("uuid")
    is_told = Q(order_uuid=order.uuid) | Q(subject_uuid__in=subjects) | Q(subject_uuid__in=kyc)
    entries = Entry.objects.filter(is_told, retention=Entry.Retention.RECORD)
    versions = {row.uuid: row for row in ExportFile.objects.filter(order=order).defer("dossier")}
    return Trail(documents, checks, list(entries.order_by("at", "pk")), versions)


def _vies_checks(rows: Loaded) -> list[buyer_tables.ViesCheck]:
    """Oldest first: every question that was asked, answered or not, up to `VIES_CHECKS_SHOWN` of the newest.

    A check that waits for its first try is no question yet.
    """
    asked = (
        buyer_tables.ViesCheck.objects.filter(
            Q(status=buyer_tables.ViesCheck.Status.COMPLETED) | ~Q(error_code=""), buyer=rows.order.buyer_id
        )
        .defer("request_body", "raw_body")
        .order_by("-pk")
    )
    checks = list(asked[:VIES_CHECKS_SHOWN])
    if rows.vies_check is not None and rows.vies_check not in checks:
        checks.append(rows.vies_check)
    return sorted(checks, key=lambda check: check.pk)


def _ruling(rows: Loaded, case: Case, verdict: Verdict, trail: Trail) -> dossier.Ruling:
    """The decision, and when it was made: a later version of the same verdict keeps its time."""
    assert verdict.decision is not None
    decided = [entry.at for entry in trail.entries if entry.action == "rollup.decided"]
    vehicles = case.transport.vehicles
    return dossier.Ruling(
        decision=verdict.decision,
        compliance_status=verdict.status,
        decided_at=decided[-1] if decided else rows.now,
        ruleset=RULESET,
        basis=verdict.basis,
        departure_state=", ".join(sorted({one.collected_in for one in vehicles if one.collected_in})),
        destination_state=", ".join(sorted({one.delivered_in for one in vehicles if one.delivered_in})),
        override=override_of(rows, case),
    )


def override_of(rows: Loaded, case: Case) -> dossier.Override | None:
    """The override that stands, and what the rules say without it."""
    row = rows.override
    if row is None:
        return None
    alone = decide(replace(case, override=None)).decision
    return dossier.Override(row.decision, row.created_at, row.reason, alone or "INCOMPLETE")


def _superseded(supersedes: ExportFile | None, reason: str) -> dossier.Superseded | None:
    if supersedes is None:
        return None
    return dossier.Superseded(
        version=supersedes.number,
        created_at=datetime.fromisoformat(supersedes.dossier["dossier"]["created_at"]),  # as its cover says
        reason=str(ExportFile.Reason(reason).label),
        sha256=supersedes.sha256,
    )


# --- Who and what -------------------------------------------------------------------------------------------


def _address(address: Address) -> dossier.Address:
    return dossier.Address(address["street"], address["post_code"], address["city"], address["country"])


def _seller(rows: Loaded) -> dossier.Seller:
    seller = rows.order.seller
    address = dossier.Address(seller.street, seller.post_code, seller.city, seller.country)
    return dossier.Seller(seller.name, seller.vat_number, address)


def _buyer(rows: Loaded, case: Case, trail: Trail) -> dossier.Buyer:
    """The buyer as he was judged (a VALID order keeps the facts of its verdict), at his present address."""
    row, facts, module = rows.order.buyer, case.buyer, buyer_module(case)
    return dossier.Buyer(
        uuid=str(row.uuid),
        company_name=facts.company_name,
        vat_number=row.vat_number,
        address=_address(row.address),
        kyc_mode=facts.kyc_mode,
        kyc_status=overall_status(
            facts.kyc_mode,
            module.missing_documents,
            facts.vies.result,
            facts.verification_status,
            facts.aml_status,
        ),
        vies_result=module.vies_result,
        documents_complete=module.documents_complete,
        missing_documents=module.missing_documents,
        is_blocked=facts.blocked,
        verification=_verification(case, trail),
    )


def _verification(case: Case, trail: Trail) -> dossier.Verification | None:
    """Mode A has none (contract 16.6)."""
    if case.buyer.kyc_mode != buyer_tables.Buyer.KycMode.NT24_LED:
        return None
    completed = [entry for entry in trail.entries if entry.action == "verification.completed"]
    is_over = case.buyer.verification_status in {"VERIFIED", "REJECTED"} and bool(completed)
    return dossier.Verification(
        provider=IDENTITY_PROVIDER,
        reference=completed[-1].changes["sessionId"][1] if is_over else NO_REFERENCE,
        status=case.buyer.verification_status,
        completed_at=completed[-1].at if is_over else None,
        aml_status=case.buyer.aml_status,
        aml_checked_at=None,
    )


def _vehicles(rows: Loaded) -> tuple[dossier.Vehicle, ...]:
    def occurred_on(vehicle_id: int, kind: str) -> date | None:
        milestone = rows.milestones.get((vehicle_id, kind))
        return milestone.occurred_on if milestone else None

    return tuple(
        dossier.Vehicle(
            vin=row.vin,
            brand=row.brand,
            model=row.model,
            amount=Money(row.purchase_amount, rows.order.currency),
            status=row.compliance_status,
            mileage=row.mileage,
            first_registered_on=row.first_registered_on,
            picked_up_on=occurred_on(row.pk, Milestone.Kind.PICKUP),
            delivered_on=occurred_on(row.pk, Milestone.Kind.DELIVERY),
        )
        for row in rows.vehicles
    )


def _invoice(rows: Loaded, type: Literal["PRELIMINARY", "FINAL"]) -> dossier.Invoice | None:
    row = rows.invoices.get(type)
    if row is None:
        return None
    return dossier.Invoice(
        type=type,
        number=row.invoice_number,
        invoice_on=row.invoice_on,
        amount=row.money,
        vat_included=row.vat_included,
        margin_scheme=row.margin_scheme,
        status=row.status,
        buyer_name=row.buyer_name,
        vat_rate=row.vat_rate,
        vat=row.vat,
    )


def _payment(rows: Loaded) -> dossier.Payment | None:
    row = rows.payment
    if row is None:
        return None
    return dossier.Payment(
        status=row.status,
        paid_on=row.payment_on,
        bank=row.bank,
        cash=row.cash,
        source_iban=dossier.masked_iban(row.source_iban),
        is_new_iban=row.new_source_iban,
        iban_consistent=row.iban_consistent,
        amount_matches_invoice=row.amount_matches_invoice,
        ready_for_pickup_at=row.ready_for_pickup_at,
    )


# --- Transport ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Vehicles whose milestone was confirmed in one go."""

    milestone: Milestone
    vins: tuple[str, ...]
    by: str


def _transport(rows: Loaded, trail: Trail) -> dossier.Transport | None:
    """None until the first pickup says how the vehicles travel."""
    if rows.transport is None or not rows.transport.type:
        return None
    by_company = rows.transport.type == rows.transport.Type.COMPANY_TRANSPORT
    return dossier.Transport(
        type="COMPANY_TRANSPORT" if by_company else "SELF_PICKUP",
        status=rows.transport.status,
        pickups=tuple(
            dossier.Pickup(
                vins=one.vins,
                picked_up_on=one.milestone.occurred_on,
                collection_address=_address(one.milestone.address),
                driver_identification=one.milestone.person,
                confirmed_at=one.milestone.confirmed_at,
                confirmed_by=one.by,
            )
            for one in _confirmations(rows, trail, Milestone.Kind.PICKUP)
        ),
        deliveries=tuple(
            dossier.Delivery(
                vins=one.vins,
                delivered_on=one.milestone.occurred_on,
                delivery_address=_address(one.milestone.address),
                recipient_name=one.milestone.person,
                confirmed_at=one.milestone.confirmed_at,
                confirmed_by=one.by,
            )
            for one in _confirmations(rows, trail, Milestone.Kind.DELIVERY)
        ),
    )


def _confirmations(rows: Loaded, trail: Trail, kind: Milestone.Kind) -> list[Confirmation]:
    """The standing milestones of a kind, those that one entry of the trail tells of together."""
    entry_of = {
        vin: entry
        for entry in trail.entries
        if entry.action == f"transport.{kind.lower()}_confirmed"
        for vin in entry.changes["vins"][1]
    }
    groups: dict[int | None, list[tuple[Milestone, str]]] = {}
    for vehicle in rows.vehicles:
        if (milestone := rows.milestones.get((vehicle.pk, kind))) is not None:
            entry = entry_of.get(vehicle.vin)
            groups.setdefault(entry.pk if entry else None, []).append((milestone, vehicle.vin))
    return [
        Confirmation(
            milestone=group[0][0],
            vins=tuple(vin for _, vin in group),
            by=entry_of[group[0][1]].actor_outside if key is not None else "",
        )
        for key, group in groups.items()
    ]


# --- VIES, rules, documents ---------------------------------------------------------------------------------


def _vies_check(check: buyer_tables.ViesCheck) -> dossier.ViesCheck:
    answers: dict[str, Literal["VALID", "INVALID"]] = {"VALID": "VALID", "INVALID": "INVALID"}
    return dossier.ViesCheck(
        asked_at=check.checked_at or check.requested_at,
        vat_number=check.vat_number,
        result=answers.get(check.result, "UNKNOWN"),
        requester_vat_number=check.requester_vat_number,
        consultation_number=check.consultation_number,
        trader_name=check.trader_name,
        trader_address=check.trader_address,
        error_code=check.error_code,
        evidence_sha256=check.raw_sha256,
    )


def _checks(case: Case, verdict: Verdict) -> tuple[dossier.Check, ...]:
    """All rules, in the order of the ruleset, and how each stands."""
    found = [(SENTENCES[rule], rule(case)) for rule in RULES]
    found.append((FINAL_INVOICE_SENTENCE, final_invoice_agrees(case, verdict.decision)))
    aside = set_aside((answer for _, answer in found if isinstance(answer, Blocker)), case.override)
    return tuple(_check(*sentence, answer, aside) for sentence, answer in found)


def _check(module: str, sentence: str, answer: Answer, aside: tuple[Blocker, ...]) -> dossier.Check:
    """What was found, without what to do about it: that would be stale in a sealed file."""
    if not isinstance(answer, Blocker):
        return dossier.Check(module, sentence, answer.value)
    outcome: Outcome = "WAIVED" if answer in aside else "FATAL" if answer.is_fatal else "OPEN"
    return dossier.Check(module, sentence, outcome, answer.code, answer.finding)


def may_be_embedded(document: Document) -> bool:
    """Whether the original may go into the file: what proves something and may be kept as long as the file.

    Papers and pictures of persons must be erased five years after the business relationship (Regulation (EU)
    2024/1624, Article 77), invoices are kept longer; so they are only listed, with their hash.
    """
    is_of_a_person = family_of(DocumentType(document.type)) is Family.CONTACT
    return document.status == Document.Status.ACTIVE and document.is_released() and not is_of_a_person


def embedded(documents: Sequence[Document]) -> set[UUID]:
    """The originals that go into the file, at most `EXPORT_ORIGINALS_MAX_BYTES`: the newest of each type first.

    A file beyond that could be neither mailed nor checked (contract 17.13); what stays outside is listed with its hash.
    """
    newest = {document.type: document.pk for document in documents if may_be_embedded(document)}
    inside, left = set(), settings.EXPORT_ORIGINALS_MAX_BYTES
    for document in sorted(documents, key=lambda one: (newest.get(one.type) != one.pk, one.pk)):
        if may_be_embedded(document) and document.size <= left:
            inside.add(document.uuid)
            left -= document.size
    return inside


def _evidence(trail: Trail) -> tuple[dossier.Evidence, ...]:
    """Every document, archived ones too: the buyer's, then the order's by module, in the order they came."""
    order_of_modules = [Module.KYC, Module.ORDER, Module.INVOICE, Module.PAYMENT, Module.TRANSPORT]
    filed_by = {
        entry.subject_uuid: entry.actor_outside for entry in trail.entries if entry.action == "document.filed"
    }
    documents = sorted(trail.documents, key=lambda one: (order_of_modules.index(Module(one.module)), one.pk))
    inside = embedded(documents)
    return tuple(
        dossier.Evidence(
            number=number,
            uuid=str(document.uuid),
            module=document.module,
            type=document.type,
            file_name=document.file_name,
            content_type=document.content_type,
            document_on=document.document_on,
            size=document.size,
            sha256=document.sha256,
            uploaded_at=document.created_at,
            uploaded_by=filed_by.get(document.uuid) or label(document.source),
            status=document.status,
            scan_status=document.scan_status,
            signed_wet=document.signed_wet,
            is_embedded=document.uuid in inside,
        )
        for number, document in enumerate(documents, start=1)
    )


def _timeline(rows: Loaded, trail: Trail) -> tuple[dossier.TimelineEntry, ...]:
    return timeline(
        trail.entries,
        documents={document.uuid: label(document.type) for document in trail.documents},
        invoices={invoice.uuid: label(type) for type, invoice in rows.invoices.items()},
        versions=trail.versions,
        vehicles=len(rows.vehicles),
    )
