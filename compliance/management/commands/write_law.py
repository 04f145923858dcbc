"""`write_law`: writes `docs/law.md` from the packs; with `--check` it only says whether that file is up to date."""

import json
from collections import defaultdict
from collections.abc import Iterable
from inspect import getdoc
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.law import conditions
from compliance.law.cases import supplies_of
from compliance.law.packs import Pack
from compliance.law.released import PACKS
from compliance.law.verdict import FORM, NATURE, NUMBER, REST, Stage, judge, order_of

WRITTEN = settings.BASE_DIR / "docs" / "law.md"
CASES = settings.BASE_DIR / "docs" / "law-cases.json"
UNVERIFIED = "not yet verified by an adviser"
HEAD = """# The rules of the law engine

For tax advisers. Written by `manage.py write_law` from `compliance/law`; change the code, not this file.

The engine judges one car at a time, by the rules of the state where the transport begins, on the day that it begins.
The questions are asked in the order below, and the first one that finds something decides. Cases are worked examples in
`docs/law-cases.json`; `manage.py judge_cases docs/law-cases.json` judges them all.
"""


class Command(BaseCommand):
    help = "Write docs/law.md, or check with --check that the committed copy is the code's."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail where it differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wanted = "\n".join(text())
        if check and (not WRITTEN.exists() or WRITTEN.read_text("utf-8") != wanted):
            raise CommandError("docs/law.md is not the code's: manage.py write_law.")
        if not check:
            WRITTEN.write_text(wanted, "utf-8")
        self.stdout.write("docs/law.md is up to date.")


def text() -> Iterable[str]:
    shown_by = cases_by_route()
    yield HEAD
    yield "## Conditions\n"
    groups = (
        (Stage.NATURE, NATURE),
        (Stage.NUMBER, (*NUMBER, conditions.exporter)),
        (Stage.IDENTITY, (conditions.identity,)),
        (Stage.FORM, FORM),
        (Stage.AGREEMENT, (conditions.papers_agree,)),
        (Stage.INVOICE, (conditions.invoice,)),
        (Stage.REST, REST),
    )
    for stage, questions in groups:
        yield from (f"- **{stage.title()}**, `{one.__name__}`: {flat(one)}" for one in questions)
    for pack in PACKS:
        yield from pack_text(pack, shown_by)
    yield ""


def pack_text(pack: Pack, shown_by: dict[tuple[str, str], list[str]]) -> Iterable[str]:
    yield f"\n## {pack.name}: {pack.exemption}\n"
    invoice = "is part of the proof" if pack.invoice_is_proof else "may be corrected later without harm"
    yield f"In force from {pack.valid_from}; {UNVERIFIED}. The invoice {invoice}."
    yield "\n| Route | Law | What it takes | Cost | Cases |\n|---|---|---|---|---|"
    for route in (*pack.routes, *pack.exports):
        cases = shown_by.get((pack.state, route.name), [])
        yield f"| {route.name} | {'; '.join(route.cites)} | {route.asks} | {route.cost} | {', '.join(cases) or '–'} |"
    for one in pack.conditions:
        yield f"\n- `{one.__name__}`: {flat(one)}"
    if pack.limits:
        yield "\n| Limit | From | Source | Verified |\n|---|---|---|---|"
    for limit in pack.limits:
        cells = (f"{limit.code}: {limit.amount:,} {limit.currency}", limit.valid_from, limit.source)
        yield f"| {' | '.join(map(str, cells))} | {limit.verified_by or UNVERIFIED} |"


def flat(function: Any) -> str:
    return " ".join((getdoc(function) or function.__name__.replace("_", " ")).split())


def cases_by_route() -> dict[tuple[str, str], list[str]]:
    """Which worked cases show a route, by the state of the pack and the name of the route."""
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    for case in json.loads(CASES.read_text("utf-8")):
        for ruling in order_of(tuple(judge(supply) for supply in supplies_of(case))).rulings:
            for name in ruling.routes:
                shown[(ruling.pack.partition("-")[0], name)].append(case["id"])
    return {key: list(dict.fromkeys(ids)) for key, ids in shown.items()}
