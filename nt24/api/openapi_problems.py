"""The refusals in the OpenAPI document: from the table of kinds and from the pages that explain them."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from nt24.api import openapi_parts as parts
from nt24.api.problems import CONTENT_TYPE
from nt24.errors import (
    KINDS,
    CapabilityRequired,
    Conflict,
    DomainError,
    DpaNotAccepted,
    Forbidden,
    InternalError,
    KeyReused,
    MalformedRequest,
    NotAcceptable,
    PayloadTooLarge,
    RateLimited,
    RequestInProgress,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from nt24.partners.gates import dpa_is_accepted

Kind = type[DomainError]
Schema = dict[str, Any]

# The base of `type` in the committed document (contract 4.6); `openapi_view` puts in the one of the settings.
PROBLEM_BASE = "https://api.novatrade24.com/problems/"
PAGES = settings.BASE_DIR / "docs" / "problems"

PROBLEM: Schema = {
    "type": "object",
    "description": "Why a request was refused or failed (RFC 9457, which replaces RFC 7807).",
    "required": ["type", "title", "status", "detail", "instance", "traceId"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Which kind of problem; decide by this."},
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong with this request and what to do."},
        "instance": {"type": "string", "description": "The path of the request."},
        "traceId": {
            "type": "string",
            "description": "Name this id when you ask us; it is `X-Request-Id` too.",
        },
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/FieldProblem"},
            "description": "Only of a `validation-error`.",
        },
        "currentResource": {
            "type": "object",
            "description": "Only of a 409: the resource as it stands now, in the shape of this operation's answer.",
        },
    },
}
FIELD_PROBLEM: Schema = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The path of the member, or the name of the parameter or header. "
            "Left out when it is about the whole body.",
            "examples": ["vins[0].vin"],
        },
        "message": {"type": "string", "description": "What is expected, for people."},
        "rejectedValue": {
            "type": ["string", "number", "boolean"],
            "description": "What was sent. Left out for secrets, personal data and nested values.",
        },
    },
}


def failures_of(
    *, gates: Sequence[Any], is_write: bool, has_seller: bool, needs_capability: bool, takes_any_accept: bool
) -> tuple[Kind, ...]:
    """What the order of checks (contract 4.1) can answer before the operation itself has a say."""
    found: list[Kind] = [Unauthorized, RateLimited, ValidationFailed, InternalError, Unavailable]
    if dpa_is_accepted in gates:
        found.append(DpaNotAccepted)
    if has_seller:
        found.append(Forbidden)
    if needs_capability:
        found.append(CapabilityRequired)
    if not takes_any_accept:
        found.append(NotAcceptable)
    if is_write:
        found += [MalformedRequest, PayloadTooLarge, UnsupportedMediaType, KeyReused, RequestInProgress]
    return tuple(found)


def problem_answers(
    failures: Iterable[Kind], registry: ComponentRegistry, *, current: Schema | None, current_example: Any
) -> dict[str, Schema]:
    """The responses by status. A conflict shows the resource of its operation, all others are shared."""
    wanted = set(failures)
    by_status: dict[int, list[Kind]] = {}
    for kind in KINDS:
        if kind in wanted:
            by_status.setdefault(kind.status, []).append(kind)
    answers = {}
    for status, kinds in by_status.items():
        has_current = current is not None and any(issubclass(kind, Conflict) for kind in kinds)
        answers[str(status)] = (
            answer_of(kinds, current=current, current_example=current_example)
            if has_current
            else shared(kinds, registry).ref
        )
    return answers


def shared(kinds: Sequence[Kind], registry: ComponentRegistry) -> ResolvedComponent:
    name = "Or".join(pascal(kind.slug) for kind in kinds)
    component = ResolvedComponent(name, ResolvedComponent.RESPONSE, object=name)
    component.schema = answer_of(kinds)
    registry.register_on_missing(component)
    return component


def answer_of(kinds: Sequence[Kind], *, current: Schema | None = None, current_example: Any = None) -> Schema:
    schemas = [{"$ref": f"#/components/schemas/{problem_name(kind)}"} for kind in kinds]
    schema: Schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    if current is not None:
        schema = {"allOf": [schema, {"type": "object", "properties": {"currentResource": current}}]}
    return {
        "description": f"{'. Or: '.join(kind.title for kind in kinds)}.",
        "headers": parts.header_refs(*headers_of(kinds)),
        "content": {
            CONTENT_TYPE: {
                "schema": schema,
                "examples": {kind.slug: example_of(kind, current_example) for kind in kinds},
            }
        },
    }


def headers_of(kinds: Sequence[Kind]) -> Iterable[str]:
    """Before the access check nothing is counted; an unknown path and a failure of ours may come before it."""
    yield from parts.ALWAYS
    yield "CacheControl"
    first = kinds[0]
    if first.status in {404, 500, 503}:
        yield from (f"{name}IfCounted" for name in parts.LIMITS)
    elif first is not Unauthorized:
        yield from parts.LIMITS
    if first is Unauthorized:
        yield "WWWAuthenticate"
    if first in {RateLimited, Unavailable}:
        yield "RetryAfter"
    elif RequestInProgress in kinds:
        yield "RetryAfterIfInProgress"


def example_of(kind: Kind, current_example: Any) -> Schema:
    """The example of the kind's page; a conflict shows the operation's own resource."""
    if not issubclass(kind, Conflict) or current_example is None:
        return {"$ref": f"#/components/examples/{kind.slug}"}
    return {"value": {**page_example(kind.slug), "currentResource": current_example}}


@cache
def page_example(slug: str) -> dict[str, Any]:
    """The problem document on the kind's page, without the resource that it shows there."""
    text = (PAGES / f"{slug}.md").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.split("```json\n")[1].split("```")[0])
    return {name: value for name, value in found.items() if name != "currentResource"}


def problem_examples() -> Schema:
    """`components/examples`: one for each kind."""
    return {kind.slug: {"summary": kind.title, "value": page_example(kind.slug)} for kind in KINDS}


def problem_schemas() -> Schema:
    """`components/schemas` of problems: the general one and one for each kind, told apart by `type`."""
    return {
        "Problem": PROBLEM,
        "FieldProblem": FIELD_PROBLEM,
        **{problem_name(kind): schema_of(kind) for kind in KINDS},
    }


def schema_of(kind: Kind) -> Schema:
    told_by: Schema = {
        "type": "object",
        "properties": {"type": {"const": PROBLEM_BASE + kind.slug}, "status": {"const": kind.status}},
    }
    if kind is ValidationFailed:
        told_by["required"] = ["errors"]
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, told_by], "description": f"{kind.title}."}


def problem_name(kind: Kind) -> str:
    name = pascal(kind.slug)
    return name if name.endswith("Problem") else f"{name}Problem"


def pascal(slug: str) -> str:
    return "".join(part.capitalize() for part in slug.split("-"))
