"""`manage.py judge_cases FILE`: what the law engine says of worked cases, and whether that is what each expects.

Needs no database: the rules and the cases are all there is.
"""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.law.cases import supplies_of
from compliance.law.verdict import OrderRuling, Verdict, judge, order_of

NO_ROUTE = "none"


@dataclass(frozen=True, slots=True)
class Judged:
    """`differs` names the members of `expected` that the ruling does not equal; it is empty when there are none."""

    id: str
    jurisdiction: str
    confidence: str
    order: OrderRuling
    differs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "verdict": self.order.verdict,
            "routes": list(self.order.routes),
            "missing": list(self.order.missing),
            "law": list(dict.fromkeys(cite for ruling in self.order.rulings for cite in ruling.cites)),
            "flags": list(dict.fromkeys(flag for ruling in self.order.rulings for flag in ruling.flags)),
            "vins": verdicts(self.order),
            "next": next((ruling.next for ruling in self.order.rulings if ruling.next), None),
            "equalsExpected": not self.differs,
            "differs": list(self.differs),
        }


class Command(BaseCommand):
    help = 'Judges worked cases. Exit code 1 when one of confidence "high" differs from what it expects.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a JSON list of cases")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *, file: Path, as_json: bool, **options: Any) -> None:
        judged = [judged_case(case) for case in cases_in(file)]
        if as_json:
            found = {"cases": [one.as_json() for one in judged], "totals": totals(judged)}
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join([*map(line_of, judged), "", *lines_of(totals(judged))]))
        if any(one.differs for one in judged if one.confidence == "high"):
            raise SystemExit(1)


def cases_in(file: Path) -> list[Mapping[str, Any]]:
    """:raises CommandError: there is no such file, or it holds no list of cases."""
    try:
        cases = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}") from error
    if not isinstance(cases, list):
        raise CommandError(f"{file}: not a list of cases")
    return cases


def judged_case(case: Mapping[str, Any]) -> Judged:
    """:raises CommandError: a member of the case is missing or unknown; the message names case and member."""
    try:
        order = order_of(tuple(judge(supply) for supply in supplies_of(case)))
    except (KeyError, ValueError, TypeError, LookupError) as error:
        raise CommandError(f"case {case.get('id', '?')}: {type(error).__name__} {error}") from error
    return Judged(
        id=str(case["id"]),
        jurisdiction=str(case["jurisdiction"]),
        confidence=str(case.get("confidence", "")),
        order=order,
        differs=tuple(differences(order, case.get("expected", {}))),
    )


def differences(order: OrderRuling, expected: Mapping[str, Any]) -> Iterable[str]:
    """A route has to be among the passed ones; where none is expected, a ruling that is not exempt equals it."""
    if order.verdict != expected.get("verdict", order.verdict):
        yield "verdict"
    route = expected.get("route", NO_ROUTE)
    if route != NO_ROUTE and route not in order.routes:
        yield "route"
    if route == NO_ROUTE and order.verdict is Verdict.EXEMPT and "verdict" in expected:
        yield "route"
    if set(order.missing) != set(expected.get("missing", order.missing)):
        yield "missing"
    if verdicts(order) != expected.get("perVin", verdicts(order)):
        yield "perVin"


def verdicts(order: OrderRuling) -> dict[str, Verdict]:
    return {ruling.vin: ruling.verdict for ruling in order.rulings}


def totals(judged: list[Judged]) -> dict[str, dict[str, dict[str, int]]]:
    """By confidence and by jurisdiction: how many cases, and how many of them equal what they expect."""
    return {name: totals_by(name, judged) for name in ("confidence", "jurisdiction")}


def totals_by(name: str, judged: list[Judged]) -> dict[str, dict[str, int]]:
    cases = Counter(str(getattr(one, name)) for one in judged)
    equal = Counter(str(getattr(one, name)) for one in judged if not one.differs)
    return {key: {"cases": cases[key], "equal": equal[key]} for key in sorted(cases)}


def line_of(one: Judged) -> str:
    found = one.as_json()
    sign = "=" if not one.differs else f"differs in {', '.join(one.differs)}"
    parts = [", ".join(found[name]) or "-" for name in ("routes", "missing", "law")]
    return f"{one.id}  {one.order.verdict}  routes: {parts[0]}  missing: {parts[1]}  law: {parts[2]}  {sign}"


def lines_of(sums: dict[str, dict[str, dict[str, int]]]) -> list[str]:
    return [
        f"{name} {key}: {row['equal']} of {row['cases']} as expected"
        for name, rows in sums.items()
        for key, row in rows.items()
    ]
