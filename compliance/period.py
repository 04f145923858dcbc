"""The orders of a period and their recapitulative statement, read chunk by chunk. Reads only, but for the trail.

An order belongs to the period in which its standing decision was made; with `is_by_creation`, every order that was
placed in it, decided or not. Days are those of UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from compliance.models import Decision, ExportFile, Override
from compliance.recapitulative import Invoiced, Line, Supply, chargeable_on, counting_invoice, lines_of
from nt24.actors import Actor
from nt24.audit.actions import note_export
from nt24.errors import FieldError, ValidationFailed
from nt24.money import Money
from nt24.partners.models import Organization, Seller
from orders.models import Invoice, Order, Vehicle
from transport.models import Milestone

CHUNK = 500  # orders that are in memory at a time


@dataclass(frozen=True, slots=True)
class Period:
    """Which orders are wanted: `first` and `last` included; of everybody, one organization or one seller."""

    first: date
    last: date
    organization: Organization | None = None
    seller: Seller | None = None
    is_by_creation: bool = False

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValidationFailed(FieldError("to", "The period ends before it begins."))

    @property
    def organization_id(self) -> int | None:
        """Under whom its entry in the trail is found."""
        if self.seller is not None:
            return self.seller.organization_id
        return self.organization.pk if self.organization else None

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time.min, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as the list shows it; members that are not there yet are None or empty."""

    organization_name: str
    seller_name: str
    seller_vat_number: str
    external_order_id: str
    uuid: UUID
    buyer_name: str
    buyer_vat_number: str
    vins: tuple[str, ...]
    purchased_on: date
    total: Money
    status: str
    decision: str
    decided_at: datetime | None
    blockers: tuple[str, ...]
    export_file_version: int | None
    export_file_sha256: str
    final_invoice_number: str


def note_period_export(period: Period, *, by: Actor, format: str, purpose: str = "") -> UUID:
    """Write that `by` takes this list; it is found under the organization and the seller, if one is chosen."""
    seller = period.seller
    return note_export(
        what="period.exported",
        by=by,
        about={
            "format": format,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "basis": "creation" if period.is_by_creation else "decision",
        },
        organization_id=period.organization_id,
        seller_uuid=seller.uuid if seller else None,
        purpose=purpose,
    )


# --- Orders with verdicts ------------------------------------------------------------------------------------------


def order_rows(period: Period) -> Iterator[OrderRow]:
    """In the order in which they were placed; four queries for each `CHUNK` of orders."""
    orders = wanted_orders(period)
    if period.is_by_creation:
        orders = orders.filter(created_at__gte=period.begins_at, created_at__lt=period.ends_at)
    else:
        decided_in_it = {
            "rollup__decided_at__gte": period.begins_at,
            "rollup__decided_at__lt": period.ends_at,
        }
        orders = orders.filter(**decided_in_it)
    versions = ExportFile.objects.filter(status=ExportFile.Status.READY).defer("dossier").order_by("number")
    final = Invoice.objects.filter(type=Invoice.Type.FINAL)
    parts = orders.select_related("seller__organization", "buyer", "rollup").prefetch_related(
        Prefetch("vehicles", Vehicle.objects.order_by("position"), to_attr="vehicles_shown"),
        Prefetch("invoices", final, to_attr="final_invoices"),
        Prefetch("export_files", versions, to_attr="ready_versions"),
    )
    for chunk in chunks(parts.defer("rollup__body", "rollup__content_json", "rollup__buyer_facts")):
        yield from (row_of(order) for order in chunk)


def wanted_orders(period: Period) -> QuerySet[Order]:
    orders = Order.objects.all()
    if period.organization is not None:
        orders = orders.filter(seller__organization=period.organization)
    return orders if period.seller is None else orders.filter(seller=period.seller)


def chunks(orders: QuerySet[Order]) -> Iterator[list[Order]]:
    """By primary key, so that no chunk costs more than the one before it and none is held longer than needed."""
    last, ordered = 0, orders.order_by("pk")
    while chunk := list(ordered.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def row_of(order: Any) -> OrderRow:
    """`order` has its parts with it, see `order_rows`."""
    seller, rollup = order.seller, order.rollup
    newest = order.ready_versions[-1] if order.ready_versions else None
    return OrderRow(
        organization_name=seller.organization.name,
        seller_name=seller.name,
        seller_vat_number=seller.vat_number,
        external_order_id=order.external_order_id,
        uuid=order.uuid,
        buyer_name=order.buyer.company_name,
        buyer_vat_number=order.buyer.vat_number,
        vins=tuple(vehicle.vin for vehicle in order.vehicles_shown),
        purchased_on=order.purchase_on,
        total=order.total,
        status=order.status,
        decision=rollup.decision,
        decided_at=rollup.decided_at,
        blockers=tuple(rollup.blocker_codes),
        export_file_version=newest.number if newest else None,
        export_file_sha256=newest.sha256 if newest else "",
        final_invoice_number=order.final_invoices[0].invoice_number if order.final_invoices else "",
    )


# --- The recapitulative statement ----------------------------------------------------------------------------------


def recapitulative_lines(period: Period) -> list[Line]:
    """Of the exempt supplies that are to be reported with a day of the period, whenever they were decided."""
    return lines_of(one for one in supplies(period) if period.first <= one.chargeable_on <= period.last)


def supplies(period: Period) -> Iterator[Supply]:
    """Every supply with the decision VALID_EXPORT that could be of the period; three queries for each `CHUNK`.

    Exports are not among them: they belong in no recapitulative statement (Article 262 of the Directive).
    """
    invoiced_since = Invoice.objects.filter(order=OuterRef("pk"), invoice_on__gte=period.first)
    orders = wanted_orders(period).filter(Exists(invoiced_since), rollup__decision=Decision.VALID_EXPORT)
    pickups = Milestone.objects.filter(kind=Milestone.Kind.PICKUP, revoked_at__isnull=True)
    invoices = Invoice.objects.only("order", "type", "invoice_on", "amount", "currency", "vat_included")
    parts = orders.select_related("seller__organization", "buyer", "transport").prefetch_related(
        Prefetch("invoices", invoices, to_attr="all_invoices"),
        Prefetch(
            "transport__milestones",
            pickups.only("transport", "occurred_on").order_by("occurred_on"),
            to_attr="pickups",
        ),
    )
    shown = ("seller__name", "seller__vat_number", "seller__organization__name", "buyer__vat_number")
    parts = parts.only(*shown, "transport__order")
    for chunk in chunks(parts.exclude(pk__in=exports())):
        yield from (supply for order in chunk if (supply := supply_of(order)) is not None)


def exports() -> list[int]:
    """Orders that two members of staff have found to be exempt as exports (ADR 0053)."""
    overrides = Override.objects.standing().filter(decision=Decision.VALID_EXPORT)
    waived = overrides.values_list("order_id", "waived")
    return [order for order, codes in waived if "DESTINATION_OUTSIDE_VAT_TERRITORY" in codes]


def supply_of(order: Any) -> Supply | None:
    """None when invoice or pickup is missing, which no exempt supply lacks."""
    invoices = {one.type: Invoiced(one.invoice_on, one.money, one.vat_included) for one in order.all_invoices}
    invoice = counting_invoice(invoices.get(Invoice.Type.PRELIMINARY), invoices.get(Invoice.Type.FINAL))
    pickups = order.transport.pickups
    if invoice is None or not pickups:
        return None
    seller = order.seller
    return Supply(
        seller=seller.pk,
        organization_name=seller.organization.name,
        seller_name=seller.name,
        seller_vat_number=seller.vat_number,
        buyer_vat_number=order.buyer.vat_number,
        chargeable_on=chargeable_on(invoice.on, pickups[0].occurred_on),
        amount=invoice.amount,
    )
