"""Every way an order changes. Each action is one transaction: it writes the row, the trail and, by
`evidence_changed`, the order's compliance, so that an answered write means an up-to-date rollup.

All of them expect the order to be locked (`Order.objects.for_change()`); the facts of one order are written in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from buyers.checks import is_stale, latest_answer, request_vies_check
from buyers.models import Buyer, ViesCheck
from nt24.actors import Actor, ActorKind
from nt24.documents.actions import archive_document, file_document
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.documents.uploads import Upload
from nt24.errors import ExistsWithOtherBody
from nt24.events import announce, evidence_changed
from nt24.lifecycle import move
from nt24.money import Money
from nt24.partners.days import today_of
from nt24.reasons import require_reason
from nt24.records import Record, action, assigned, create_or_match
from orders.hints import expect_reading, look_again
from orders.iban import is_known_account, masked, stand_in_line_with_payments_of
from orders.models import Invoice, Order, Payment, Vehicle
from orders.refusals import (
    BuyerIsBlocked,
    NoPaymentYet,
    NoVerdictYet,
    OrderIsCancelled,
    OrderIsJudged,
    require_currency_of,
)


@dataclass(frozen=True, slots=True)
class VehicleData:
    """One vehicle as it was sent; `purchase_amount` in the order's currency."""

    vin: str
    brand: str
    model: str
    purchase_amount: Money
    mileage: int | None = None
    first_registered_on: date | None = None


def assess(order: Order, *, by: Actor, written: tuple[Record, ...] = ()) -> None:
    evidence_changed.send(sender=Order, order_ids=(order.pk,), by=by, written=written)


def tell(record: Record, action: str, order: Order, *, by: Actor, **about: Any) -> None:
    announce(record, action, by=by, seller=order.seller, order_uuid=order.uuid, **about)


def takes_evidence(order: Order, *, by: Actor, reason: str = "") -> Order:
    """The guard of every change: nothing is added to a cancelled order, and staff who touch one that has a verdict say
    why (contract 7, 14). A client of the API has said so in its own system.

    :raises OrderIsCancelled: it is cancelled.
    :raises ValidationFailed: staff give no reason where one is due, or one that is too long.
    """
    if order.is_cancelled:
        raise OrderIsCancelled(order)
    if by.kind == ActorKind.STAFF and (order.is_judged or reason):
        require_reason(reason)
    return order


# --- The order -----------------------------------------------------------------------------------------------------


def is_same_order(order: Order, content: dict[str, Any], vehicles: list[VehicleData]) -> bool:
    """Whether what was sent equals what the order holds now; members that were not sent are not compared."""
    stored = [
        VehicleData(
            vin=row.vin,
            brand=row.brand,
            model=row.model,
            purchase_amount=Money(row.purchase_amount, order.currency),
            mileage=row.mileage if sent.mileage is not None else None,
            first_registered_on=row.first_registered_on if sent.first_registered_on is not None else None,
        )
        for row, sent in zip(order.vehicles.order_by("position"), vehicles, strict=False)
    ]
    return (
        all(getattr(order, name) == value for name, value in content.items())
        and order.vehicles.count() == len(vehicles)
        and stored == vehicles
    )


@action
def place_order(
    *,
    buyer: Buyer,
    external_order_id: str,
    total: Money,
    vehicles: list[VehicleData],
    by: Actor,
    **optional: Any,
) -> tuple[Order, bool]:
    """Create the order with its vehicles, or find the one that has this external id; true when it is new.

    `buyer` is locked, so that blocking him and ordering for him happen one after the other. `optional` is
    `purchase_on` and `responsible_contact` where they were sent.

    :raises ExistsWithOtherBody: the external id belongs to another order.
    :raises BuyerIsBlocked: a blocked buyer takes no new order.
    """
    content = {"buyer_id": buyer.pk, "total_amount": total.value, "currency": total.currency, **optional}
    natural_key = {"seller_id": buyer.seller_id, "external_order_id": external_order_id}
    if not buyer.is_blocked:
        order = Order(**natural_key, **{"purchase_on": today_of(buyer.seller), **content})
        if is_inserted(order):
            _fill_new_order(order, buyer, vehicles, by)
            return order, True
    existing = Order.objects.filter(**natural_key).select_related("buyer", "seller").first()
    if existing is None:
        raise BuyerIsBlocked
    if not is_same_order(existing, content, vehicles):
        raise ExistsWithOtherBody(
            "An order with this externalOrderId exists with other content; change it with PATCH.",
            current=existing,
        )
    return existing, False


def is_inserted(order: Order) -> bool:
    """Insert first and ask afterwards: whoever loses the race for an external id finds the winner's order."""
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _fill_new_order(order: Order, buyer: Buyer, vehicles: list[VehicleData], by: Actor) -> None:
    order.buyer, order.seller = buyer, buyer.seller
    order.vehicles_in_order = Vehicle.objects.bulk_create(
        Vehicle(
            order=order,
            position=position,
            vin=data.vin,
            brand=data.brand,
            model=data.model,
            mileage=data.mileage,
            first_registered_on=data.first_registered_on,
            purchase_amount=data.purchase_amount.value,
        )
        for position, data in enumerate(vehicles)
    )
    tell(order, "order.placed", order, by=by, changes={"status": [None, order.status]})
    if not ViesCheck.objects.filter(buyer=buyer).exists():
        request_vies_check(buyer, cause=ViesCheck.Cause.ORDER, by=by)
    evidence_changed.send(sender=Order, new_order=order, by=by)


@action
def update_order(
    order: Order, *, by: Actor, expected_version: int | None, reason: str = "", **sent: Any
) -> Order:
    """Change `responsible_contact` or `purchase_on`; equal values change nothing.

    :raises VersionMismatch: the order has another version.
    :raises OrderIsCancelled: it is cancelled.
    """
    order.expect_version(expected_version)
    takes_evidence(order, by=by, reason=reason)
    if not (changes := assigned(order, sent)):
        assess(order, by=by)  # an answered write means an up-to-date rollup; where it is, nothing moves
        order.refresh_from_db()
        return order
    order.save_changes(*changes)
    # A person's name and address stay out of the trail.
    seen = {
        name: ["changed", "changed"] if name == "responsible_contact" else [str(old), str(new)]
        for name, (old, new) in changes.items()
    }
    tell(order, "order.updated", order, by=by, changes=seen, reason=reason)
    assess(order, by=by, written=(order,))
    return order


@action
def cancel_order(order: Order, *, reason: str, by: Actor) -> Order:
    """End the order without a verdict; it takes nothing more and is not assessed again.

    :raises OrderIsCancelled: it already is.
    :raises OrderIsJudged: it has a verdict.
    """
    takes_evidence(order, by=by, reason=reason)
    if order.is_judged:
        raise OrderIsJudged(order)
    order.cancelled_at, order.cancel_reason = timezone.now(), reason
    move(
        order,
        Order.Status.CANCELLED,
        by=by,
        also=("cancelled_at", "cancel_reason"),
        reason=reason,
        seller=order.seller,
        order_uuid=order.uuid,
    )
    assess(order, by=by, written=(order,))
    return order


# --- Invoices ------------------------------------------------------------------------------------------------------


@action
def submit_invoice(
    order: Order, *, type: str, by: Actor, reason: str = "", **content: Any
) -> tuple[Invoice, bool]:
    """Take the preliminary invoice or, after the verdict, the final one; true when it is new.

    :raises ExistsWithOtherBody: there is one of this type with other content.
    :raises OrderIsCancelled: the order takes nothing more.
    :raises NoVerdictYet: a final invoice before the verdict.
    :raises ValidationFailed: it is in another currency than the order.
    """
    require_currency_of(order, content["currency"])
    if not Invoice.objects.filter(order=order, type=type).exists():
        is_final = type == Invoice.Type.FINAL
        # The final invoice is what a verdict waits for (contract 10): it needs no excuse.
        takes_evidence(order, by=by, reason=reason or ("final invoice" if is_final else ""))
        if is_final and not order.is_judged:
            raise NoVerdictYet
    invoice, is_new = create_or_match(Invoice, {"order": order, "type": type}, content)
    if not is_new:
        return invoice, False
    changes = _as_new(content)
    tell(invoice, f"invoice.{type.lower()}_submitted", order, by=by, changes=changes, reason=reason)
    look_again(order, Module.INVOICE)
    assess(order, by=by, written=(invoice,))
    return invoice, True


@action
def update_invoice(
    invoice: Invoice,
    *,
    order: Order,
    by: Actor,
    expected_version: int | None,
    reason: str = "",
    **sent: Any,
) -> Invoice:
    """Correct an invoice, also after a verdict: the order is assessed anew (contract 8). Equal values change nothing.

    :raises VersionMismatch: the invoice has another version.
    :raises OrderIsCancelled: the order takes nothing more.
    """
    invoice.expect_version(expected_version)
    takes_evidence(order, by=by, reason=reason)
    if not (changes := assigned(invoice, sent)):
        return invoice
    if "currency" in changes:
        require_currency_of(order, invoice.currency)
    invoice.save_changes(*changes)
    tell(invoice, "invoice.updated", order, by=by, changes=_as_changes(changes), reason=reason)
    look_again(order, Module.INVOICE)
    assess(order, by=by, written=(invoice,))
    return invoice


# --- Payment -------------------------------------------------------------------------------------------------------


@action
def submit_payment(order: Order, *, by: Actor, reason: str = "", **content: Any) -> tuple[Payment, bool]:
    """Take the payment; true when it is new. Whether the account is known is decided now (contract 16.7).

    :raises ExistsWithOtherBody: there is a payment with other content.
    :raises OrderIsCancelled: the order takes nothing more.
    """
    if not Payment.objects.filter(order=order).exists():
        takes_evidence(order, by=by, reason=reason)
    stand_in_line_with_payments_of(order.buyer_id)
    is_known = is_known_account(order, content.get("source_iban", ""), bool(content.get("new_source_iban")))
    payment, is_new = create_or_match(Payment, {"order": order}, content, iban_consistent=is_known)
    if not is_new:
        return payment, False
    tell(payment, "payment.submitted", order, by=by, changes=_as_new(content), reason=reason)
    look_again(order, Module.PAYMENT)
    assess(order, by=by, written=(payment,))
    return payment, True


@action
def update_payment(
    payment: Payment,
    *,
    order: Order,
    by: Actor,
    expected_version: int | None,
    reason: str = "",
    **sent: Any,
) -> Payment:
    """Correct the payment, also after a verdict. Equal values change nothing.

    :raises VersionMismatch: the payment has another version.
    :raises OrderIsCancelled: the order takes nothing more.
    """
    payment.expect_version(expected_version)
    takes_evidence(order, by=by, reason=reason)
    if not (changes := assigned(payment, sent)):
        return payment
    stand_in_line_with_payments_of(order.buyer_id)
    payment.iban_consistent = is_known_account(order, payment.source_iban, payment.new_source_iban)
    payment.save_changes(*changes, "iban_consistent")
    tell(payment, "payment.updated", order, by=by, changes=_as_changes(changes), reason=reason)
    look_again(order, Module.PAYMENT)
    assess(order, by=by, written=(payment,))
    return payment


@action
def mark_ready_for_pickup(order: Order, *, by: Actor, reason: str = "") -> Payment:
    """Release the vehicles; repeating it changes nothing. From here VIES is asked daily (contract 8, 9).

    :raises OrderIsCancelled: the order takes nothing more.
    :raises NoPaymentYet: there is nothing to release.
    """
    takes_evidence(order, by=by, reason=reason)
    payment = Payment.objects.filter(order=order).first()
    if payment is None:
        raise NoPaymentYet
    if payment.is_ready_for_pickup:
        return payment
    payment.ready_for_pickup_at = timezone.now()
    payment.save_changes("ready_for_pickup_at")
    tell(payment, "payment.ready_for_pickup", order, by=by, reason=reason)
    if is_stale(latest_answer(order.buyer), timezone.now()):
        request_vies_check(order.buyer, cause=ViesCheck.Cause.READY_FOR_PICKUP, by=by)
    assess(order, by=by, written=(payment,))
    return payment


# --- Documents of the order, its invoices and its payment -----------------------------------------------------------


@action
def add_document(
    order: Order, *, module: Module, upload: Upload, by: Actor, reason: str = "", **about: Any
) -> Document:
    """File a document of the order, its invoices, its payment or its transport.

    :raises OrderIsCancelled: the order takes nothing more.
    :raises ValidationFailed: the type belongs to another module, or the date lies in the future.
    """
    return add_documents(order, [{**about, "upload": upload}], module=module, by=by, reason=reason)[0]


@action
def add_documents(
    order: Order, documents: Sequence[Mapping[str, Any]], *, module: Module, by: Actor, reason: str = ""
) -> list[Document]:
    """File several at once, each with its `upload` and what is said about it; the case is assessed with all of them.

    :raises OrderIsCancelled, ValidationFailed: as `add_document`; none is filed then.
    """
    takes_evidence(order, by=by, reason=reason)
    about = {"module": module, "subject_uuid": order.uuid, "seller": order.seller, "by": by, "reason": reason}
    filed = [file_document(**{"signed_wet": None, **document, **about}) for document in documents]
    for document in filed:
        expect_reading(order, document)
    assess(order, by=by, written=(*filed,))
    return filed


@action
def retire_document(
    document: Document, *, order: Order, by: Actor, expected_version: int | None, reason: str = ""
) -> Document:
    """Archive a document: it is kept and no longer counts.

    :raises VersionMismatch: the document has another version.
    :raises OrderIsCancelled: the order takes nothing more.
    """
    takes_evidence(order, by=by, reason=reason)
    if document.expect_version(expected_version).status == Document.Status.ARCHIVED:
        return document
    archive_document(document, reason=reason, by=by, expected_version=expected_version)
    assess(order, by=by, written=(document,))
    return document


def _as_changes(changes: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Old and new for the trail; account numbers are masked."""

    def shown(name: str, value: Any) -> Any:
        if name == "source_iban" and value:
            return masked(value)
        return value if isinstance(value, int | bool) or value is None else str(value)

    return {name: [shown(name, value) for value in pair] for name, pair in changes.items()}


def _as_new(content: Mapping[str, Any]) -> dict[str, list[Any]]:
    return _as_changes({name: (None, value) for name, value in content.items() if value is not None})
