"""How a transport goes on: pickups and deliveries are confirmed once, or revoked with a reason and confirmed anew.

Like in `orders.actions`, the order is locked by the caller and every action ends with its assessment.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from buyers.models import ViesCheck
from nt24.actors import Actor, ActorKind
from nt24.addresses import Address
from nt24.errors import FieldError, MilestoneAlreadySet, StateConflict, ValidationFailed
from nt24.records import action
from orders.actions import assess, takes_evidence, tell
from orders.models import Order, Payment, Vehicle
from transport.models import Milestone, Transport

PICKUP, DELIVERY = Milestone.Kind.PICKUP, Milestone.Kind.DELIVERY


class NotReadyForPickup(StateConflict):
    def __init__(self) -> None:
        super().__init__(
            "The order is not ready for pickup: POST payment/ready-for-pickup first, once the payment has arrived."
        )


class OtherTransportType(StateConflict):
    def __init__(self, transport: Transport) -> None:
        super().__init__(
            f"All vehicles of one order travel alike, and this order's transport is {transport.type}.",
            current=transport,
        )


class NotPickedUp(StateConflict):
    def __init__(self, vins: Iterable[str]) -> None:
        super().__init__(f"Not picked up yet: {', '.join(vins) or 'no vehicle'}. Confirm the pickup first.")


class AlreadyDelivered(StateConflict):
    def __init__(self) -> None:
        super().__init__("A delivered vehicle's pickup cannot be revoked; revoke the delivery first.")


class NothingToRevoke(StateConflict):
    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no confirmed {kind.lower()} to revoke.")


class DeliveryIsProven(StateConflict):
    def __init__(self) -> None:
        super().__init__("After VALID_EXPORT a delivery can be revoked by NT24 staff only, with a reason.")


def transport_of(order: Order) -> Transport:
    """The order's transport; it was made with the order's first rollup."""
    return Transport.objects.get(order=order)


def active_milestones(transport: Transport) -> dict[tuple[int, str], Milestone]:
    """What stands now, by vehicle and kind."""
    rows = Milestone.objects.filter(transport=transport, revoked_at__isnull=True).select_related("vehicle")
    return {(row.vehicle_id, row.kind): row for row in rows}


def chosen_vehicles(order: Order, vins: Sequence[str] | None) -> list[Vehicle]:
    """The named vehicles, or all.

    :raises ValidationFailed: a VIN is not of this order.
    """
    vehicles = {vehicle.vin: vehicle for vehicle in order.vehicles.order_by("position")}
    if vins is None:
        return list(vehicles.values())
    strangers = [
        FieldError(f"vins[{index}]", "This VIN is not in the order.", vin)
        for index, vin in enumerate(vins)
        if vin not in vehicles
    ]
    if strangers:
        raise ValidationFailed(*strangers)
    return [vehicle for vehicle in vehicles.values() if vehicle.vin in set(vins)]


def still_open(
    vehicles: list[Vehicle],
    kind: str,
    standing: dict[tuple[int, str], Milestone],
    *,
    transport: Transport,
    is_named: bool,
) -> list[Vehicle]:
    """The vehicles whose milestone is yet to be set.

    :raises MilestoneAlreadySet: one that was named has it already, or all have.
    """
    free = [vehicle for vehicle in vehicles if (vehicle.pk, kind) not in standing]
    if not free or (is_named and len(free) < len(vehicles)):
        raise MilestoneAlreadySet(
            f"The {kind.lower()} is confirmed and cannot be changed; revoke it with a reason to confirm it anew.",
            current=transport,
        )
    return free


@action
def confirm_pickup(
    order: Order,
    *,
    type: str,
    picked_up_on: date,
    collection_address: Address,
    by: Actor,
    driver_identification: str = "",
    vins: Sequence[str] | None = None,
    reason: str = "",
) -> Transport:
    """Set the pickup of the named vehicles, by default of all not yet picked up.

    :raises NotReadyForPickup: the payment is not released.
    :raises MilestoneAlreadySet: it is set.
    :raises OtherTransportType: another vehicle of the order already travels in another way.
    :raises ValidationFailed: unknown VIN, or a date before the purchase.
    """
    takes_evidence(order, by=by, reason=reason)
    transport = transport_of(order)
    vehicles = chosen_vehicles(order, vins)
    if picked_up_on < order.purchase_on:
        raise ValidationFailed(
            FieldError("pickupDate", "Not before the purchase date.", picked_up_on.isoformat())
        )
    if not Payment.objects.filter(order=order, ready_for_pickup_at__isnull=False).exists():
        raise NotReadyForPickup
    standing = active_milestones(transport)
    free = still_open(vehicles, PICKUP, standing, transport=transport, is_named=vins is not None)
    if transport.type and transport.type != type and standing:
        raise OtherTransportType(transport)
    transport.type = type
    return _set_milestones(
        transport,
        free,
        PICKUP,
        order=order,
        by=by,
        reason=reason,
        occurred_on=picked_up_on,
        address=collection_address,
        person=driver_identification,
    )


@action
def confirm_delivery(
    order: Order,
    *,
    delivered_on: date,
    delivery_address: Address,
    by: Actor,
    recipient_name: str = "",
    vins: Sequence[str] | None = None,
    reason: str = "",
) -> Transport:
    """Set the delivery of the named vehicles, by default of all that are under way.

    With the last one the order keeps the VIES answer of this moment (contract 16.11).

    :raises NotPickedUp: a vehicle has not left yet.
    :raises MilestoneAlreadySet: it is set.
    :raises ValidationFailed: unknown VIN, or a date before the pickup.
    """
    takes_evidence(order, by=by, reason=reason)
    transport = transport_of(order)
    standing = active_milestones(transport)
    vehicles = chosen_vehicles(order, vins)
    if vins is None:
        vehicles = [vehicle for vehicle in vehicles if (vehicle.pk, PICKUP) in standing]
    waiting = [vehicle.vin for vehicle in vehicles if (vehicle.pk, PICKUP) not in standing]
    if waiting or not vehicles:
        raise NotPickedUp(waiting)
    free = still_open(vehicles, DELIVERY, standing, transport=transport, is_named=vins is not None)
    if any(delivered_on < standing[vehicle.pk, PICKUP].occurred_on for vehicle in free):
        raise ValidationFailed(
            FieldError("deliveryDate", "Not before the pickup date.", delivered_on.isoformat())
        )
    delivered = sum(kind == DELIVERY for _, kind in standing) + len(free)
    if delivered == order.vehicles.count():
        transport.delivery_confirmed_at = timezone.now()
        transport.vies_check = answered_checks(order).last()
    return _set_milestones(
        transport,
        free,
        DELIVERY,
        order=order,
        by=by,
        reason=reason,
        occurred_on=delivered_on,
        address=delivery_address,
        person=recipient_name,
    )


def answered_checks(order: Order) -> Any:
    """The buyer's VIES checks with a real answer, oldest first."""
    real = (ViesCheck.Result.VALID, ViesCheck.Result.INVALID)
    return ViesCheck.objects.filter(buyer=order.buyer_id, result__in=real).order_by("checked_at", "pk")


def _set_milestones(
    transport: Transport,
    vehicles: list[Vehicle],
    kind: str,
    *,
    order: Order,
    by: Actor,
    reason: str,
    **fact: Any,
) -> Transport:
    Milestone.objects.bulk_create(
        Milestone(transport=transport, vehicle=vehicle, kind=kind, **fact) for vehicle in vehicles
    )
    transport.save_changes("type", "delivery_confirmed_at", "vies_check")
    tell(
        transport,
        f"transport.{kind.lower()}_confirmed",
        order,
        by=by,
        changes={
            "vins": [None, [vehicle.vin for vehicle in vehicles]],
            "date": [None, fact["occurred_on"].isoformat()],
            "country": [None, fact["address"]["country"]],
        },
        reason=reason,
    )
    assess(order, by=by, written=(transport,))
    return transport


@action
def revoke_pickup(order: Order, *, reason: str, by: Actor, vins: Sequence[str] | None = None) -> Transport:
    """Take back the pickup of the named vehicles, by default of all; only before their delivery.

    :raises NothingToRevoke: none of them is picked up.
    :raises AlreadyDelivered: one of them is delivered.
    """
    takes_evidence(order, by=by, reason=reason)
    transport = transport_of(order)
    standing = active_milestones(transport)
    vehicles = chosen_vehicles(order, vins)
    if any((vehicle.pk, DELIVERY) in standing for vehicle in vehicles):
        raise AlreadyDelivered
    revoked = _revoke(transport, vehicles, PICKUP, standing, reason=reason, order=order, by=by)
    if len(revoked) == sum(kind == PICKUP for _, kind in standing):
        transport.type = ""
    transport.save_changes("type")
    assess(order, by=by, written=(transport,))
    return transport


@action
def revoke_delivery(order: Order, *, reason: str, by: Actor) -> Transport:
    """Take back every delivery. Once the verdict is VALID_EXPORT only staff do, with a reason (contract 16.9).

    :raises DeliveryIsProven: the verdict is VALID_EXPORT and this is not staff.
    :raises NothingToRevoke: nothing is delivered.
    """
    takes_evidence(order, by=by, reason=reason)
    if order.status == Order.Status.COMPLIANCE_VALID and by.kind != ActorKind.STAFF:
        raise DeliveryIsProven
    transport = transport_of(order)
    standing = active_milestones(transport)
    _revoke(transport, chosen_vehicles(order, None), DELIVERY, standing, reason=reason, order=order, by=by)
    transport.delivery_confirmed_at = transport.vies_check = None
    transport.save_changes("delivery_confirmed_at", "vies_check")
    assess(order, by=by, written=(transport,))
    return transport


def _revoke(
    transport: Transport,
    vehicles: list[Vehicle],
    kind: str,
    standing: dict[tuple[int, str], Milestone],
    *,
    reason: str,
    order: Order,
    by: Actor,
) -> list[Milestone]:
    rows = [standing[vehicle.pk, kind] for vehicle in vehicles if (vehicle.pk, kind) in standing]
    if not rows:
        raise NothingToRevoke(kind)
    Milestone.objects.filter(pk__in=[row.pk for row in rows]).update(
        revoked_at=timezone.now(), revoked_reason=reason
    )
    tell(
        transport,
        f"transport.{kind.lower()}_revoked",
        order,
        by=by,
        changes={"vins": [[row.vehicle.vin for row in rows], None]},
        reason=reason,
    )
    return rows
