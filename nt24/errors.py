"""What can go wrong on purpose. Each kind states a fact; `nt24/api/problems.py` turns it into an answer (contract 4.6).

`KINDS` at the end is the whole table: slug, title and HTTP status stand here once and nowhere else.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable slug. `detail` is one sentence for people: what is wrong and what to do about it."""

    slug: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedRequest(DomainError):
    slug, title, status = "malformed-request", "The request cannot be understood", 400


class Unauthorized(DomainError):
    slug, title, status = "unauthorized", "Authentication is required", 401


class Forbidden(DomainError):
    slug, title, status = "forbidden", "This is not allowed", 403


class CapabilityRequired(DomainError):
    slug, title, status = "capability-required", "A capability is missing", 403


class DpaNotAccepted(DomainError):
    slug, title, status = "dpa-not-accepted", "The data processing agreement is not accepted", 403


class NotFound(DomainError):
    slug, title, status = "not-found", "There is nothing here", 404


class MethodNotAllowed(DomainError):
    slug, title, status = "method-not-allowed", "This method is not available here", 405


class NotAcceptable(DomainError):
    slug, title, status = "not-acceptable", "The accepted media types are not available", 406


class PayloadTooLarge(DomainError):
    slug, title, status = "payload-too-large", "The request is too large", 413


class UnsupportedMediaType(DomainError):
    slug, title, status = "unsupported-media-type", "This media type is not accepted", 415


class Conflict(DomainError):
    """A 409. `current` is the record as it stands, shown to the caller as `currentResource`."""

    def __init__(self, detail: str = "", *, current: Any = None) -> None:
        super().__init__(detail)
        self.current = current


class VersionMismatch(Conflict):
    slug, title, status = "version-mismatch", "The resource has changed meanwhile", 409


class ExistsWithOtherBody(Conflict):
    slug, title, status = "resource-exists-different-body", "The resource exists with other content", 409


class MilestoneAlreadySet(Conflict):
    slug, title, status = "milestone-already-set", "The milestone is already set", 409


class StateConflict(Conflict):
    slug, title, status = "state-conflict", "This is not possible in the present state", 409


class RequestInProgress(DomainError):
    slug, title, status = "request-in-progress", "The same request is still being worked on", 409
    retry_after = 1


@dataclass(frozen=True, slots=True)
class FieldError:
    """One line of `errors[]`: `field` is a camelCase path such as `vins[0].vin`, empty for the whole body."""

    field: str
    message: str
    rejected: Any = None

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class ValidationFailed(DomainError):
    slug, title, status = "validation-error", "The request has invalid values", 422

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(str(error) for error in errors[:3]))
        self.errors = errors


class KeyReused(DomainError):
    slug, title, status = "idempotency-key-reused", "The Idempotency-Key was used for another request", 422


class RateLimited(DomainError):
    slug, title, status = "rate-limited", "Too many requests", 429

    def __init__(self, detail: str = "", *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InternalError(DomainError):
    slug, title, status = "internal-error", "Something went wrong on our side", 500


class Unavailable(DomainError):
    slug, title, status = "service-unavailable", "Temporarily unavailable", 503
    retry_after = 5


KINDS: tuple[type[DomainError], ...] = (
    MalformedRequest,
    Unauthorized,
    Forbidden,
    CapabilityRequired,
    DpaNotAccepted,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    PayloadTooLarge,
    UnsupportedMediaType,
    VersionMismatch,
    ExistsWithOtherBody,
    MilestoneAlreadySet,
    StateConflict,
    RequestInProgress,
    ValidationFailed,
    KeyReused,
    RateLimited,
    InternalError,
    Unavailable,
)
