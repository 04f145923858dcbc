"""Records what goes over the wire and says how it differs from the OpenAPI document."""

import copy
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from nt24.api.openapi_document import COMMITTED

HTTP_METHODS = {"get", "post", "patch", "delete", "put"}


@dataclass(frozen=True, slots=True)
class Exchange:
    method: str
    path: str
    sent: Any
    response: Any

    @property
    def received(self) -> Any:
        """The JSON that was answered, or None for an empty or another body."""
        return json.loads(self.response.content) if is_json(self.response.get("Content-Type", "")) else None


class RecordingClient(Client):
    """Django's test client with a memory."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(raise_request_exception=False, **settings)
        self.exchanges: list[Exchange] = []

    def generic(self, *args: Any, **extra: Any) -> Any:
        response = super().generic(*args, **extra)
        about = dict(zip(("method", "path", "data", "content_type"), args, strict=False)) | extra
        sent = parsed(about.get("data")) if about.get("content_type") == "application/json" else None
        self.exchanges.append(Exchange(about["method"], about["path"].partition("?")[0], sent, response))
        return response

    def post(self, *args: Any, **extra: Any) -> Any:
        response = super().post(*args, **extra)
        path, data = args[:2]
        fields = {
            name: "(the bytes of the file)" if name == "file" else value for name, value in data.items()
        }
        self.exchanges[-1] = Exchange("POST", path, fields, response)  # `generic` sees a form as bytes only
        return response


def parsed(data: Any) -> Any:
    """What was sent, or None when it was nothing or no JSON."""
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None


def is_json(content_type: str) -> bool:
    return content_type in {"application/json", "application/problem+json"}


@cache
def document() -> dict[str, Any]:
    return json.loads(COMMITTED.read_text())


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By operation id: method, path template and the operation."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method in HTTP_METHODS
    }


def operation_of(method: str, path: str) -> str:
    """The id of the operation that answers here."""
    for name, (its_method, template, _) in operations().items():
        if its_method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return name
    raise LookupError(f"{method} {path} is not in the document")


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or what its `$ref` points to."""
    while "$ref" in node:
        found: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


@cache
def closed_components() -> dict[str, Any]:
    """The components with no room for members that are not described; problems are composed and stay open."""
    components = copy.deepcopy(document()["components"])
    for name, schema in components["schemas"].items():
        if schema.get("type") == "object" and not name.endswith("Problem"):
            schema["additionalProperties"] = False
    return components


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, as sentences."""
    root = {**schema, "components": closed_components()}
    found = Draft202012Validator(root, format_checker=FormatChecker()).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def differences(exchange: Exchange) -> list[str]:
    """How an answer differs from what the document promises; empty when it does not."""
    name = operation_of(exchange.method, exchange.path)
    response = exchange.response
    answers = operations()[name][2]["responses"]
    if str(response.status_code) not in answers:
        return [f"{name}: the status {response.status_code} is not described"]
    answer = resolved(answers[str(response.status_code)])
    found = [
        f"the header {header} is missing"
        for header, about in answer.get("headers", {}).items()
        if resolved(about).get("required") and header not in response
    ]
    content_type, contents = response.get("Content-Type"), answer.get("content", {})
    if (content_type or None) not in (set(contents) or {None}):
        found.append(f"the media type {content_type} is not described")
    elif content_type and is_json(content_type):
        found += complaints(contents[content_type]["schema"], exchange.received)
    return [f"{name} {response.status_code}: {difference}" for difference in found]
