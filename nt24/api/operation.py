"""What one endpoint promises, said once: the house view checks by it and the OpenAPI document is made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, TypeVar

from rest_framework.serializers import BaseSerializer

from nt24.errors import DomainError

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That an operation goes: since when, until when, and the path of what replaces it."""

    since: date
    sunset: date
    successor: str = ""

    def headers(self) -> dict[str, str]:
        """`Deprecation` (RFC 9745), `Sunset` (RFC 8594) and, where there is a successor, `Link`."""
        link = {"Link": f'<{self.successor}>; rel="successor-version"'} if self.successor else {}
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.sunset), usegmt=True),
            **link,
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class Operation:
    """`answer` may be a serializer class, or a media type for downloads; `fails` names its own problems only."""

    summary: str
    about: str = (
        ""  # what it does, for the reader of the reference; what the promises below say is added to it
    )
    body: type[BaseSerializer] | None = None
    query: type[BaseSerializer] | None = None
    answer: type[BaseSerializer] | str | None = None
    status: int = 200
    is_list: bool = False
    is_array: bool = False
    is_versioned: bool = False
    if_match: bool = False
    has_location: bool = True
    is_matched: bool = False  # 200 as well as 201: a natural key may find the resource already there
    warns: bool = False  # the answer may carry `warnings`, see `nt24.api.warnings`
    capability: str = ""
    capability_of_body: str = ""  # asked for by what the body says, see `check_body_capabilities`
    reads_personal_data: bool = False
    shows_secret: bool = False  # its answer is kept encrypted for replays
    fails: tuple[type[DomainError], ...] = ()
    deprecation: Deprecation | None = None  # the one declaration from which headers and OpenAPI follow


def operation(summary: str, **promises: Any) -> Callable[[Handler], Handler]:
    """Attach an `Operation` to a handler of a `ContractView`."""

    def attach(handler: Handler) -> Handler:
        handler.operation = Operation(summary, **promises)  # type: ignore[attr-defined]
        return handler

    return attach
