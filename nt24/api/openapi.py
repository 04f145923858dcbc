"""One operation of the OpenAPI document, made from what its handler promises (`nt24.api.operation`)."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent, force_instance
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from nt24.api import openapi_parts as parts
from nt24.api.json import Text
from nt24.api.openapi_problems import failures_of, problem_answers
from nt24.api.operation import Operation
from nt24.api.pagination import PageQuery, PaginationShape
from nt24.api.warnings import WarningOut
from nt24.documents.types import Module, types_of
from nt24.errors import NotFound
from nt24.partners.gates import CAPABILITIES

Schema = dict[str, Any]

ANY_EVIDENCE = "application/octet-stream"  # a document, whose own media type is one of these (contract 11)
EVIDENCE_TYPES = ("application/pdf", "image/jpeg", "image/png")
FILLERS = frozenset({"a", "an", "the", "your", "own"})


class ContractSchema(AutoSchema):
    """Asks drf-spectacular for the shapes only; everything else comes from the view's `Operation`."""

    promise: Operation

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema:
        self.path, self.path_regex, self.path_prefix = path, path_regex, path_prefix
        self.method, self.registry = method.upper(), registry
        self.promise = getattr(self.view, method.lower()).operation
        summary = summary_for(self.promise.summary, getattr(self.view, "module", ""))
        self.operation_id = operation_id(summary)
        found: Schema = {
            "operationId": self.operation_id,
            "summary": summary,
            "description": self.description(),
            "tags": [parts.tag_of(path)],
            "deprecated": self.promise.deprecation is not None or None,
            "security": [{parts.SECURITY_SCHEME: []}],
            "parameters": self.parameters(),
            "requestBody": self.request_body(),
            "responses": self.answers(),
        }
        return {name: value for name, value in found.items() if value not in ("", [], None)}

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def creates_at_a_location(self) -> bool:
        return self.promise.status == 201 and self.promise.has_location

    @property
    def is_upload(self) -> bool:
        return self.promise.body is not None and MultiPartParser in self.view.parser_classes

    # --- Words -------------------------------------------------------------------------------------------------

    def description(self) -> str:
        promise = self.promise
        needed = promise.capability or promise.capability_of_body
        sentences = (
            promise.about,
            f"Needs the capability `{CAPABILITIES[needed]}`{condition_of(promise)}." if needed else "",
            types_here(getattr(self.view, "module", None)) if self.is_upload else "",
            parts.MATCHED if promise.is_matched else "",
            parts.CONDITIONAL_WRITE if promise.if_match else "",
            parts.MAY_REPEAT if self.method == "PATCH" else "",
            parts.CONDITIONAL_READ if promise.is_versioned and not self.is_write else "",
            parts.ACCESS_IS_LOGGED if promise.reads_personal_data else "",
        )
        return " ".join(sentence for sentence in sentences if sentence)

    # --- The request -------------------------------------------------------------------------------------------

    def parameters(self) -> list[Schema]:
        promise = self.promise
        named = [
            *re.findall(r"{(\w+)}", self.path),
            *(["IdempotencyKey"] if self.is_write else []),
            *(["IfMatch"] if promise.if_match else []),
            *(["IfNoneMatch"] if promise.is_versioned and not self.is_write else []),
            *(["Purpose"] if promise.reads_personal_data else []),
            "RequestId",
        ]
        return [parts.parameter_ref(name) for name in named] + self.query_parameters()

    def query_parameters(self) -> list[Schema]:
        if self.promise.query is None:
            return []
        query = force_instance(self.promise.query)
        return [self.query_parameter(query, field) for field in query.fields.values()]

    def query_parameter(self, query: Any, field: Any) -> Schema:
        schema = self._map_serializer_field(field, "request")
        self._insert_field_validators(field, schema)
        if isinstance(query, PageQuery) and field.field_name == "sort":
            fields = "|".join(query.SORTS)
            schema |= {"pattern": f"^({fields})(,(asc|desc))?$", "default": query.DEFAULT_SORT}
        about = schema.pop("description", "")
        return {
            "name": field.field_name,
            "in": "query",
            **({"description": about} if about else {}),
            **({"required": True} if field.required else {}),
            "schema": schema,
        }

    def request_body(self) -> Schema | None:
        shape: Any = self.promise.body
        if shape is None:
            return None
        component = self.resolve_serializer(shape, "request")
        media: Schema = {"schema": component.ref}
        if self.is_upload:
            media["encoding"] = {"file": {"contentType": ", ".join(EVIDENCE_TYPES)}}
        if (example := parts.example_of(self.operation_id, "request")) is not None:
            media["example"] = example
        is_required = not component.schema.keys().isdisjoint({"required", "minProperties"})
        return {
            "required": is_required,
            "content": {"multipart/form-data" if self.is_upload else "application/json": media},
        }

    # --- The answers -------------------------------------------------------------------------------------------

    def answers(self) -> dict[str, Schema]:
        promise = self.promise
        found = {str(promise.status): self.success(promise.status)}
        if promise.status == 201:  # also of a replay: what was created then is not created now (contract 4.3)
            found["200"] = self.success(200)
        if promise.is_versioned and not self.is_write:
            headers = parts.header_refs(*parts.ALWAYS, *parts.LIMITS, "CacheControl", "ETag")
            found["304"] = {"description": "You have this version already.", "headers": headers}
        current = self.content_schema() if isinstance(promise.answer, type) else None
        example = parts.example_of(self.operation_id, "response")
        found |= problem_answers(self.failures(), self.registry, current=current, current_example=example)
        return dict(sorted(found.items()))

    def failures(self) -> tuple[Any, ...]:
        """Every kind of problem of this operation: those of its path, of its method and its own."""
        view: Any = self.view
        can_be_missing = "{" in self.path or type(view).locate is not self.contract_view().locate
        return (
            *failures_of(
                gates=view.gates,
                is_write=self.is_write,
                has_seller="{sellerId}" in self.path,
                needs_capability=bool(self.promise.capability or self.promise.capability_of_body),
                takes_any_accept=self.promise.answer == ANY_EVIDENCE,
            ),
            *((NotFound,) if can_be_missing else ()),
            *self.promise.fails,
        )

    @staticmethod
    def contract_view() -> Any:
        from nt24.api.views import ContractView  # late: the views name this class as their schema

        return ContractView

    def success(self, status: int) -> Schema:
        answer: Schema = {
            "description": parts.said_by(status, self.promise),
            "headers": self.success_headers(status),
        }
        if (content := self.content()) is not None:
            answer["content"] = content
        return answer

    def success_headers(self, status: int) -> Schema:
        promise = self.promise
        return parts.header_refs(
            *parts.ALWAYS,
            *parts.LIMITS,
            "CacheControl",
            *(["Deprecation", "Sunset"] if promise.deprecation else []),
            *(["SuccessorVersion"] if promise.deprecation and promise.deprecation.successor else []),
            *(["ETag"] if promise.is_versioned else []),
            *(["Location"] if status == 201 and promise.has_location else []),
            *(["LocationIfReplayed"] if status == 200 and self.creates_at_a_location else []),
            *(["IdempotencyReplayed"] if self.is_write and status != 201 else []),
            *(["ContentDisposition"] if isinstance(promise.answer, str) else []),
        )

    def content(self) -> Schema | None:
        answer = self.promise.answer
        if answer is None:
            return None
        if isinstance(answer, str):
            types = EVIDENCE_TYPES if answer == ANY_EVIDENCE else (answer,)
            return {media: {"schema": {"type": "string", "format": "binary"}} for media in types}
        media: Schema = {"schema": self.content_schema(is_success=True)}
        if (example := parts.example_of(self.operation_id, "response")) is not None:
            media["example"] = example
        return {"application/json": media}

    def content_schema(self, *, is_success: bool = False) -> Schema:
        shape: Any = self.promise.answer
        component = self.resolve_serializer(shape, "response")
        if is_success and self.promise.warns:
            component = self.created_of(component)
        if self.promise.is_array:
            return {"type": "array", "items": component.ref}
        return self.page_of(component).ref if self.promise.is_list else component.ref

    def created_of(self, shown: ResolvedComponent) -> ResolvedComponent:
        """The answer that creates has `warnings` where there are any; what is read later has none."""
        created = ResolvedComponent(
            f"{shown.name}Created", ResolvedComponent.SCHEMA, object=f"{shown.name}Created"
        )
        warnings = {
            "type": "array",
            "items": self.resolve_serializer(WarningOut, "response").ref,
            "description": "Left out when there is nothing to warn about.",
        }
        created.schema = {
            **shown.schema,
            "properties": {**shown.schema["properties"], "warnings": warnings},
        }
        self.registry.register_on_missing(created)
        return created

    def page_of(self, item: ResolvedComponent) -> ResolvedComponent:
        """`{data, pagination}` of contract 4.7."""
        page = ResolvedComponent(f"{item.name}Page", ResolvedComponent.SCHEMA, object=f"{item.name}Page")
        page.schema = {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {
                "data": {"type": "array", "items": item.ref, "maxItems": 100},
                "pagination": self.resolve_serializer(PaginationShape, "response").ref,
            },
        }
        self.registry.register_on_missing(page)
        return page

    # --- Shapes ------------------------------------------------------------------------------------------------

    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        """`OrderIn`, `OrderOut` and `AddressShape` are `Order` and `Address`; requests end in `Request`."""
        return re.sub(r"(In|Out|Shape)$", "", type(serializer).__name__)

    def _get_serializer_name(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> str:
        name = self.get_serializer_name(getattr(serializer, "child", serializer), direction)
        return f"{name}Request" if direction == "request" and not name.endswith("Patch") else name

    def _map_serializer(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> Schema:
        schema: Schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if direction == "request":
            schema["additionalProperties"] = False  # a typo never passes silently (contract 4)
            if type(serializer).__name__.endswith("Patch"):
                schema["minProperties"] = 1
        return schema

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Schema:
        schema: Schema = super()._map_serializer_field(field, direction, bypass_extensions)
        schema.pop("x-spec-enum-id", None)
        if isinstance(field, serializers.ListSerializer | serializers.ListField):
            schema |= bounds_of(field)
        if direction == "request" and isinstance(field, Text):
            schema |= field.WRITTEN
        return schema


def bounds_of(field: Any) -> Schema:
    """How many items an array takes; drf-spectacular leaves it out."""
    bounds = {"minItems": field.min_length, "maxItems": field.max_length}
    return {name: limit for name, limit in bounds.items() if limit is not None}


def condition_of(promise: Operation) -> str:
    return "" if promise.capability else parts.CAPABILITY_CONDITIONS.get(promise.capability_of_body, "")


def summary_for(summary: str, module: str) -> str:
    """The five parents of documents share their views, so the summary says whose document it is."""
    owner = "KYC" if module == "KYC" else module.lower()
    if not owner or owner in summary:
        return summary
    return re.sub(r"\ba (?=[aeiou])", "an ", summary.replace("document", f"{owner} document", 1))


def types_here(module: Module | None) -> str:
    """What can be filed under this parent."""
    return f"Types of this parent: {', '.join(f'`{type}`' for type in types_of(module))}." if module else ""


def operation_id(summary: str) -> str:
    """`Cancel an order` → `cancelOrder`."""
    words = [word.removesuffix("'s") for word in re.findall(r"[A-Za-z']+", summary)]
    head, *tail = (word for word in words if word.lower() not in FILLERS)
    return head.lower() + "".join(word.capitalize() for word in tail)
