"""Transports over HTTP (contract 9)."""

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from nt24.api.operation import operation
from nt24.errors import MilestoneAlreadySet, StateConflict
from nt24.records import Record
from orders.api.views import OnOrder
from transport import actions
from transport.api.serializers import DeliveryIn, PickupIn, RevokeDeliveryIn, RevokePickupIn, TransportOut
from transport.models import Transport


class OnTransport(OnOrder):
    Out = TransportOut

    def shown_types(self) -> tuple[type[Record], ...]:
        return (Transport,)


class TransportView(OnTransport):
    @operation("Read the transport", answer=TransportOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(Transport.objects.get(order=self.order))


class PickupView(OnTransport):
    @operation(
        "Confirm the pickup",
        about="The vehicles have left. Needs ready-for-pickup. Once for each vehicle; a mistake is revoked and "
        "confirmed anew.",
        body=PickupIn,
        answer=TransportOut,
        status=201,
        is_versioned=True,
        fails=(MilestoneAlreadySet, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        transport = actions.confirm_pickup(self.order, by=self.by, **self.body)
        return self.created(transport, request.path.removesuffix("/pickup"))


class DeliveryView(OnTransport):
    @operation(
        "Confirm the delivery",
        about="The vehicles have arrived. Once for each vehicle; a mistake is revoked and confirmed anew.",
        body=DeliveryIn,
        answer=TransportOut,
        status=201,
        is_versioned=True,
        fails=(MilestoneAlreadySet, StateConflict),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        transport = actions.confirm_delivery(self.order, by=self.by, **self.body)
        return self.created(transport, request.path.removesuffix("/delivery"))


class RevokePickupView(OnTransport):
    @operation(
        "Revoke a pickup",
        about="Takes a pickup back that was confirmed by mistake, before delivery and with a reason.",
        body=RevokePickupIn,
        answer=TransportOut,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.revoke_pickup(self.order, by=self.by, **self.body))


class RevokeDeliveryView(OnTransport):
    @operation(
        "Revoke the delivery",
        about="Takes a delivery back that was confirmed by mistake, with a reason.",
        body=RevokeDeliveryIn,
        answer=TransportOut,
        is_versioned=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return self.shown(actions.revoke_delivery(self.order, by=self.by, **self.body))
