"""What many operations of the OpenAPI document share: parameters, headers, tags and standing sentences."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from nt24.api.operation import Operation

Schema = dict[str, Any]

SECURITY_SCHEME = "clientCredentials"
EXAMPLES = Path(__file__).parent / "openapi_examples.json"
ALWAYS = ("RequestId",)
LIMITS = ("RateLimitLimit", "RateLimitRemaining", "RateLimitReset", "RateLimitCategory")

# --- Standing sentences ------------------------------------------------------------------------------------------
MATCHED = (
    "Sending the same content again, also with a new `Idempotency-Key`, answers 200 with the resource that is "
    "there already; other content answers 409 `resource-exists-different-body`."
)
CONDITIONAL_WRITE = (
    "Send the `version` you have read in `If-Match`; if it has moved since, nothing is changed."
)
MAY_REPEAT = (
    "Members that cannot be changed may be repeated with their present values, so that you can send the whole "
    "resource. Equal values change nothing: the answer is 200 and the version stays."
)
CONDITIONAL_READ = "Send the last `ETag` in `If-None-Match` to get 304 while nothing has changed."
ACCESS_IS_LOGGED = "This is personal data: every access is written to an access log; say why in `X-Purpose`."
CAPABILITY_CONDITIONS = {
    "allow_multi_vin_orders": " for more than one vehicle",
    "allow_marketplace_led_kyc": " when `kycMode` is `MARKETPLACE_LED`",
}
DONE = {
    200: "Done; the answer is the resource as it is now.",
    201: "Created.",
    202: "Accepted; the work is done in the background.",
    204: "Done; there is nothing to show.",
}


def said_by(status: int, promise: Operation) -> str:
    """The description of a successful answer."""
    if status == 200 and promise.status == 201:
        there = "The resource with this content was there already, or this" if promise.is_matched else "This"
        return f"{there} is the replay of a request that was answered before (`Idempotency-Replayed: true`)."
    if isinstance(promise.answer, str):
        return "The file."
    if promise.is_list:
        return "One page of the list."
    return DONE[status]


# --- Tags --------------------------------------------------------------------------------------------------------
TAGS = {
    "Authentication": "Access tokens by the OAuth 2.0 client credentials grant, at Keycloak's paths.",
    "Organization": "Who you are and what you may do.",
    "Buyers": "The buyers of a seller, their status and their contacts.",
    "KYC": "What is known and proven about a buyer: documents and VIES checks.",
    "Self-service": "Links by which buyers hand in what is missing, and the prospects who come by one.",
    "Orders": "Sales of one or more vehicles to a buyer, and their documents.",
    "Invoice": "The preliminary and the final invoice of an order, and their documents.",
    "Payment": "The payment of an order, its proof, and the release for pickup.",
    "Transport": "Pickup and delivery, vehicle by vehicle, and their documents.",
    "Compliance": "The rollup: what is still missing, and the verdict.",
    "Export File": "The sealed PDF that proves the verdict.",
    "Sandbox": "Steers the sandbox providers. Not there (404) where the real ones are used.",
    "Webhooks": "Your endpoints, the events we send to them, and what became of each delivery.",
    "Audit": "Who did what, when and why; nothing in it is ever changed or removed.",
    "Reference": "This document.",
}
# The last of these segments in a path decides.
TAG_OF_SEGMENT = {
    "me": "Organization",
    "buyers": "Buyers",
    "kyc": "KYC",
    "self-service-invitations": "Self-service",
    "prospects": "Self-service",
    "orders": "Orders",
    "invoice": "Invoice",
    "final-invoice": "Invoice",
    "payment": "Payment",
    "transport": "Transport",
    "compliance": "Compliance",
    "finalization": "Export File",
    "sandbox": "Sandbox",
    "webhooks": "Webhooks",
    "clients": "Authentication",
    "audit": "Audit",
}


def tag_of(path: str) -> str:
    """:raises IndexError: no segment of the path is in the table."""
    return [TAG_OF_SEGMENT[segment] for segment in path.split("/") if segment in TAG_OF_SEGMENT][-1]


# --- Parameters --------------------------------------------------------------------------------------------------
def path_uuid(name: str, about: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": {"type": "string", "format": "uuid"},
    }


def path_text(name: str, about: str, pattern: str) -> Schema:
    return {**path_uuid(name, about), "schema": {"type": "string", "pattern": pattern}}


def request_header(name: str, about: str, *, required: bool = False, **schema: Any) -> Schema:
    return {
        "name": name,
        "in": "header",
        **({"required": True} if required else {}),
        "description": about,
        "schema": {"type": "string", **schema},
    }


PARAMETERS: dict[str, Schema] = {
    "sellerId": path_uuid("sellerId", "The seller: one of `authorizedPartners` of `GET /v1/me`."),
    "buyerId": path_uuid("buyerId", "The `uuid` of a buyer of this seller."),
    "contactUuid": path_uuid("contactUuid", "The `uuid` of a contact of this buyer."),
    "invitationUuid": path_uuid("invitationUuid", "The `uuid` of an invitation or prospect link."),
    "prospectUuid": path_uuid("prospectUuid", "The `uuid` of a prospect of this seller."),
    "orderUuid": path_uuid("orderUuid", "The `uuid` of an order of this seller."),
    "documentUuid": path_uuid("documentUuid", "The `uuid` of a document of this parent."),
    "endpointId": path_text("endpointId", "The `id` of one of your webhook endpoints.", "^wh_[0-9a-f]{32}$"),
    "deliveryId": path_text("deliveryId", "The `id` of a delivery of this endpoint.", "^del_[0-9a-f]{32}$"),
    "clientId": path_text("clientId", "The `client_id` of a client of your organization.", "^[^/]{1,100}$"),
    "IdempotencyKey": request_header(
        "Idempotency-Key",
        "A new unique value for each request and the same one on its retries; kept for 24 hours.",
        required=True,
        minLength=1,
        maxLength=255,
        pattern="^[!-~]([ -~]*[!-~])?$",
        examples=["7b0c4a1e-4a53-4f0e-9a53-0d8f5b6f2d11"],
    ),
    "IfMatch": request_header(
        "If-Match",
        "The version you have read, as one strong tag in quotes.",
        required=True,
        pattern='^"[0-9]{1,9}"$',
        examples=['"3"'],
    ),
    "IfNoneMatch": request_header("If-None-Match", "The `ETag` you have.", examples=['"3"']),
    "Purpose": request_header(
        "X-Purpose", "Why you read this; it stands in the access log.", maxLength=100, examples=["KYC review"]
    ),
    "RequestId": request_header(
        "X-Request-Id",
        "Your id for this request: up to 100 letters, digits, `.`, `_` and `-`. Without a usable one we make one.",
    ),
}


def parameter_ref(name: str) -> Schema:
    """:raises KeyError: a path has a parameter that is not described here."""
    assert PARAMETERS[name]
    return {"$ref": f"#/components/parameters/{name}"}


# --- Headers of answers ------------------------------------------------------------------------------------------
def answer_header(name: str, about: str, *, required: bool = True, **schema: Any) -> tuple[str, Schema]:
    return name, {
        "description": about,
        **({"required": True} if required else {}),
        "schema": {"type": "string", **schema},
    }


HEADERS: dict[str, tuple[str, Schema]] = {
    "RequestId": answer_header("X-Request-Id", "The id of this request, in problems as `traceId`."),
    "RateLimitLimit": answer_header("X-RateLimit-Limit", "Calls a minute in this category.", type="integer"),
    "RateLimitRemaining": answer_header(
        "X-RateLimit-Remaining", "Calls left at this moment.", type="integer"
    ),
    "RateLimitReset": answer_header(
        "X-RateLimit-Reset", "When there are more calls again, in Unix seconds.", type="integer"
    ),
    "RateLimitCategory": answer_header(
        "X-RateLimit-Category",
        "Which of the three budgets this call was counted in.",
        enum=["read", "write", "webhook-management"],
    ),
    "CacheControl": answer_header(
        "Cache-Control",
        "`no-store`, or on reads with an `ETag` `private, no-cache`: keep it, but ask before you use it again. "
        "`/v1/me` may be kept for five minutes.",
    ),
    "ETag": answer_header("ETag", "The version of the resource in quotes.", pattern='^"[0-9]+(-[0-9]+)?"$'),
    "Location": answer_header("Location", "The path of what was created.", format="uri-reference"),
    "Deprecation": answer_header("Deprecation", "Since when this is deprecated, as `@` and Unix seconds."),
    "Sunset": answer_header("Sunset", "From when on it may be gone."),
    "SuccessorVersion": answer_header("Link", 'What replaces it, with `rel="successor-version"`.'),
    "LocationIfReplayed": answer_header(
        "Location",
        "Only on replays: the path of what was created then.",
        required=False,
        format="uri-reference",
    ),
    "IdempotencyReplayed": answer_header(
        "Idempotency-Replayed",
        "Only on replays: this is the stored answer, nothing was done again.",
        required=False,
        enum=["true"],
    ),
    "ContentDisposition": answer_header("Content-Disposition", "Always an attachment, with a file name."),
    "WWWAuthenticate": answer_header("WWW-Authenticate", "How to authenticate."),
    "RetryAfter": answer_header("Retry-After", "Seconds to wait before the next call.", type="integer"),
    "RetryAfterIfInProgress": answer_header(
        "Retry-After", "Only of `request-in-progress`: seconds to wait.", required=False, type="integer"
    ),
}
# What was refused before or beside the counting does not have them: an unknown path, a failure of ours.
HEADERS |= {
    f"{name}IfCounted": (HEADERS[name][0], {**HEADERS[name][1], "required": False}) for name in LIMITS
}


def header_refs(*names: str) -> Schema:
    """`headers` of an answer, by the names of `HEADERS`."""
    return {HEADERS[name][0]: {"$ref": f"#/components/headers/{name}"} for name in names}


# --- Examples ----------------------------------------------------------------------------------------------------
@cache
def examples() -> dict[str, dict[str, Any]]:
    """By operation id: `request` and `response`; one order on its way, as the API really answered."""
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def example_of(operation_id: str, part: str) -> Any:
    return examples().get(operation_id, {}).get(part)
