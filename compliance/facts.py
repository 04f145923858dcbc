"""The only bridge from the tables to a `Case`: reads everything a verdict depends on, once, and decides nothing."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from buyers.checks import is_waited_for, waits_for_the_seller
from buyers.models import ViesCheck
from buyers.vies.numbers import split_vat_number
from compliance.case import (
    BuyerFacts,
    Case,
    InvoiceFacts,
    OrderFacts,
    OverrideFacts,
    PaymentFacts,
    Policy,
    TransportFacts,
    VehicleFacts,
    ViesFacts,
)
from compliance.models import Override
from nt24.documents.models import Document, ScanStatus
from nt24.documents.types import DocumentType, Module
from nt24.vat_numbers import state_of_seller
from orders.models import Invoice, Order, Payment, Vehicle
from transport.models import Milestone, Transport

INVOICE_PDF = {
    Invoice.Type.PRELIMINARY: DocumentType.SHIPMENT_PRELIMINARY_INVOICE,
    Invoice.Type.FINAL: DocumentType.SHIPMENT_INVOICE,
}
PAYMENT_PROOFS = frozenset({DocumentType.PAYMENT_BANK_TRANSFER_SCREENSHOT, DocumentType.PAYMENT_CONFIRMATION})
REAL_ANSWERS = (ViesCheck.Result.VALID, ViesCheck.Result.INVALID)


class Loaded:
    """The rows behind one case, kept for whoever stores what follows from it.

    The number of queries does not depend on how many vehicles, papers or checks there are. A new order has nothing
    yet but its vehicles, so nothing is asked for.
    """

    def __init__(self, order: Order, *, is_new: bool = False) -> None:
        self.order = order
        self.now = timezone.now()
        self.vehicles: list[Vehicle] = (
            order.vehicles_in_order
            if is_new
            else list(Vehicle.objects.filter(order=order).order_by("position"))
        )
        self.invoices: dict[str, Invoice] = {}
        self.payment: Payment | None = None
        self.transport: Transport | None = None
        self.milestones: dict[tuple[int, str], Milestone] = {}
        self.override: Override | None = None
        if not is_new:
            self._load_progress()
        self.documents = list(
            Document.objects.filter(
                subject_uuid__in=(order.uuid, order.buyer.uuid), status=Document.Status.ACTIVE
            ).order_by("pk")
        )
        self.newest_check, self.vies_check = self._checks()

    def _load_progress(self) -> None:
        order = self.order
        self.invoices = {invoice.type: invoice for invoice in Invoice.objects.filter(order=order)}
        self.payment = Payment.objects.filter(order=order).first()
        self.transport = Transport.objects.filter(order=order).select_related("vies_check").first()
        standing = Milestone.objects.filter(transport__order=order, revoked_at__isnull=True)
        self.milestones = {(row.vehicle_id, row.kind): row for row in standing}
        self.override = Override.objects.standing().filter(order=order).first()

    def _checks(self) -> tuple[ViesCheck | None, ViesCheck | None]:
        """The buyer's newest check, and the answer that counts for this order.

        That is the latest real answer, and once delivered the one of the delivery day (contract 16.11): the answer
        kept then, or the first that came afterwards where there was none.
        """
        checks = ViesCheck.objects.filter(buyer=self.order.buyer_id)
        real = checks.filter(result__in=REAL_ANSWERS).order_by("pk" if self.is_delivered else "-pk")
        wanted = Q(pk__in=checks.order_by("-pk").values("pk")[:1]) | Q(pk__in=real.values("pk")[:1])
        rows = list(checks.filter(wanted).order_by("pk"))
        answers = [row for row in rows if row.result in REAL_ANSWERS]
        counting = (answers[0] if self.is_delivered else answers[-1]) if answers else None
        kept = self.transport.vies_check if self.transport is not None else None
        return (rows[-1] if rows else None), kept or counting

    @property
    def is_delivered(self) -> bool:
        return self.transport is not None and self.transport.delivery_confirmed_at is not None

    def counting(self, module: Module) -> list[Document]:
        """Documents that prove something today (contract 11)."""
        on = self.now.date()
        return [
            row
            for row in self.documents
            if row.module == module
            and row.scan_status in {ScanStatus.CLEAN, ScanStatus.SKIPPED}
            and (row.expires_on is None or row.expires_on >= on)
        ]

    def is_waiting(self, module: Module, types: frozenset[str]) -> bool:
        return any(
            row.module == module and row.type in types and row.scan_status == ScanStatus.PENDING
            for row in self.documents
        )


def case_of(rows: Loaded) -> Case:
    """Freeze the facts of one order as they are now."""
    order = rows.order
    return Case(
        now=rows.now,
        on=timezone.localdate(rows.now),
        cancelled=order.is_cancelled,
        seller_country=state_of_seller(order.seller.country, order.seller.vat_number),
        buyer=_buyer(rows),
        order=OrderFacts(
            total=order.total,
            purchase_on=order.purchase_on,
            vins=tuple(vehicle.vin for vehicle in rows.vehicles),
        ),
        preliminary=_invoice(rows, Invoice.Type.PRELIMINARY),
        final=_invoice(rows, Invoice.Type.FINAL),
        payment=_payment(rows),
        transport=_transport(rows),
        policy=Policy(
            delivery_proof_days=settings.DELIVERY_PROOF_DAYS, recheck_until=settings.VIES_RECHECK_UNTIL
        ),
        override=_override(rows),
    )


def _buyer(rows: Loaded) -> BuyerFacts:
    buyer, papers = rows.order.buyer, rows.counting(Module.KYC)
    return BuyerFacts(
        vat_country=split_vat_number(buyer.vat_number).country,
        company_name=buyer.company_name,
        blocked=buyer.is_blocked,
        kyc_mode=buyer.kyc_mode,
        document_types=frozenset(document.type for document in papers),
        vies=_vies(rows),
        verification_status=buyer.kyc.verification_status,
        aml_status=buyer.kyc.aml_status,
        is_exposed=buyer.kyc.exposed_since is not None,
        papers_count_until=min(
            (row.expires_on for row in papers if row.expires_on is not None), default=None
        ),
    )


def _vies(rows: Loaded) -> ViesFacts:
    """An outage is one of the newest attempt: of the open check, or of the last one that ended without an answer."""
    newest = rows.newest_check
    is_open = newest is not None and newest.status != ViesCheck.Status.COMPLETED
    is_refused = newest is not None and waits_for_the_seller(newest)
    has_failed = newest is not None and newest.result not in REAL_ANSWERS and bool(newest.error_code)
    return ViesFacts(
        result=rows.vies_check.result if rows.vies_check else None,
        checked_at=rows.vies_check.checked_at if rows.vies_check else None,
        outstanding=is_open,
        outage=has_failed and not is_refused,
        frozen=rows.is_delivered and rows.vies_check is not None,
        given_up=newest is not None and is_open and not is_waited_for(newest),
        requester_refused=is_refused,
    )


def _invoice(rows: Loaded, type: Invoice.Type) -> InvoiceFacts | None:
    if (invoice := rows.invoices.get(type)) is None:
        return None
    pdf = INVOICE_PDF[type]
    return InvoiceFacts(
        type=invoice.type,
        amount=invoice.money,
        vat_included=invoice.vat_included,
        margin_scheme=invoice.margin_scheme,
        buyer_name=invoice.buyer_name,
        has_pdf=any(document.type == pdf for document in rows.counting(Module.INVOICE)),
        pdf_waiting=rows.is_waiting(Module.INVOICE, frozenset({pdf})),
    )


def _payment(rows: Loaded) -> PaymentFacts | None:
    if (payment := rows.payment) is None:
        return None
    return PaymentFacts(
        bank=payment.bank,
        cash=payment.cash,
        iban_known=payment.iban_consistent,
        has_proof=any(document.type in PAYMENT_PROOFS for document in rows.counting(Module.PAYMENT)),
        proof_waiting=rows.is_waiting(Module.PAYMENT, PAYMENT_PROOFS),
        ready_for_pickup=payment.is_ready_for_pickup,
    )


def _transport(rows: Loaded) -> TransportFacts:
    vehicles = tuple(_vehicle(rows, vehicle) for vehicle in rows.vehicles)
    return TransportFacts(
        type=(rows.transport.type or None) if rows.transport else None,
        vehicles=vehicles,
        documents=tuple(
            (document.type, document.document_on) for document in rows.counting(Module.TRANSPORT)
        ),
        daily_checks_on=_daily_checks_on(rows, vehicles),
    )


def _vehicle(rows: Loaded, vehicle: Vehicle) -> VehicleFacts:
    pickup = rows.milestones.get((vehicle.pk, Milestone.Kind.PICKUP))
    delivery = rows.milestones.get((vehicle.pk, Milestone.Kind.DELIVERY))
    return VehicleFacts(
        vin=vehicle.vin,
        picked_up_on=pickup.occurred_on if pickup else None,
        collected_in=pickup.address["country"] if pickup else None,
        delivered_on=delivery.occurred_on if delivery else None,
        delivered_in=delivery.address["country"] if delivery else None,
        collected_post_code=pickup.address["post_code"] if pickup else "",
        delivered_post_code=delivery.address["post_code"] if delivery else "",
    )


def _override(rows: Loaded) -> OverrideFacts | None:
    if (override := rows.override) is None:
        return None
    return OverrideFacts(
        decision=override.decision, waived=frozenset(override.waived), reason=override.reason
    )


def _daily_checks_on(rows: Loaded, vehicles: tuple[VehicleFacts, ...]) -> bool:
    """From ready-for-pickup until all are delivered or, by policy, all are picked up (contract 9)."""
    if rows.payment is None or not rows.payment.is_ready_for_pickup or rows.order.is_cancelled:
        return False
    if settings.VIES_RECHECK_UNTIL == "PICKUP":
        return any(vehicle.picked_up_on is None for vehicle in vehicles)
    return any(vehicle.delivered_on is None for vehicle in vehicles)


def buyer_as_json(buyer: BuyerFacts) -> dict[str, Any]:
    """What a VALID order keeps; without `papers_count_until`, because from then on nothing of it ends."""
    vies = buyer.vies
    return {
        "vat_country": buyer.vat_country,
        "company_name": buyer.company_name,
        "blocked": buyer.blocked,
        "kyc_mode": buyer.kyc_mode,
        "document_types": sorted(buyer.document_types),
        "verification_status": buyer.verification_status,
        "aml_status": buyer.aml_status,
        "is_exposed": buyer.is_exposed,
        "vies": {
            "result": vies.result,
            "checked_at": vies.checked_at.isoformat() if vies.checked_at else None,
            "outstanding": vies.outstanding,
            "outage": vies.outage,
            "frozen": vies.frozen,
            "given_up": vies.given_up,
        },
    }


def buyer_from_json(stored: dict[str, Any]) -> BuyerFacts:
    vies = stored["vies"]
    checked_at = datetime.fromisoformat(vies["checked_at"]) if vies["checked_at"] else None
    return BuyerFacts(
        **{**stored, "document_types": frozenset(stored["document_types"])}
        | {"vies": ViesFacts(**{**vies, "checked_at": checked_at})}
    )
