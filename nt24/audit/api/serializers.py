"""Entries as JSON (contract 13): members named as everywhere in the API, and no names of people."""

import re
from typing import Any

from rest_framework import serializers

from nt24.actors import ActorKind, Source
from nt24.api.json import Shape, camel
from nt24.api.pagination import PageQuery
from nt24.audit.models import Entry


class AuditQuery(PageQuery):
    SORTS = {"at": "at"}
    DEFAULT_SORT = "at,desc"

    since = serializers.DateTimeField(required=False, help_text="Written at this time or later.")
    retention = serializers.ChoiceField(
        Entry.Retention.values, required=False, help_text="`PII_ACCESS`: the access log of personal data."
    )
    subject_uuid = serializers.UUIDField(required=False, help_text="What the entry is about.")


class Filled(serializers.CharField):
    """Text that is left out when it is empty."""

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or None


class ActorOut(Shape):
    kind = serializers.ChoiceField([kind.value for kind in ActorKind], source="actor_kind")
    id = serializers.CharField(source="actor_id_outside", required=False, help_text="Left out for staff.")
    label = serializers.CharField(source="actor_outside")  # type: ignore[assignment]


class SubjectOut(Shape):
    type = serializers.CharField(source="subject_type")
    uuid = serializers.UUIDField(source="subject_uuid")


class ChangeOut(Shape):
    old = serializers.JSONField(required=False)
    new = serializers.JSONField(required=False)


class ChangesField(serializers.DictField):
    """`{member: {old, new}}`; left out when nothing changed."""

    child = ChangeOut()

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or None

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return super().to_representation({member(name): pair(change) for name, change in value.items()})


class AuditEntryOut(Shape):
    uuid = serializers.UUIDField()
    at = serializers.DateTimeField()
    actor = ActorOut(source="*")
    source = serializers.ChoiceField([source.value for source in Source])  # type: ignore[assignment]
    action = serializers.CharField(help_text="What was done to the subject, for example `order.cancelled`.")
    subject = SubjectOut(source="*")
    order_uuid = serializers.UUIDField(required=False)
    partner_uuid = serializers.UUIDField(required=False, source="seller_uuid")
    changes = ChangesField(required=False, source="changes_outside")
    purpose = Filled(
        required=False, source="purpose_outside", help_text="The reason that was given, or `X-Purpose`."
    )
    retention = serializers.ChoiceField(Entry.Retention.values)
    trace_id = Filled(required=False)
    position = serializers.IntegerField(
        required=False,
        source="link.position",
        help_text="Its place in the hash chain; left out for the newest entries, which are not sealed yet.",
    )


def member(name: str) -> str:
    """`invoice_on` → `invoiceDate`: a day is `…_on` in the code and `…Date` in the API."""
    return camel(re.sub("_on$", "_date", name))


def pair(change: Any) -> dict[str, Any]:
    """Old and new; a note of an access states a value instead of a change."""
    old, new = change if isinstance(change, list) else (None, change)
    return {"old": outside(old), "new": outside(new)}


def outside(value: Any) -> Any:
    if isinstance(value, dict):
        return {member(name): outside(item) for name, item in value.items()}
    return [outside(item) for item in value] if isinstance(value, list) else value
