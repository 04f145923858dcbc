"""The `webhooks` of the OpenAPI document, made from the catalogue of events (contract 12)."""

from copy import deepcopy
from typing import Any

from nt24.webhooks.catalogue import CATALOGUE, EventType
from nt24.webhooks.models import SCHEMA_VERSION

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}
VIES_RESULT: Schema = {"enum": ["VALID", "INVALID", "PENDING", "UNKNOWN"], "type": "string"}
COMPLIANCE_STATUS: Schema = {"enum": ["INCOMPLETE", "VALID", "INVALID"], "type": "string"}

# Every member that the catalogue names; one that is missing here stops the writing of the document.
MEMBERS: dict[str, Schema] = {
    "orderUuid": UUID,
    "previousStatus": COMPLIANCE_STATUS,
    "currentStatus": COMPLIANCE_STATUS,
    "blockers": {"type": "array", "items": {"$ref": "#/components/schemas/Blocker"}},
    "decision": {"enum": ["VALID_EXPORT", "VAT_APPLICABLE"], "type": "string"},
    "buyerUuid": UUID,
    "vatNumber": TEXT,
    "previousResult": VIES_RESULT,
    "currentResult": VIES_RESULT,
    "checkedAt": MOMENT,
    "reason": TEXT,
    "outcome": {"enum": ["VERIFIED", "REJECTED"], "type": "string"},
    "sessionId": TEXT,
    "completedAt": MOMENT,
    "version": {"type": "integer"},
    "downloadUrl": TEXT,
    "generatedAt": MOMENT,
    "failedAt": MOMENT,
    "prospectUuid": UUID,
    "type": {"enum": ["COMPANY", "CONSUMER"], "type": "string"},
    "submittedAt": MOMENT,
    "invitationUuid": UUID,
    "kind": {"enum": ["KYC", "PROSPECT"], "type": "string"},
    "usedAt": MOMENT,
    "expiredAt": MOMENT,
    "endpointId": TEXT,
    "pausedAt": MOMENT,
    "deliveryId": TEXT,
    "eventId": TEXT,
    "eventType": TEXT,
    "attempts": {"type": "integer", "minimum": 1},
}
DELIVERY_HEADERS = {
    "X-Novatrade-Signature": "`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<raw body>`, keyed with the "
    "secret of your endpoint. While a secret is being rotated there is a second `v1=`, the old secret's; "
    "when you answer with 4xx then, the same request comes once more at once with the new secret's alone.",
    "X-Novatrade-Event-Id": "The `id` of the event; the same on every retry and replay.",
    "X-Novatrade-Event-Type": "The `type` of the event.",
    "X-Novatrade-Delivery-Id": "This delivery; a replay is a new one.",
    "X-Novatrade-Endpoint-Id": "Your endpoint.",
}


def webhooks() -> Schema:
    """One entry for each type of the catalogue."""
    return {event.name: {"post": operation_for(event)} for event in CATALOGUE}


def operation_for(event: EventType) -> Schema:
    return {
        "operationId": f"on{''.join(part.capitalize() for part in event.name.replace('.', '_').split('_'))}",
        "summary": event.sentence,
        "description": "Sent at least once and not always in order; keep the ids you have seen. Answer with any "
        "2xx within 10 seconds; anything else, also a redirect, is tried again for up to 48 hours.",
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": about,
                "schema": {"type": "string"},
            }
            for name, about in DELIVERY_HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": envelope_of(event)}}},
        "responses": {
            "2XX": {"description": "Received; this delivery is done."},
            "default": {"description": "Not received; the delivery is tried again."},
        },
    }


def envelope_of(event: EventType) -> Schema:
    """The exact members of the frozen message."""
    return {
        "type": "object",
        "required": ["id", "type", "schemaVersion", "source", "createdAt", "organizationUuid", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^evt_"},
            "type": {"const": event.name},
            "schemaVersion": {"const": SCHEMA_VERSION},
            "source": {"enum": ["API", "WEB_APP", "SYSTEM"], "type": "string"},
            "createdAt": MOMENT,
            "organizationUuid": UUID,
            "partnerUuid": {
                **UUID,
                "description": "The seller; left out for events of the organization itself.",
            },
            "data": data_of(event),
        },
    }


def data_of(event: EventType) -> Schema:
    """:raises KeyError: the catalogue names a member that has no schema here."""
    names = [member.removesuffix("?") for member in event.members]
    return {
        "type": "object",
        "required": [member for member in event.members if not member.endswith("?")],
        # Copies: whoever completes the document puts references into it.
        "properties": {name: deepcopy(MEMBERS[name]) for name in names},
    }
