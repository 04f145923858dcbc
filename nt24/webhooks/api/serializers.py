"""Endpoints and deliveries as JSON (contract 12)."""

from typing import Any

from rest_framework import serializers

from nt24.api.json import Shape, Text, Whole
from nt24.api.pagination import PageQuery
from nt24.webhooks.catalogue import BY_NAME, CATALOGUE, is_subscribable
from nt24.webhooks.models import SCHEMA_VERSION, Delivery, Endpoint

NAMES = ", ".join(entry.name for entry in CATALOGUE)
MAX_PATTERNS = 50
MAX_PARTNERS = 1000
MAX_SCHEMA_VERSION, MAX_SCHEMA_VERSIONS = 1000, 20


class Pattern(Text):
    """An exact event type, or one with `*` in the place of a segment."""

    default_error_messages = {
        "nothing": "This takes no event type. Name one exactly, or a segment of it as in compliance.*; "
        f"the types are {NAMES}."
    }

    def to_internal_value(self, data: Any) -> str:
        pattern = super().to_internal_value(data)
        if not is_subscribable(pattern):
            self.fail("nothing")
        return pattern


class SchemaVersions(serializers.ListField):
    """Versions of the envelope that a receiver reads; a set, answered in ascending order."""

    default_error_messages = {
        "unknown": f"Name a version that we write; at present that is {SCHEMA_VERSION} alone."
    }

    def __init__(self, **kwargs: Any) -> None:
        child = Whole(min_value=1, max_value=MAX_SCHEMA_VERSION)
        super().__init__(child=child, min_length=1, max_length=MAX_SCHEMA_VERSIONS, **kwargs)

    def to_internal_value(self, data: Any) -> list[int]:
        versions = sorted(set(super().to_internal_value(data)))
        if SCHEMA_VERSION not in versions:
            self.fail("unknown")
        return versions


class Subscription(Shape):
    """What an endpoint hears, and where."""

    url = Text(max_length=2000, help_text="https only; the host must have a public address.")
    events = serializers.ListField(
        child=Pattern(max_length=60),
        min_length=1,
        max_length=MAX_PATTERNS,
        help_text="Exact types or segment wildcards such as `compliance.*`.",
    )
    partner_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        min_length=1,
        max_length=MAX_PARTNERS,
        help_text="Only events of these sellers; null for all.",
    )
    accepted_schema_versions = SchemaVersions(
        source="schema_versions",
        required=False,
        help_text="Versions of the envelope that your receiver reads; left out, `[1]`. An event is written in the "
        "highest one that we know as well.",
    )

    def validate_events(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))  # said twice is heard once

    def validate_url(self, value: str) -> str:
        if refusal := self.context["view"].refused_url:
            raise serializers.ValidationError(refusal)
        return value


class EndpointIn(Subscription):
    secret = Text(
        min_length=24,
        max_length=200,
        required=False,
        trim_whitespace=False,
        help_text="Your own signing secret; left out, we make one.",
    )

    def validate_secret(self, value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise serializers.ValidationError("Use printable ASCII characters.")
        return value


class EndpointPatch(Subscription):
    status = serializers.ChoiceField(Endpoint.Status.choices, help_text="ACTIVE resumes a paused endpoint.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "partial": True})


class EndpointOut(Shape):
    id = serializers.CharField(source="public_id", help_text="`wh_…`")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    partner_ids = serializers.ListField(
        source="partner_uuids", child=serializers.UUIDField(), allow_null=True
    )
    accepted_schema_versions = serializers.ListField(
        source="schema_versions", child=serializers.IntegerField(), help_text="In ascending order."
    )
    status = serializers.ChoiceField(Endpoint.Status.choices)
    pause_reason = serializers.ChoiceField(
        Endpoint.PauseReason.choices, source="paused_because", required=False
    )
    paused_at = serializers.DateTimeField(required=False)
    consecutive_failures = serializers.IntegerField(help_text="Failed attempts in a row; 20 pause it.")
    failing_since = serializers.DateTimeField(required=False)
    previous_secret_until = serializers.DateTimeField(
        source="old_secret_until",
        required=False,
        help_text="Until then requests are signed with the secret before as well.",
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EndpointWithSecretOut(EndpointOut):
    secret = serializers.CharField(help_text="Shown in this answer only.")


class DeliveryQuery(PageQuery):
    status = serializers.ChoiceField(Delivery.Status.choices, required=False)
    since = serializers.DateTimeField(required=False, help_text="Made at this time or later.")


class DeliveryOut(Shape):
    id = serializers.CharField(source="public_id", help_text="`del_…`")
    event_id = serializers.CharField(help_text="`evt_…`, the same for every delivery of the event.")
    event_type = serializers.CharField(source="message.type")
    status = serializers.ChoiceField(Delivery.Status.choices)
    http_status = serializers.IntegerField(required=False, help_text="Of the last attempt that was answered.")
    attempts = serializers.IntegerField()
    last_attempt_at = serializers.DateTimeField(required=False)
    next_retry_at = serializers.DateTimeField(
        allow_null=True, help_text="Null when none is planned, and while the endpoint is not sending."
    )
    replay_of = serializers.CharField(source="replay_of.public_id", required=False)
    created_at = serializers.DateTimeField()


class AttemptOut(Shape):
    at = serializers.DateTimeField()
    http_status = serializers.IntegerField(required=False)
    failure = serializers.CharField(required=False, help_text="Why there was no status.")
    duration_ms = serializers.IntegerField(source="milliseconds")
    response_body = serializers.CharField(help_text="The first 1 kB of the answer.")


class DeliveryDetailOut(DeliveryOut):
    request_body = serializers.CharField(help_text="The exact bytes that were signed and sent.")
    attempt_log = AttemptOut(many=True)


class ReplayIn(Shape):
    status = serializers.ChoiceField(
        [Delivery.Status.FAILED], help_text="Only failed deliveries are replayed."
    )
    since = serializers.DateTimeField(help_text="Failed deliveries made at this time or later.")


class ReplaysQueuedOut(Shape):
    queued = serializers.IntegerField()


class FireIn(Shape):
    event_type = serializers.ChoiceField(
        [(name, name) for name in BY_NAME], help_text="The type that the envelope names."
    )
    data = serializers.DictField(help_text="Sent verbatim as `data`.")  # type: ignore[assignment]  # no clash in use
