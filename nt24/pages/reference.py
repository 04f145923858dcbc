"""The reference on /docs, drawn here from the OpenAPI document: plain HTML that needs no script and loads nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString

from nt24.api.openapi_view import served_bytes
from nt24.pages.guides import inline

Schema = dict[str, Any]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, or a member of a body."""

    name: str
    kind: str
    is_required: bool
    about: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    about: SafeString
    parameters: tuple[Value, ...]
    members: tuple[Value, ...]
    sent: str
    answers: tuple[tuple[str, SafeString], ...]
    received: str


@dataclass(frozen=True, slots=True)
class Section:
    tag: str
    slug: str
    about: SafeString
    operations: tuple[Operation, ...]


def sections() -> tuple[Section, ...]:
    return sections_of(served_bytes(str(settings.OIDC_ISSUER), str(settings.PROBLEM_BASE_URL)))


@cache
def sections_of(served: bytes) -> tuple[Section, ...]:
    """Every operation and every event under its tag, in the order of the document."""
    document: Schema = json.loads(served)
    every = [*operations_in(document, "paths"), *operations_in(document, "webhooks")]
    return tuple(
        Section(tag["name"], slug_of(tag["name"]), inline(tag.get("description", "")), tuple(found))
        for tag in document["tags"]
        if (found := [operation for name, operation in every if name == tag["name"]])
    )


def slug_of(tag: str) -> str:
    return f"tag-{tag.lower().replace(' ', '-')}"


def operations_in(document: Schema, part: str) -> Iterator[tuple[str, Operation]]:
    for path, methods in document.get(part, {}).items():
        for method, one in methods.items():
            yield one["tags"][0], drawn(document, path, "event" if part == "webhooks" else method, one)


def drawn(document: Schema, path: str, method: str, one: Schema) -> Operation:
    bodies: list[Schema] = list(one.get("requestBody", {}).get("content", {}).values())
    sent: Schema = bodies[0] if bodies else {}
    answers = {status: resolved(document, answer) for status, answer in one["responses"].items()}
    good: list[Schema] = [answer for status, answer in answers.items() if status.startswith("2")]
    received: Schema = good[0].get("content", {}).get(JSON, {}) if good else {}
    return Operation(
        id=one.get("operationId", ""),
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        about=inline(one.get("description", "")),
        parameters=tuple(parameter(resolved(document, item)) for item in one.get("parameters", ())),
        members=tuple(members_of(document, sent.get("schema", {}))),
        sent=as_text(sent.get("example")),
        answers=tuple((status, inline(answer.get("description", ""))) for status, answer in answers.items()),
        received=as_text(received.get("example")),
    )


def resolved(document: Schema, node: Schema) -> Schema:
    """Follow a reference to its component."""
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def parameter(item: Schema) -> Value:
    about = inline(item.get("description", ""))
    return Value(item["name"], item["in"], item.get("required", False), about)


def members_of(document: Schema, schema: Schema) -> Iterator[Value]:
    body = resolved(document, schema)
    for name, member in body.get("properties", {}).items():
        about = member.get("description") or resolved(document, member).get("description", "")
        yield Value(name, kind_of(document, member), name in body.get("required", ()), inline(about))


def kind_of(document: Schema, member: Schema) -> str:
    """In a word or two, such as `string`, `array of object`, or the values that it may have."""
    found = resolved(document, member)
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"])
    if found.get("type") == "array":
        return f"array of {kind_of(document, found.get('items', {}))}"
    kinds = found.get("type", "object")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def as_text(example: Any) -> str:
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
