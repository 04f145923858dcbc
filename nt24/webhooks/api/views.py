"""Webhook endpoints and their deliveries over HTTP (contract 12)."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.errors import StateConflict
from nt24.text import tidy
from nt24.webhooks import actions
from nt24.webhooks.api import serializers as shapes
from nt24.webhooks.destinations import why_refused
from nt24.webhooks.models import DELIVERY_PREFIX, ENDPOINT_PREFIX, Attempt, Delivery, Endpoint


class TakesUrl(ContractView):
    """The url of the body is judged before the transaction, because that asks the name service."""

    refused_url: str = ""

    def prepare(self) -> Exception | None:
        url = self.raw_body.get("url") if isinstance(self.raw_body, dict) else None
        if isinstance(url, str):
            self.refused_url = why_refused(tidy(url))
        return None


class EndpointsView(TakesUrl):
    @operation(
        "List your webhook endpoints",
        about="All endpoints of your organization as one array.",
        answer=shapes.EndpointOut,
        is_array=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        endpoints = Endpoint.objects.visible_to(self.caller.organization_pk).order_by("pk")
        return Response(shapes.EndpointOut(endpoints, many=True).data)

    @operation(
        "Register a webhook endpoint",
        about="Events of the types you name are sent to `url` from now on. The signing secret is shown in this "
        "answer only.",
        body=shapes.EndpointIn,
        answer=shapes.EndpointWithSecretOut,
        status=201,
        shows_secret=True,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        sent = {"partner_ids": None, "secret": "", **self.body}
        endpoint, secret = actions.register_endpoint(self.caller.organization_pk, by=self.by, **sent)
        return Response(
            with_secret(endpoint, secret),
            status=201,
            headers={"Location": f"{request.path}/{endpoint.public_id}"},
        )


class OnEndpoint(ContractView):
    endpoint: Endpoint

    def locate(self, **kwargs: Any) -> None:
        rows = Endpoint.objects.visible_to(self.caller.organization_pk)
        if self.is_writing:
            rows = rows.select_for_update(no_key=True)
        found = rows.filter(uuid=uuid_in(kwargs["endpointId"], ENDPOINT_PREFIX)).first()
        if found is None:
            raise Http404
        self.endpoint = found


class EndpointView(OnEndpoint, TakesUrl):
    Out = shapes.EndpointOut

    @operation(
        "Read a webhook endpoint",
        about="What it subscribes to, and whether deliveries arrive.",
        answer=shapes.EndpointOut,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return Response(shapes.EndpointOut(self.endpoint).data)

    @operation(
        "Change a webhook endpoint",
        body=shapes.EndpointPatch,
        answer=shapes.EndpointOut,
    )
    def patch(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        endpoint = actions.update_endpoint(self.endpoint, by=self.by, **self.body)
        return Response(shapes.EndpointOut(endpoint).data)

    def present(self) -> Endpoint:
        return self.endpoint

    @operation(
        "Delete a webhook endpoint",
        about="It gets no more events, and what still waited is not sent.",
        status=204,
    )
    def delete(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        actions.delete_endpoint(self.endpoint, by=self.by)
        return HttpResponse(status=204)


class RotateSecretView(OnEndpoint):
    @operation(
        "Make a new signing secret",
        about="The new secret is shown in this answer only. For 24 hours requests are signed with both, so that "
        "no event is lost.",
        answer=shapes.EndpointWithSecretOut,
        shows_secret=True,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        secret = actions.rotate_endpoint_secret(self.endpoint, by=self.by)
        return Response(with_secret(self.endpoint, secret))


class ConfirmSecretView(OnEndpoint):
    @operation(
        "End the old signing secret",
        about="Say that your receiver has the new secret: from now on requests are signed with it alone. It may "
        "be repeated.",
        answer=shapes.EndpointOut,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        actions.confirm_endpoint_secret(self.endpoint, by=self.by)
        return Response(shapes.EndpointOut(self.endpoint).data)


class FireTestView(OnEndpoint):
    @operation(
        "Send a test event",
        about="`data` is sent as it is, whatever the endpoint subscribes to. Nothing marks it as a test.",
        body=shapes.FireIn,
        answer=shapes.DeliveryOut,
        status=202,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        delivery = actions.fire_test(self.endpoint, by=self.by, **self.body)
        return Response(shapes.DeliveryOut(delivery).data, status=202)


class DeliveriesView(OnEndpoint):
    @operation(
        "List deliveries",
        about="What was sent to this endpoint in the last 30 days, newest first.",
        query=shapes.DeliveryQuery,
        answer=shapes.DeliveryOut,
        is_list=True,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        rows = Delivery.objects.filter(endpoint=self.endpoint)
        if status := self.query.get("status"):
            rows = rows.filter(status=status)
        if since := self.query.get("since"):
            rows = rows.filter(created_at__gte=since)
        return self.listed(rows.select_related("message", "endpoint", "replay_of"), shapes.DeliveryOut)


class OnDelivery(OnEndpoint):
    delivery: Delivery

    def locate(self, **kwargs: Any) -> None:
        super().locate(**kwargs)
        found = (
            Delivery.objects.select_related("message", "replay_of")
            .filter(endpoint=self.endpoint, uuid=uuid_in(kwargs["deliveryId"], DELIVERY_PREFIX))
            .first()
        )
        if found is None:
            raise Http404
        found.endpoint = self.endpoint
        self.delivery = found


class DeliveryView(OnDelivery):
    @operation(
        "Read a delivery with its attempts",
        about="The exact bytes that were sent, and each attempt with the status, the time it took and the "
        "beginning of your answer.",
        answer=shapes.DeliveryDetailOut,
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        self.delivery.request_body = bytes(self.delivery.message.body).decode()  # type: ignore[attr-defined]
        self.delivery.attempt_log = [  # type: ignore[attr-defined]
            as_shown(attempt) for attempt in self.delivery.log.order_by("at", "pk")
        ]
        return Response(shapes.DeliveryDetailOut(self.delivery).data)


class ReplayView(OnDelivery):
    @operation(
        "Replay a delivery",
        about="The same event once more, with the same id and a fresh signature, as a new delivery.",
        answer=shapes.DeliveryOut,
        status=202,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        replay = actions.replay_delivery(self.delivery, by=self.by)
        return Response(shapes.DeliveryOut(replay).data, status=202)


class BulkReplayView(OnEndpoint):
    @operation(
        "Replay every failed delivery since a time",
        about="Everything that failed since then and has neither arrived nor been sent again.",
        body=shapes.ReplayIn,
        answer=shapes.ReplaysQueuedOut,
        status=202,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        queued = actions.replay_failed(self.endpoint, since=self.body["since"], by=self.by)
        return Response({"queued": queued}, status=202)


def with_secret(endpoint: Endpoint, secret: str) -> dict[str, Any]:
    return {**shapes.EndpointOut(endpoint).data, "secret": secret}


def as_shown(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": attempt.at,
        "http_status": attempt.http_status,
        "failure": attempt.failure or None,
        "milliseconds": attempt.milliseconds,
        "response_body": bytes(attempt.excerpt).decode(errors="replace"),
    }


def uuid_in(public_id: str, prefix: str) -> UUID:
    """:raises Http404: it is no id of this kind."""
    try:
        return UUID(hex=public_id.removeprefix(prefix) if public_id.startswith(prefix) else "")
    except ValueError as error:
        raise Http404 from error
