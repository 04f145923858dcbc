"""Endpoints, deliveries and messages as staff read them; what is in a message goes to the partner alone."""

from typing import ClassVar

from django.contrib import admin

from nt24.admin import FactsAdmin, FactsInline
from nt24.webhooks.models import Attempt, Delivery, Endpoint, Message


@admin.register(Endpoint)
class EndpointAdmin(FactsAdmin):
    list_display = (
        "public_id",
        "organization",
        "status",
        "pause_reason",
        "consecutive_failures",
        "paused_at",
    )
    list_filter = ("status",)
    list_select_related = ("organization",)
    search_fields = ("=uuid", "organization__name")
    exclude = ("secret", "previous_secret", "url")  # path and query of a hook often hold a secret
    ordering = ("-pk",)


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    list_display = ("created_at", "type", "organization", "event_id", "is_distributed")
    list_filter = ("type",)
    list_select_related = ("organization",)
    search_fields = ("=event_id",)
    exclude = ("body",)
    ordering = ("-pk",)


class AttemptInline(FactsInline):
    model = Attempt
    fields = readonly_fields = ("at", "http_status", "failure", "milliseconds")


@admin.register(Delivery)
class DeliveryAdmin(FactsAdmin):
    list_display = (
        "created_at",
        "public_id",
        "endpoint",
        "message",
        "status",
        "http_status",
        "attempts",
        "due_at",
    )
    list_filter = ("status",)
    list_select_related = ("endpoint", "message")
    search_fields = ("=uuid", "=message__event_id")
    inlines: ClassVar = [AttemptInline]
    ordering = ("-pk",)
