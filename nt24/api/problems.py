"""Every failure becomes a problem document (RFC 9457, which replaces RFC 7807; contract 4.6)."""

from collections.abc import Iterator
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf

from nt24.api.json import encode
from nt24.disk import is_full
from nt24.errors import (
    Conflict,
    DomainError,
    FieldError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from nt24.tracing import trace_id

CONTENT_TYPE = "application/problem+json"
# Rejected values that are never echoed: secrets and personal data (contract 4.6).
PRIVATE_MEMBERS = frozenset(
    {"secret", "firstName", "lastName", "email", "phone", "sourceIban", "recipientEmail", "recipientName",
     "driverIdentification", "street", "postCode", "city", "file", "reason", "url"}
)  # fmt: skip
MAX_ECHO = 200

log = structlog.get_logger(__name__)


def kind_of(error: Exception) -> DomainError:  # noqa: C901  one line per foreign exception: it is a table
    """Translate whatever was raised into one of our kinds."""
    match error:
        case DomainError():
            return error
        case drf.ValidationError():
            return ValidationFailed(*field_errors(error.detail))
        case drf.ParseError():
            return MalformedRequest(str(error.detail))
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return Unauthorized(str(error.detail))
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case drf.NotAcceptable():
            return NotAcceptable(str(error.detail))
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType(str(error.detail))
        case Http404() | drf.NotFound() | PermissionDenied():
            return NotFound("Nothing is found at this address.")
        case RequestDataTooBig():
            return PayloadTooLarge("The request body is too large.")
        case UnreadablePostError():
            return MalformedRequest("The body broke off before its end.")
        case SuspiciousOperation() | UnicodeError():
            return MalformedRequest("The request has characters or headers that cannot be read.")
        case OSError() if is_full(error):
            return Unavailable("There is no room on the disk; nothing was changed. Try again later.")
        case OperationalError() | InterfaceError():
            return Unavailable("The database did not answer in time; nothing was changed. Try again.")
    return InternalError("The failure is recorded under this trace id; nothing was changed.")


def field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """Flatten DRF's nested messages into `vins[0].vin` lines."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, below(path, name))
    elif isinstance(detail, list) and any(isinstance(inner, dict) for inner in detail):
        for index, inner in enumerate(detail):
            if inner:
                yield from field_errors(inner, f"{path}[{index}]")
    elif isinstance(detail, list):
        for message in detail:
            yield FieldError(path, str(message))
    else:
        yield FieldError(path, str(detail))


def below(path: str, name: Any) -> str:
    """The path one step deeper; DRF names the items of a list by their number."""
    if name == "non_field_errors":
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)


def value_at(body: Any, path: str) -> Any:
    """What the caller sent at `vins[0].vin`, or None."""
    for step in path.replace("]", "").replace("[", ".").split("."):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def rejected_value(error: FieldError, body: Any) -> Any:
    """The value to echo: never a private member, nothing long, no nested object."""
    if not PRIVATE_MEMBERS.isdisjoint(error.field.replace("]", "").replace("[", ".").split(".")):
        return None
    value = error.rejected if error.rejected is not None else value_at(body, error.field)
    if isinstance(value, str):
        return value[:MAX_ECHO]
    return value if isinstance(value, int | float | bool) else None


def document(error: DomainError, *, instance: str, body: Any = None, current: Any = None) -> dict[str, Any]:
    """The members of one problem document; `current` is the rendered `currentResource`."""
    members: dict[str, Any] = {
        "type": f"{settings.PROBLEM_BASE_URL}{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail or error.title,
        "instance": instance,
        "traceId": trace_id(),
    }
    if isinstance(error, ValidationFailed):
        lines = [
            # About the whole body: then there is no member to name (contract 17.31).
            {
                "field": line.field or None,
                "message": line.message,
                "rejectedValue": rejected_value(line, body),
            }
            for line in error.errors
        ]
        members["errors"] = [
            {name: value for name, value in line.items() if value is not None} for line in lines
        ]
    if current is not None:
        members["currentResource"] = current
    return members


def response(
    error: DomainError, request: HttpRequest, *, body: Any = None, current: Any = None
) -> HttpResponse:
    """The finished answer with the headers that belong to its kind."""
    members = document(error, instance=request.path, body=body, current=current)
    answer = HttpResponse(encode(members), status=error.status, content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "no-store"
    if isinstance(error, Unauthorized):
        answer["WWW-Authenticate"] = 'Bearer realm="nt24"'
    if (seconds := getattr(error, "retry_after", None)) is not None:
        answer["Retry-After"] = str(seconds)
    return answer


def answer(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler for every view of ours."""
    view, request = context["view"], context["request"]
    kind = kind_of(error)
    if kind.status >= 500:
        log.error("request_failed", path=request.path, kind=type(error).__name__, exc_info=error)
    current = None
    if isinstance(kind, Conflict) and kind.current is not None:
        current = view.represent_current(kind.current)
    result = response(kind, request, body=getattr(view, "raw_body", None), current=current)
    if isinstance(kind, MethodNotAllowed):
        result["Allow"] = ", ".join(name for name in view.allowed_methods if name != "OPTIONS")
    return result


@csrf_exempt  # a write to an unknown path is as unknown as a read; otherwise it would get a CSRF page
def not_found(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """The answer for an unknown path under /v1."""
    return response(NotFound("There is no such path; the API reference is at /docs."), request)
