"""Endpoints and deliveries as staff read and run them. Of a URL only its origin is shown: the rest may be a secret."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from nt24.admin import FactsAdmin
from nt24.partners.models import Organization
from nt24.staff.chips import NOTHING, chip, chip_of, column, words_of
from nt24.staff.exact_ids import uuid_in
from nt24.staff.hidden import whole_number
from nt24.staff.moves import url_of
from nt24.staff.record_admin import RecordAdmin
from nt24.staff.timeline import before_in
from nt24.staff.wording import in_words
from nt24.webhooks import moves as hooks
from nt24.webhooks.actions import origin_of
from nt24.webhooks.endpoint_page import delivery_page, endpoint_page, with_last_error
from nt24.webhooks.models import DELIVERY_PREFIX, ENDPOINT_PREFIX, Delivery, Endpoint, Message


@admin.register(Endpoint)
class EndpointAdmin(RecordAdmin):
    list_display = (
        "where",
        "known_as",
        "organization",
        "hears",
        "state",
        "last_failure",
        words_of("pause_reason", "Why paused"),
        "failures",
        column("paused_at", "Paused since"),
    )
    list_filter = ("status", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("organization__name__contains_spelled",)
    ordering = ("-pk",)

    page_template = "webhooks/staff/endpoint.html"
    creation = hooks.RegisterEndpoint
    parent_model = Organization
    parent_search = ("name__begins_spelled", "slug__startswith")
    moves = (
        hooks.ResumeEndpoint,
        hooks.SendTest,
        hooks.ReplayFailed,
        hooks.ChangeEndpoint,
        hooks.RotateEndpointSecret,
        hooks.ConfirmEndpointSecret,
        hooks.PauseEndpoint,
        hooks.DisableEndpoint,
        hooks.DeleteEndpoint,
        hooks.ReplayOne,
    )
    bulk_moves = (hooks.ResumeEndpoint,)

    @admin.display(description="Where")
    def where(self, endpoint: Endpoint) -> str:
        return origin_of(endpoint.url)

    @admin.display(description="Id for partners")
    def known_as(self, endpoint: Endpoint) -> str:
        return endpoint.public_id

    @admin.display(description="Events")
    def hears(self, endpoint: Endpoint) -> str:
        """What tells two endpoints on one host apart: the events, and whether of all sellers."""
        sellers = endpoint.partner_uuids
        of = "" if sellers is None else f" of {len(sellers)} seller{'' if len(sellers) == 1 else 's'}"
        return ", ".join(endpoint.events) + of

    @admin.display(description="Last error")
    def last_failure(self, endpoint: Any) -> str:
        """Of a delivery that has not arrived yet or was given up."""
        return in_words(endpoint.last_error or "") or NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return with_last_error(super().get_queryset(request))

    @admin.display(description="Status", ordering="status")
    def state(self, endpoint: Endpoint) -> str:
        return chip("DELETED" if endpoint.deleted_at else endpoint.status)

    @admin.display(description="Failures in a row", ordering="consecutive_failures")
    def failures(self, endpoint: Endpoint) -> int:
        return endpoint.consecutive_failures

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Endpoint], search_term: str
    ) -> tuple[QuerySet[Endpoint], bool]:
        """By the whole id, as partners know it, or by the organization."""
        if (uuid := uuid_in(search_term, prefix=ENDPOINT_PREFIX)) is not None:
            return queryset.filter(uuid=uuid), False
        return super().get_search_results(request, queryset, search_term)

    def record_for_page(self, request: HttpRequest, object_id: str) -> Endpoint | None:
        rows = Endpoint.objects.select_related("organization")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def page(self, request: HttpRequest, record: Endpoint) -> dict[str, Any]:
        shown = endpoint_page(record, before_in(request.GET))
        return {"shown": shown, "replays": self.replay_urls(request, shown.deliveries)}

    def replay_urls(self, request: HttpRequest, deliveries: Any) -> dict[Any, str]:
        """Where each delivery can be replayed, by its uuid; for all of them alike."""
        one = next(iter(deliveries), None)
        move = hooks.ReplayOne
        if one is None or not request.user.has_perm(move.permission):
            return {}
        if not move(one.endpoint, request, one.uuid).is_possible():
            return {}
        return {delivery.uuid: self.url_of_move(one.endpoint, move, delivery.uuid) for delivery in deliveries}


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    list_display = (column("created_at", "Created"), "type", "organization", "event_id", "is_distributed")
    list_filter = ("type",)
    list_select_related = ("organization",)
    search_fields = ("=event_id",)
    exclude = ("body",)
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    list_display = (
        column("created_at", "Created"),
        "event",
        "where",
        chip_of("status", "Status"),
        column("http_status", "Answer"),
        "attempts",
        "next_try",
    )
    list_filter = ("status",)
    list_select_related = ("endpoint", "message")
    search_fields = ("message__event_id__exact",)
    ordering = ("-pk",)

    page_template = "webhooks/staff/delivery.html"
    moves = (hooks.ReplayDelivery,)
    bulk_moves = (hooks.ReplayDelivery,)

    @admin.display(description="Event")
    def event(self, delivery: Delivery) -> str:
        return delivery.message.type

    @admin.display(description="Endpoint")
    def where(self, delivery: Delivery) -> str:
        """With its id, because two may be on one host; its page is where a receiver that fails is seen to."""
        endpoint = delivery.endpoint
        return format_html(
            '{} <a href="{}">{}</a>', origin_of(endpoint.url), url_of(endpoint), endpoint.public_id
        )

    @admin.display(description="Next try", ordering="due_at")
    def next_try(self, delivery: Delivery) -> datetime | None:
        return delivery.next_retry_at

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """By the whole id, as partners know it, or by the event's."""
        if (uuid := uuid_in(search_term, prefix=DELIVERY_PREFIX)) is not None:
            return queryset.filter(uuid=uuid), False
        return super().get_search_results(request, queryset, search_term)

    def record_for_page(self, request: HttpRequest, object_id: str) -> Delivery | None:
        rows = Delivery.objects.select_related("message", "endpoint__organization", "replay_of")
        return rows.filter(pk=whole_number(object_id) or 0).first()

    def record_for_change(self, pk: Any) -> Delivery:
        """Its endpoint is locked, as where a partner replays: nobody disables it meanwhile."""
        found = Delivery.objects.select_related("message").get(pk=pk)
        found.endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=found.endpoint_id)
        return found

    def page(self, request: HttpRequest, record: Delivery) -> dict[str, Any]:
        return {"shown": delivery_page(record)}
