"""What staff do about a transport by hand, by the same actions and shapes as the API."""

from collections.abc import Mapping
from typing import Any

from nt24.records import Record
from nt24.staff.fields import Choices
from nt24.staff.moves import Done
from orders.models import Payment
from orders.moves import GoesOn, OnOrder
from transport import actions
from transport.actions import DELIVERY, PICKUP
from transport.api.serializers import DeliveryIn, PickupIn, RevokeDeliveryIn, RevokePickupIn
from transport.models import Transport


class OnTransport(OnOrder):
    """The form carries the version of the transport, not of the order."""

    permission = "transport.change_transport"
    place = "transport"
    needs = {"vins": "Tick at least one vehicle."}

    def transport(self) -> Transport:
        return self.record.transport

    def guarded(self) -> Record:
        return self.transport()

    def vins_with(self, kind: str | None, without: str | None = None) -> list[str]:
        """The vehicles that have one milestone and lack another."""
        milestones = self.transport().milestones.all()
        have = {(row.vehicle_id, row.kind) for row in milestones if row.revoked_at is None}
        return [
            vehicle.vin
            for vehicle in self.record.vehicles_in_order
            if (kind is None or (vehicle.pk, kind) in have)
            and (without is None or (vehicle.pk, without) not in have)
        ]

    def open_vins(self) -> list[str]:
        """The vehicles that this can be done for now."""
        raise NotImplementedError

    def choices(self) -> Mapping[str, Choices]:
        return {"vins": [(vin, vin) for vin in self.open_vins()]}

    def is_possible(self) -> bool:
        return super().is_possible() and bool(self.open_vins())


class ConfirmPickup(OnTransport, GoesOn):
    name, label = "confirm-pickup", "Confirm the pickup"
    about = "To fix a mistake, revoke the pickup and confirm it again."
    permission = "transport.add_transport"
    shape = PickupIn

    def open_vins(self) -> list[str]:
        return self.vins_with(None, without=PICKUP)

    def is_possible(self) -> bool:
        payment: Payment | None = getattr(self.record, "payment", None)
        return super().is_possible() and payment is not None and payment.is_ready_for_pickup

    def wire(self) -> Mapping[str, Any]:
        seller = self.record.seller
        address = {"street": seller.street, "postCode": seller.post_code, "city": seller.city}
        start = {**address, "country": seller.country}
        return {"type": self.transport().type, "collectionAddress": start, "vins": self.open_vins()}

    def run(self, data: dict[str, Any]) -> Done:
        self.require_reason()
        actions.confirm_pickup(self.record, by=self.by, **data, reason=self.reason)
        return Done("Pickup confirmed. Now upload its document.")


class RevokePickup(OnTransport):
    name, label = "revoke-pickup", "Revoke the pickup"
    about = "Takes the pickup back, so that it can be confirmed anew."
    shape = RevokePickupIn
    is_danger = True

    def open_vins(self) -> list[str]:
        return self.vins_with(PICKUP, without=DELIVERY)

    def wire(self) -> Mapping[str, Any]:
        """Taking something back for several vehicles takes a tick for each."""
        only = self.open_vins()
        return {"vins": only if len(only) == 1 else []}

    def asks_reason(self) -> bool:
        """The shape has its own."""
        return False

    def run(self, data: dict[str, Any]) -> Done:
        actions.revoke_pickup(self.record, by=self.by, **data)
        return Done("Pickup revoked.")


class ConfirmDelivery(OnTransport):
    name, label = "confirm-delivery", "Confirm the delivery"
    about = "With the last vehicle the order keeps the VIES answer of this moment."
    permission = "transport.add_transport"
    shape = DeliveryIn

    def open_vins(self) -> list[str]:
        return self.vins_with(PICKUP, without=DELIVERY)

    def wire(self) -> Mapping[str, Any]:
        address = self.record.buyer.address
        return {"deliveryAddress": {"postCode": address["post_code"], **address}, "vins": self.open_vins()}

    def run(self, data: dict[str, Any]) -> Done:
        actions.confirm_delivery(self.record, by=self.by, **data, reason=self.reason)
        return Done("Delivery confirmed. Now upload its document.")


class RevokeDelivery(OnTransport):
    name, label = "revoke-delivery", "Revoke the delivery"
    about = "Takes every delivery of the order back. After VALID_EXPORT the verdict falls with it."
    shape = RevokeDeliveryIn
    is_danger = True

    def open_vins(self) -> list[str]:
        return self.vins_with(DELIVERY)

    def asks_reason(self) -> bool:
        """The shape has its own."""
        return False

    def run(self, data: dict[str, Any]) -> Done:
        actions.revoke_delivery(self.record, by=self.by, reason=data["reason"])
        return Done("Delivery revoked.")
