"""The reference on /docs, drawn here from the OpenAPI document: plain HTML that needs no script and loads nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString

from nt24.api.openapi_view import served_bytes
from nt24.pages.guides import inline
from nt24.pages.samples import Call, Sample, samples_of

Schema = dict[str, Any]
JSON = "application/json"
COMMON = 20  # operations that share an answer from which on it is explained once, above them
# Where the API guide says more about a header.
GUIDE_ABOUT = {
    "Idempotency-Key": "idempotency",
    "If-Match": "versions",
    "If-None-Match": "versions",
    "ETag": "versions",
    "X-Request-Id": "problems",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, a header that an operation takes, or a member of a body."""

    name: str
    kind: str
    is_required: bool
    about: SafeString

    @property
    def header_slug(self) -> str:
        return header_slug(self.name)


@dataclass(frozen=True, slots=True)
class Operation:
    """`common_answers` are the statuses that are explained once for all, in `Reference.common_answers`."""

    id: str
    method: str
    path: str
    summary: str
    about: SafeString
    parameters: tuple[Value, ...]
    headers: tuple[Value, ...]
    members: tuple[Value, ...]
    sent: str
    answers: tuple[tuple[str, SafeString], ...]
    common_answers: tuple[str, ...]
    received: str
    samples: tuple[Sample, ...]

    @property
    def words(self) -> str:
        """What the search finds it by, beside what its summary shows."""
        return " ".join(value.name for value in (*self.parameters, *self.members))


@dataclass(frozen=True, slots=True)
class Section:
    tag: str
    slug: str
    about: SafeString
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A header of requests or answers; `guide` is the heading of the API guide that says more, "" without one."""

    name: str
    slug: str
    use: str
    about: SafeString
    guide: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`headers` and `common_answers` (status and meaning) are those that operations share, each written once."""

    sections: tuple[Section, ...]
    headers: tuple[Header, ...]
    common_answers: tuple[tuple[str, SafeString], ...]


def reference() -> Reference:
    return reference_of(served_bytes(str(settings.OIDC_ISSUER), str(settings.PROBLEM_BASE_URL)))


@cache
def reference_of(served: bytes) -> Reference:
    document: Schema = json.loads(served)
    common = common_answers(document)
    meanings: dict[str, str] = {}
    for place, status in sorted(common.items(), key=lambda item: item[1]):
        meaning = resolved(document, {"$ref": place}).get("description", "")
        meanings[status] = "\n\n".join(filter(None, (meanings.get(status), meaning)))
    return Reference(
        sections_of(document, frozenset(common)),
        tuple(headers_of(document)),
        tuple((status, inline(meaning)) for status, meaning in meanings.items()),
    )


def common_answers(document: Schema) -> dict[str, str]:
    """Place of each answer that many operations share, and its status."""
    shared = Counter(
        (answer["$ref"], status)
        for methods in document.get("paths", {}).values()
        for one in methods.values()
        for status, answer in one["responses"].items()
        if "$ref" in answer
    )
    return {place: status for (place, status), count in shared.items() if count >= COMMON}


def headers_of(document: Schema) -> Iterator[Header]:
    """Every header that the document describes once for all, those of requests first."""
    of_answers = answer_headers(document)
    for item in document.get("components", {}).get("parameters", {}).values():
        if item["in"] == "header":
            use = "request, required" if item.get("required") else "request"
            about = item.get("description", "")
            if (answered := of_answers.pop(item["name"], None)) is not None:
                use, about = f"{use} and answer", f"{about}\n\n{answered}"
            yield header(item["name"], use, about)
    for name, about in of_answers.items():
        yield header(name, "answer", about)
    for name, about in event_headers(document).items():
        yield header(name, "event", about)


def event_headers(document: Schema) -> dict[str, str]:
    """Name and meaning of each header that every event carries."""
    events = (one for methods in document.get("webhooks", {}).values() for one in methods.values())
    items = (resolved(document, item) for one in events for item in one.get("parameters", ()))
    return {item["name"]: item.get("description", "") for item in items if item["in"] == "header"}


def answer_headers(document: Schema) -> dict[str, str]:
    """Name and meaning of each header that operations answer with by reference."""
    answers = (
        resolved(document, answer)
        for methods in document.get("paths", {}).values()
        for one in methods.values()
        for answer in one["responses"].values()
    )
    named = {
        name: item for answer in answers for name, item in answer.get("headers", {}).items() if "$ref" in item
    }
    return {name: resolved(document, item).get("description", "") for name, item in sorted(named.items())}


def header(name: str, use: str, about: str) -> Header:
    return Header(name, header_slug(name), use, inline(about), GUIDE_ABOUT.get(name, ""))


def header_slug(name: str) -> str:
    return f"header-{name.lower()}"


def sections_of(document: Schema, common: frozenset[str]) -> tuple[Section, ...]:
    """Every operation and every event under its tag, in the order of the document."""
    every = [*operations_in(document, "paths", common), *operations_in(document, "webhooks", common)]
    return tuple(
        Section(tag["name"], slug_of(tag["name"]), inline(tag.get("description", "")), tuple(found))
        for tag in document.get("tags", ())
        if (found := [operation for name, operation in every if name == tag["name"]])
    )


def slug_of(tag: str) -> str:
    return f"tag-{tag.lower().replace(' ', '-')}"


def operations_in(document: Schema, part: str, common: frozenset[str]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document.get(part, {}).items():
        for method, one in methods.items():
            kind = "event" if part == "webhooks" else method
            yield one["tags"][0], drawn(document, path, kind, one, common)


def drawn(document: Schema, path: str, method: str, one: Schema, common: frozenset[str]) -> Operation:
    media, sent = body_of(one)
    parameters = [resolved(document, item) for item in one.get("parameters", ())]
    answers = {status: resolved(document, answer) for status, answer in one["responses"].items()}
    good: list[Schema] = [answer for status, answer in answers.items() if status.startswith("2")]
    received: Schema = good[0].get("content", {}).get(JSON, {}) if good else {}
    return Operation(
        id=one.get("operationId", ""),
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        about=inline(one.get("description", "")),
        parameters=tuple(parameter(item) for item in parameters if item["in"] != "header"),
        headers=tuple(parameter(item) for item in parameters if item["in"] == "header"),
        members=tuple(members_of(document, sent.get("schema", {}))),
        sent=as_text(sent.get("example")),
        answers=tuple(
            (status, inline(answer.get("description", "")))
            for status, answer in answers.items()
            if one["responses"][status].get("$ref") not in common
        ),
        common_answers=tuple(
            status for status, answer in one["responses"].items() if answer.get("$ref") in common
        ),
        received=as_text(received.get("example")),
        samples=() if method == "event" else samples_of(call_of(path, method, one, parameters, good)),
    )


def body_of(one: Schema) -> tuple[str, Schema]:
    """Type and description of the body that an operation takes; empty without one."""
    return next(iter(one.get("requestBody", {}).get("content", {}).items()), ("", {}))


def call_of(path: str, method: str, one: Schema, parameters: list[Schema], good: list[Schema]) -> Call:
    media, sent = body_of(one)
    required = (item for item in parameters if item["in"] == "header" and item.get("required"))
    return Call(
        method=method.upper(),
        path=path,
        needs_token={} not in one.get("security", ()),
        headers={item["name"]: str(item["schema"]["examples"][0]) for item in required},
        media=media,
        body=sent.get("example"),
        answer=next(iter(good[0].get("content", {})), "") if good else "",
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
