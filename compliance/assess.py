"""From changed evidence to a stored rollup, in the transaction of the change (contract 10).

`reassess` is the one place where facts become a verdict. It stores what follows, tells what changed and asks for a
new Export File version where one is due.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db.models import QuerySet
from django.utils import timezone

from compliance.case import Case
from compliance.exports import request_export, shown_export
from compliance.facts import Loaded, buyer_as_json, buyer_from_json, case_of
from compliance.models import ExportFile, Rollup, Status
from compliance.rollup import blocker_as_shown, content_of, encoded
from compliance.rules import RULESET
from compliance.verdict import (
    Verdict,
    amount_matches_invoice,
    cmr_uploaded,
    decide,
    final_invoice_required,
    invoice_status,
    next_change_at,
    order_status,
    payment_status,
    transport_status,
    vehicle_status,
)
from nt24.actors import Actor, system
from nt24.documents.types import DocumentType, Module
from nt24.events import announce
from nt24.lifecycle import follow
from nt24.nudges import nudge
from nt24.records import Record, action
from orders.models import Order
from transport.models import Transport

RECOMPUTING = system("recompute-rollups")
log = structlog.get_logger(__name__)

CLOSED = (Order.Status.CANCELLED, Order.Status.COMPLIANCE_VALID)
FINAL_PDF_WAIT = timedelta(
    hours=24
)  # ADR 0030: a final invoice makes one version, with its PDF if that comes in time
AT_ONCE = 20  # contract 16.10: this many open orders of a buyer are assessed before his write is answered


def on_evidence_changed(
    sender: Any,
    *,
    by: Actor,
    order_ids: tuple[int, ...] = (),
    buyer_id: int | None = None,
    seller_id: int | None = None,
    written: tuple[Record, ...] = (),
    new_order: Order | None = None,
    **signal: Any,
) -> None:
    """Receiver of `nt24.events.evidence_changed`."""
    if new_order is not None:
        assess_new(new_order)
    for order_id in order_ids:
        reassess(order_id, by=by, written=written)
    if buyer_id is not None:
        reassess_orders_of(buyer_id, by=by)
    if seller_id is not None:
        mark_orders_of_seller(seller_id)


def open_orders_of(buyer_id: int) -> QuerySet[Order]:
    """Those a fact of the buyer can still change: not cancelled, and not proven already."""
    return Order.objects.filter(buyer=buyer_id).exclude(status__in=CLOSED).order_by("pk")


def mark_orders_of_seller(seller_id: int) -> None:
    """Leave all of them to the task: they are too many to be assessed before the write is answered."""
    from compliance.tasks import reassess_due

    still_open = Order.objects.filter(seller=seller_id).exclude(status__in=CLOSED)
    Rollup.objects.filter(order__in=still_open).update(reassess_at=timezone.now())
    nudge(reassess_due)


def reassess_orders_of(buyer_id: int, *, by: Actor) -> None:
    """Assess the first orders now and leave the rest to a task, within seconds."""
    from compliance.tasks import reassess_buyer

    ids = list(open_orders_of(buyer_id).values_list("pk", flat=True)[: AT_ONCE + 1])
    for order_id in ids[:AT_ONCE]:
        reassess(order_id, by=by)
    if len(ids) > AT_ONCE:
        # The row is the truth: due now, so that the sweep finds them even if the nudge is lost.
        Rollup.objects.filter(order__in=open_orders_of(buyer_id).filter(pk__gte=ids[AT_ONCE])).update(
            reassess_at=timezone.now()
        )
        nudge(reassess_buyer, buyer_id=buyer_id)


def assess_new(order: Order) -> Rollup:
    """The first rollup and the transport of an order that was made in this transaction."""
    rows = Loaded(order, is_new=True)
    case = case_of(rows)
    Transport.objects.create(order=order)
    rollup = Rollup(order=order, **values_of(rows, case, decide(case), None, before=None))
    rollup.body = encoded(rollup)
    rollup.save(force_insert=True)
    return rollup


@action
def reassess(
    order_id: int, *, by: Actor, written: tuple[Record, ...] = (), is_forced: bool = False
) -> Rollup:
    """Lock the order, load its facts once, decide, and store everything that follows.

    `written` are records whose version this change has already moved; they are brought up to date in place, so that
    the caller answers with what is stored. `is_forced` asks for a new Export File version of a verdict that stands.
    """
    # Locked in statements of their own: PostgreSQL reads a row that it has waited for again, but not those joined to
    # it. The rollup too, before any fact is read: a buyer's write that leaves this order to the sweep marks it there.
    Order.objects.for_change().only("pk").get(pk=order_id)
    rollup = Rollup.objects.select_for_update(no_key=True).get(order=order_id)
    order = Order.objects.select_related("buyer__kyc", "seller").get(pk=order_id)
    rows = Loaded(order)
    case, verdict = judged(case_of(rows), rollup)
    store_statuses(rows, case, verdict, written)
    return store_rollup(rollup, rows, case, verdict, by=by, is_forced=is_forced)


def recompute_open_orders() -> int:
    """Recompute every order that is not closed; how many stored rollups differed, which should be none."""
    differing = 0
    for pk, version in Rollup.objects.exclude(order__status=Order.Status.CANCELLED).values_list(
        "order", "version"
    ):
        if reassess(pk, by=RECOMPUTING).version != version:
            log.error("rollup_differed", order_id=pk)
            differing += 1
    return differing


def judged(case: Case, rollup: Rollup | None) -> tuple[Case, Verdict]:
    """Decide; a VALID order that stays VALID keeps the buyer's facts of its verdict."""
    if rollup is not None and rollup.buyer_facts:
        settled = replace(case, buyer=buyer_from_json(rollup.buyer_facts))
        verdict = decide(settled)
        if keeps_buyer(settled, verdict):
            return settled, verdict
    return case, decide(case)


def keeps_buyer(case: Case, verdict: Verdict) -> bool:
    """VALID, or it would be but for an override, which may end (ADR 0006, 0022)."""
    if verdict.status == Status.VALID or case.override is None:
        return verdict.status == Status.VALID
    return decide(replace(case, override=None)).status == Status.VALID


# --- What follows from the verdict ---------------------------------------------------------------------------------


def store_statuses(rows: Loaded, case: Case, verdict: Verdict, written: tuple[Record, ...]) -> None:
    """Derived statuses of the order, its vehicles, invoices, payment and transport (contract 16.3)."""
    already = {(type(record), record.pk): record for record in written}

    def store(record: Any, **values: Any) -> None:
        twin = already.get((type(record), record.pk))
        if follow(record, values, is_written=twin is not None) and twin is not None:
            for name in values:
                setattr(twin, name, values[name])

    vehicles_moved = store_vehicles(rows, case, verdict)
    status = order_status(case, verdict)
    if vehicles_moved and rows.order.status == status and (Order, rows.order.pk) not in already:
        rows.order.save_changes()  # a version covers what the resource shows, the vehicles' statuses included
    store(rows.order, status=status)
    has_final = case.final is not None
    for invoice in rows.invoices.values():
        facts = case.final if invoice.type == "FINAL" else case.preliminary
        assert facts is not None
        store(
            invoice,
            status=invoice_status(case, facts, verdict.decision),
            final_invoice_required=final_invoice_required(case),
            final_invoice_received=has_final,
        )
    if rows.payment is not None:
        store(
            rows.payment,
            status=payment_status(case),
            amount_matches_invoice=amount_matches_invoice(case),
        )
    assert rows.transport is not None  # made with the order's first rollup
    store(
        rows.transport,
        status=transport_status(case),
        cmr_uploaded=cmr_uploaded(case),
        daily_vies_checks_active=case.transport.daily_checks_on,
        vies_check=rows.vies_check if rows.is_delivered else None,
    )


def store_vehicles(rows: Loaded, case: Case, verdict: Verdict) -> bool:
    """True when a vehicle's status moved."""
    moved = False
    for vehicle, facts in zip(rows.vehicles, case.transport.vehicles, strict=True):
        wanted = vehicle_status(facts, verdict)
        if vehicle.compliance_status != wanted:
            vehicle.compliance_status = wanted
            vehicle.save(update_fields=["compliance_status"])
            moved = True
    return moved


# --- The rollup ----------------------------------------------------------------------------------------------------


def values_of(
    rows: Loaded, case: Case, verdict: Verdict, export: ExportFile | None, *, before: Rollup | None
) -> dict[str, Any]:
    """The rollup's columns but for version and body."""
    content = content_of(rows, case, verdict, shown_export(rows.order, export))
    return {
        "compliance_status": verdict.status,
        "decision": verdict.decision or "",
        "content_json": orjson.dumps(content, option=orjson.OPT_UTC_Z).decode(),
        "blocker_codes": [blocker.code for blocker in verdict.blockers],
        "blocked_since": blocked_since(verdict, before, rows.now),
        "decided_at": decided_at(verdict, before, rows.now),
        "basis": list(verdict.basis),
        "ruleset": RULESET,
        "buyer_facts": buyer_as_json(case.buyer) if keeps_buyer(case, verdict) else None,
        "reassess_at": earliest(next_change_at(case), final_pdf_waited_for_until(rows, case)),
    }


def blocked_since(verdict: Verdict, before: Rollup | None, now: datetime) -> dict[str, str] | None:
    """Since when each blocker stands: one that stays keeps its time, one that comes back starts anew."""
    known: dict[str, str] = (before.blocked_since if before else None) or {}
    since = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {blocker.code: known.get(blocker.code, since) for blocker in verdict.blockers} or None


def decided_at(verdict: Verdict, before: Rollup | None, now: datetime) -> datetime | None:
    """Since when this decision stands; the same decision, reached again after none, counts from then."""
    if verdict.decision is None:
        return None
    if before is not None and before.decision == verdict.decision:
        return before.decided_at
    return now


def store_rollup(
    rollup: Rollup, rows: Loaded, case: Case, verdict: Verdict, *, by: Actor, is_forced: bool
) -> Rollup:
    """Store the new content, tell what changed, and ask for the Export File that is now due."""
    final_invoice = final_invoice_shown(rollup, rows, case)
    export = ExportFile.objects.filter(order=rows.order).order_by("-number").first()
    reason = export_due(rollup, verdict, final_invoice, is_forced=is_forced)
    # Told first, so that the timeline of the document has the decision it is about.
    tell_what_changed(rollup, rows.order, verdict, rollup.compliance_status, rollup.decision, by=by)
    if reason is not None:
        export = request_export(rows, case, verdict, reason=reason, by=by, after=export)
    values = values_of(rows, case, verdict, export, before=rollup)
    if verdict.decision is not None:
        values |= {"judged_once": True, "final_invoice_seen": final_invoice}
    save_if_changed(rollup, values)
    return rollup


def save_if_changed(rollup: Rollup, values: dict[str, Any]) -> None:
    """Move the version only when the content moves; what is not shown is stored all the same."""
    changed = {name: value for name, value in values.items() if getattr(rollup, name) != value}
    for name, value in changed.items():
        setattr(rollup, name, value)
    if "content_json" in changed:
        rollup.save_changes(*changed)
        rollup.body = encoded(rollup)
        changed = {"body": rollup.body}
    if changed:
        Rollup.objects.filter(pk=rollup.pk).update(**changed)


def final_pdf_waited_for_until(rows: Loaded, case: Case) -> datetime | None:
    """A final invoice comes as data and then as its PDF; both make one version, so the PDF is waited for a while."""
    if case.final is None or case.final.has_pdf:
        return None
    until = rows.invoices["FINAL"].created_at + FINAL_PDF_WAIT
    return until if until > rows.now else None


def earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def final_invoice_shown(rollup: Rollup, rows: Loaded, case: Case) -> str:
    """A digest that changes when a version with the final invoice is due; empty without one."""
    if case.final is None:
        return ""
    if final_pdf_waited_for_until(rows, case) is not None:
        return rollup.final_invoice_seen
    pdfs = [row for row in rows.counting(Module.INVOICE) if row.type == DocumentType.SHIPMENT_INVOICE]
    newest = pdfs[-1].sha256 if pdfs else False
    # Until 2026-11 the digest knew only whether there is a PDF: one that was seen so has been shown.
    was_seen = rollup.final_invoice_seen == digest_of_final_invoice(rows, pdf=bool(pdfs))
    return rollup.final_invoice_seen if was_seen else digest_of_final_invoice(rows, pdf=newest)


def digest_of_final_invoice(rows: Loaded, *, pdf: str | bool) -> str:
    stated = {name: value for name, value in rows.invoices["FINAL"].content().items() if value is not None}
    return hashlib.sha256(orjson.dumps({**stated, "pdf": pdf}, option=orjson.OPT_SORT_KEYS)).hexdigest()


def export_due(rollup: Rollup, verdict: Verdict, final_invoice: str, *, is_forced: bool) -> str | None:
    """Why a new Export File version is due, or None (contract 10, "Generated on")."""
    if verdict.decision is None:
        return None
    if not rollup.judged_once:
        return ExportFile.Reason.FIRST_VERDICT
    if not rollup.decision:
        return ExportFile.Reason.VERDICT_AGAIN
    if rollup.decision != verdict.decision:
        return ExportFile.Reason.VERDICT_CHANGED
    if final_invoice and final_invoice != rollup.final_invoice_seen:
        return ExportFile.Reason.FINAL_INVOICE
    return ExportFile.Reason.FORCED if is_forced else None


def tell_what_changed(
    rollup: Rollup, order: Order, verdict: Verdict, was_status: str, was_decision: str, *, by: Actor
) -> None:
    """The two compliance events (contract 12), each only for a real change."""
    about: dict[str, Any] = {"by": by, "seller": order.seller, "order_uuid": order.uuid}
    if verdict.status != was_status:
        announce(
            rollup,
            "rollup.status_changed",
            changes={"complianceStatus": [was_status, verdict.status]},
            message={
                "orderUuid": order.uuid,
                "previousStatus": was_status,
                "currentStatus": verdict.status,
                "blockers": [blocker_as_shown(blocker) for blocker in verdict.blockers],
            },
            **about,
        )
    if verdict.decision is not None and verdict.decision != was_decision:
        announce(
            rollup,
            "rollup.decided",
            changes={"decision": [was_decision or None, verdict.decision]},
            message={"orderUuid": order.uuid, "decision": verdict.decision},
            **about,
        )
