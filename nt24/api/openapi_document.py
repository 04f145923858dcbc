"""The whole OpenAPI document: the operations of the views, what they share, the token issuer and the webhooks.

The document is the same on every installation; `openapi_view` puts in what an installation has of its own.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import deep_import_string
from drf_spectacular.settings import spectacular_settings

from nt24.api import openapi_parts as parts
from nt24.api.openapi_issuer import TOKEN_PATH, issuer_paths
from nt24.api.openapi_problems import problem_examples, problem_schemas
from nt24.api.openapi_webhooks import webhooks
from nt24.partners.tokens import SCOPE

Schema = dict[str, Any]

COMMITTED: Path = settings.BASE_DIR / "docs" / "openapi.json"
GUIDE: Path = settings.BASE_DIR / "docs" / "api-guide.md"
DOCUMENT_PATH = "/v1/openapi.json"


class DocumentWarned(Exception):
    """drf-spectacular was not sure about something; its sentences are the arguments."""


def build() -> Schema:
    """The document as it follows from the code.

    :raises DocumentWarned: there is something to put right first.
    """
    GENERATOR_STATS.reset()
    document: Schema = SchemaGenerator().get_schema(public=True)
    if GENERATOR_STATS:
        raise DocumentWarned(*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache)
    return document


def as_text(document: Schema) -> str:
    """The one way in which the document is written down."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def complete(result: Schema, **context: Any) -> Schema:
    """The hook at the end of drf-spectacular's work: everything that is no operation of a view."""
    result["info"]["description"] = GUIDE.read_text(encoding="utf-8")
    result["servers"] = [{"url": "/", "description": "The host that serves this document."}]
    result["tags"] = [{"name": name, "description": about} for name, about in parts.TAGS.items()]
    result["paths"] = {**issuer_paths(), **result["paths"], DOCUMENT_PATH: {"get": this_document()}}
    result["webhooks"] = webhooks()
    add_components(result["components"])
    name_codes(result)
    return result


def add_components(components: Schema) -> None:
    components["schemas"] |= problem_schemas()
    components["parameters"] = parts.PARAMETERS
    components["headers"] = {name: header for name, (_, header) in parts.HEADERS.items()}
    components["examples"] = problem_examples()
    components["securitySchemes"] = security_schemes()


def security_schemes() -> Schema:
    scopes = dict.fromkeys(SCOPE.split(), "Always granted; access is decided by the client's organization.")
    return {
        parts.SECURITY_SCHEME: {
            "type": "oauth2",
            "description": "Send the access token as `Authorization: Bearer <token>`.",
            "flows": {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": scopes}},
        },
        "clientBasic": {"type": "http", "scheme": "basic", "description": "Client id and secret."},
    }


def this_document() -> Schema:
    return {
        "operationId": "readOpenapiDocument",
        "summary": "Read this document",
        "description": "Open to everybody; may be kept for five minutes.",
        "tags": ["Reference"],
        "security": [{}],
        "responses": {
            "200": {
                "description": "The OpenAPI 3.1 document.",
                "headers": {
                    **parts.header_refs("RequestId"),
                    "ETag": {"description": "Changes with the document.", "schema": {"type": "string"}},
                },
                "content": {"application/json": {"schema": {"type": "object", "required": ["openapi"]}}},
            },
            "304": {"description": "You have it already.", "headers": parts.header_refs("RequestId")},
        },
    }


# --- Codes -------------------------------------------------------------------------------------------------------


def name_codes(document: Schema) -> None:
    """Replace each list of codes that has a name in the settings by a reference to it."""
    codes = {name: codes_at(place) for name, place in spectacular_settings.ENUM_NAME_OVERRIDES.items()}
    names = {frozenset(values): name for name, values in codes.items()}
    used: set[str] = set()
    for node in list(nodes_of(document)):
        name = names.get(frozenset(value for value in node.get("enum", ()) if value is not None))
        if name is not None:
            used.add(name)
            refer(node, name)
    named = {name: {"type": "string", "enum": codes[name]} for name in used}
    document["components"]["schemas"] = dict(sorted((document["components"]["schemas"] | named).items()))


def codes_at(place: str) -> list[str]:
    return [str(code) for code in deep_import_string(place)]


def refer(node: Schema, name: str) -> None:
    reference = {"$ref": f"#/components/schemas/{name}"}
    is_nullable = None in node.pop("enum")
    node.pop("type", None)
    node |= {"oneOf": [reference, {"type": "null"}]} if is_nullable else reference


def nodes_of(value: Any) -> Iterator[Schema]:
    """Every object in the document; those under an example are not schemas and are left alone."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in {"example", "examples", "value"}:
                yield from nodes_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes_of(inner)
