"""The shape of a transport on the wire (contract 9)."""

from typing import Any

from rest_framework import serializers

from nt24.api.json import AddressShape, Day, Shape, Text
from nt24.partners.days import NotInTheFuture
from orders.api.serializers import MAX_VEHICLES, Vin
from orders.models import Vehicle
from transport.models import Milestone, Transport


class Vins(serializers.ListField):
    """VINs of the order, each once."""

    default_error_messages = {"twice": "Each VIN may appear only once."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=Vin(), required=False, min_length=1, max_length=MAX_VEHICLES, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        vins: list[str] = super().to_internal_value(data)
        if len(set(vins)) < len(vins):
            self.fail("twice")
        return vins


class PickupIn(Shape):
    type = serializers.ChoiceField(
        Transport.Type.choices,
        help_text="Who moves the vehicles: the buyer or a carrier. The same for the whole order.",
    )
    pickup_date = Day(
        source="picked_up_on",
        validators=[NotInTheFuture()],
        help_text="When the vehicles left; not before the purchase date.",
    )
    driver_identification = Text(
        max_length=200,
        required=False,
        help_text="Who took them over, for example the number of an identity card.",
    )
    collection_address = AddressShape(
        help_text="Where the transport starts; its country is the state of departure."
    )
    vins = Vins(help_text="Which vehicles; by default all not yet picked up.")


class DeliveryIn(Shape):
    delivery_date = Day(
        source="delivered_on",
        validators=[NotInTheFuture()],
        help_text="When the vehicles arrived; not before the pickup.",
    )
    delivery_address = AddressShape(help_text="Where the transport ended; its country is the destination.")
    recipient_name = Text(max_length=200, required=False, help_text="Who received the vehicles.")
    vins = Vins(help_text="Which vehicles; by default all that are under way.")


class RevokePickupIn(Shape):
    reason = Text(max_length=500, help_text="What was wrong; stands in the trail.")
    vins = Vins(help_text="Which vehicles; by default all.")


class RevokeDeliveryIn(Shape):
    reason = Text(max_length=500, help_text="What was wrong; stands in the trail.")


class VehicleTransportOut(Shape):
    vin = serializers.CharField()
    pickup_confirmed = serializers.BooleanField()
    pickup_date = serializers.DateField(required=False)
    delivery_confirmed = serializers.BooleanField()
    delivery_date = serializers.DateField(required=False)


class TransportOut(Shape):
    """Dates and addresses of the order are those of the latest milestone."""

    status = serializers.ChoiceField(Transport.Status.choices)
    type = serializers.ChoiceField(Transport.Type.choices, required=False)
    pickup_confirmed = serializers.BooleanField(help_text="All vehicles are picked up.")
    pickup_date = serializers.DateField(required=False)
    driver_identification = serializers.CharField(required=False)
    collection_address = AddressShape(required=False)
    delivery_confirmed = serializers.BooleanField(help_text="All vehicles are delivered.")
    delivery_date = serializers.DateField(required=False)
    delivery_address = AddressShape(required=False)
    cmr_uploaded = serializers.BooleanField()
    daily_vies_checks_active = serializers.BooleanField()
    vins = VehicleTransportOut(many=True)
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Transport) -> dict[str, Any]:
        return super().to_representation(transport_as_shown(instance))


def transport_as_shown(transport: Transport) -> dict[str, Any]:
    """The transport with what its standing milestones say; members without a value are None."""
    vehicles = list(Vehicle.objects.filter(order=transport.order_id).order_by("position"))
    rows = Milestone.objects.filter(transport=transport, revoked_at__isnull=True).order_by("pk")
    standing = {(row.vehicle_id, row.kind): row for row in rows}
    pickups = [row for (_, kind), row in standing.items() if kind == Milestone.Kind.PICKUP]
    deliveries = [row for (_, kind), row in standing.items() if kind == Milestone.Kind.DELIVERY]
    last_pickup, last_delivery = (rows[-1] if rows else None for rows in (pickups, deliveries))
    return {
        "status": transport.status,
        "type": transport.type or None,
        "pickup_confirmed": len(pickups) == len(vehicles),
        "pickup_date": last_pickup and last_pickup.occurred_on,
        "driver_identification": (last_pickup and last_pickup.person) or None,
        "collection_address": last_pickup and last_pickup.address,
        "delivery_confirmed": len(deliveries) == len(vehicles),
        "delivery_date": last_delivery and last_delivery.occurred_on,
        "delivery_address": last_delivery and last_delivery.address,
        "cmr_uploaded": transport.cmr_uploaded,
        "daily_vies_checks_active": transport.daily_vies_checks_active,
        "vins": [_vehicle_as_shown(vehicle, standing) for vehicle in vehicles],
        "version": transport.version,
        "updated_at": transport.updated_at,
    }


def _vehicle_as_shown(vehicle: Vehicle, standing: dict[tuple[int, str], Milestone]) -> dict[str, Any]:
    pickup = standing.get((vehicle.pk, Milestone.Kind.PICKUP))
    delivery = standing.get((vehicle.pk, Milestone.Kind.DELIVERY))
    return {
        "vin": vehicle.vin,
        "pickup_confirmed": pickup is not None,
        "pickup_date": pickup and pickup.occurred_on,
        "delivery_confirmed": delivery is not None,
        "delivery_date": delivery and delivery.occurred_on,
    }
