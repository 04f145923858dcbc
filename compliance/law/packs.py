"""The rules of one state of departure for a span of days. A released pack is never edited, only followed by another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.law.facts import Supply
    from compliance.law.findings import Finding


@dataclass(frozen=True, slots=True)
class Lacks:
    """A route that has begun: what each step still lacks. `steps` counts documents, not codes."""

    findings: "tuple[Finding, ...]"
    steps: int = 1


class Closed(Enum):
    """Why a route has not begun."""

    NOT_OPEN = auto()  # this supply cannot take it
    NOT_BEGUN = auto()  # no document of it is there


NOT_OPEN, NOT_BEGUN = Closed.NOT_OPEN, Closed.NOT_BEGUN
Answer = Lacks | Closed | None  # None: passed


@dataclass(frozen=True, slots=True)
class Route:
    """One way to prove the transport. `cost`: 1 is a click of the buyer, 5 a letter to an authority.

    `asks` says in words which documents it takes. `is_formal`: the state's own form of proof, which stands alone; what
    it lacks is asked for before the second item of a presumption.
    """

    name: str
    cites: tuple[str, ...]
    cost: int
    asks: str
    check: "Callable[[Supply], Answer]"
    is_formal: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A national limit. Nobody of the profession has confirmed a row without `verified_by`: it warns, never blocks."""

    code: str
    amount: Decimal
    currency: str
    valid_from: date
    source: str
    verified_by: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """`state` as in VAT numbers; "EU" for states without a pack of their own."""

    state: str
    edition: str
    valid_from: date
    exemption: str
    routes: tuple[Route, ...]
    valid_to: date | None = None
    limits: tuple[Limit, ...] = ()
    exports: tuple[Route, ...] = ()
    invoice_is_proof: bool = False
    reports_new_vehicles: bool = False
    conditions: "tuple[Callable[[Supply], tuple[Finding, ...]], ...]" = ()

    @property
    def name(self) -> str:
        return f"{self.state}-{self.edition}"
