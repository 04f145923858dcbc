"""What holds of every ruling, whatever the supply: thousands of variations of the worked cases."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from compliance.law.cases import supplies_of
from compliance.law.codec import from_json, to_json
from compliance.law.codes import BY_CODE, CODES
from compliance.law.evidence import Basis, Kind, Paper, Place, Role, Side
from compliance.law.facts import Supply
from compliance.law.released import PACKS
from compliance.law.territory import Area, area_of
from compliance.law.verdict import Verdict, judge
from tests.compliance.law.test_cases import CASE

SUPPLIES = [supply for case in CASE.values() for supply in supplies_of(case)]
FORM_MEMBERS = (
    "namesDestination",
    "namesArrivalPlaceDate",
    "namesPersonWhoAccepted",
    "buyerNameAddress",
    "quantityDescription",
)
LAW = settings.BASE_DIR / "compliance" / "law"


def true_paper(supply: Supply, kind: Kind) -> Paper:
    """A document of this kind as it would be if everything about the supply is true."""
    there_on = supply.movement.end_on or supply.movement.start_on
    to = Place(supply.movement.to.country, "there", territory=supply.movement.to.territory, is_buyers=True)
    by_buyer = kind in {Kind.ARRIVAL_CONFIRMATION, Kind.BUYER_STATEMENT_45A}
    return Paper(
        kind=kind,
        basis=Basis.EXAMINED,
        issuer=f"issuer of {kind}",
        side=Side.BUYER if by_buyer else Side.THIRD,
        issued_on=there_on + timedelta(days=2),
        received_on=there_on if kind is Kind.CMR else None,
        month=f"{there_on:%Y-%m}",
        vins=frozenset({supply.car.vin}),
        place=to,
        signed=dict.fromkeys((Role.SENDER, Role.CARRIER, Role.BUYER), True),
        is_complete=True,
        holder_is_buyer=True,
        account_is_buyers=True,
        is_special=True,
        is_gap_free=True,
        has_plate=True,
        has_mrn=True,
        stated=dict.fromkeys(FORM_MEMBERS, True),
    )


@st.composite
def varied(draw) -> Supply:
    """A worked supply with some documents left out, others added, the basis or the day of the question moved."""
    supply = draw(st.sampled_from(SUPPLIES))
    kept = [paper for paper in supply.papers if draw(st.integers(0, 4))]
    added = [true_paper(supply, kind) for kind in draw(st.lists(st.sampled_from(list(Kind)), max_size=3))]
    bases = draw(st.sampled_from([None, Basis.STATED, Basis.READ]))
    papers = tuple(replace(paper, basis=bases or paper.basis) for paper in [*kept, *added])
    return replace(supply, papers=papers, on=supply.on + timedelta(days=draw(st.integers(0, 400))))


@given(varied(), st.sampled_from(list(Kind)))
@examples(max_examples=2000, deadline=None)
def test_one_more_true_document_never_costs_the_exemption(supply, kind):
    before = judge(supply)

    after = judge(replace(supply, papers=(*supply.papers, true_paper(supply, kind))))

    if before.verdict is Verdict.EXEMPT:
        assert after.verdict is Verdict.EXEMPT, (kind, after)
        assert set(before.routes) <= set(after.routes)


@given(varied(), st.randoms(use_true_random=False))
@examples(max_examples=1000, deadline=None)
def test_other_names_and_another_order_of_documents_change_nothing(supply, dice):
    names = {paper.issuer: f"company {n}" for n, paper in enumerate(supply.papers) if paper.issuer}
    papers = [replace(p, issuer=names.get(p.issuer or "")) for p in supply.papers]
    dice.shuffle(papers)

    renamed = judge(replace(supply, papers=tuple(papers)))

    was = judge(supply)
    assert (renamed.verdict, renamed.routes, set(renamed.missing)) == (
        was.verdict,
        was.routes,
        set(was.missing),
    )


@given(varied())
@examples(max_examples=1000, deadline=None)
def test_judging_again_also_from_json_is_the_same(supply):
    again = from_json(Supply, json.loads(json.dumps(to_json(supply))))

    assert again == supply
    assert judge(again) == judge(supply)
    assert json.dumps(to_json(judge(again))) == json.dumps(to_json(judge(supply)))


@given(varied())
@examples(max_examples=1000, deadline=None)
def test_a_ruling_explains_itself(supply):
    ruling = judge(supply)

    assert {*ruling.missing, *ruling.flags} <= BY_CODE.keys()
    assert (ruling.verdict is Verdict.EXEMPT) == (not [f for f in ruling.findings if f.weight])
    assert ruling.routes or ruling.verdict is not Verdict.EXEMPT
    assert ruling.cites


def known_by_type(paper: Paper, supply: Supply) -> Paper:
    """Without all that a type does not say; no type says that plates are named, or that an MRN is on a freight note."""
    return Paper(
        kind=paper.kind,
        issuer=paper.issuer,
        side=paper.side,
        place=paper.place and Place(supply.movement.to.country, is_buyers=True),
        names_export_plates=paper.names_export_plates,
        has_mrn=paper.has_mrn,
    )


@given(varied())
@examples(max_examples=500, deadline=None)
def test_what_is_only_assumed_is_never_held_against_anybody(supply):
    """A document of which only the type is known counts as what its type says (contract 17, published mode)."""
    honest = tuple(paper for paper in supply.papers if not paper.is_forged and not paper.is_related)
    bare = tuple(map(known_by_type, honest, [supply] * len(honest)))
    assumed, known = judge(replace(supply, papers=bare)), judge(replace(supply, papers=honest))

    if known.verdict is Verdict.EXEMPT:
        assert assumed.verdict is Verdict.EXEMPT, (known.routes, assumed)


def test_the_rules_run_without_the_project():
    """An auditor has Python and this folder: no library, no clock, no file, no network."""
    code = (
        "import sys; before = set(sys.modules); from compliance.law import verdict, codec, cases, released;"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(settings.BASE_DIR)!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "['compliance']"

    asked = {"now", "today", "utcnow", "time", "open", "getenv", "environ", "socket", "random"}
    for path in LAW.rglob("*.py"):
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        assert not names & asked, path


def test_every_code_is_written_once_and_every_row_has_its_source():
    assert len(BY_CODE) == len(CODES)
    for pack in PACKS:
        assert pack.exemption
        assert all(route.cites and route.asks for route in (*pack.routes, *pack.exports))
        assert all(limit.source for limit in pack.limits)


def test_no_rules_are_older_than_the_quick_fixes():
    old = replace(SUPPLIES[0].movement, start_on=date(2019, 12, 31))

    with pytest.raises(LookupError, match="2019-12-31"):
        judge(replace(SUPPLIES[0], movement=old))


def test_places_outside_the_vat_territory():
    on = date(2026, 3, 10)
    union = ["MC", "XI", "GR", "EL", "FR 06000", "ES 07001", "DE 78262", "IT 22060"]
    excluded = [
        "ES 35001",
        "ES 52001",
        "RE",
        "DE 78266",
        "DE 27498",
        "GR 63086",
        "IT 22061",
        "AX",
        "FI 22100",
    ]
    third = ["GB", "CH", "SM", "AD", "GI", "LI", "VA"]
    assert {area_of(place, on) for place in map(written, union)} == {Area.UNION}
    assert {area_of(place, on) for place in map(written, excluded)} == {Area.EXCLUDED}
    assert {area_of(place, on) for place in map(written, third)} == {Area.THIRD}
    assert area_of(Place(None), on) is Area.THIRD
    assert area_of(Place("DE", territory="heligoland"), on) is Area.EXCLUDED
    assert area_of(Place("ES", territory="Mallorca"), on) is Area.UNION
    assert area_of(Place("GB"), date(2020, 6, 1)) is Area.UNION


def written(place: str) -> Place:
    country, _, post_code = place.partition(" ")
    return Place(country, post_code=post_code or None)
