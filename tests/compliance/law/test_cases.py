"""The worked cases of docs/law-cases.json, through the same reader and command that anybody may run."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from compliance.management.commands.judge_cases import judged_case

CASES = settings.BASE_DIR / "docs" / "law-cases.json"
CASE = {case["id"]: case for case in json.loads(CASES.read_text("utf-8"))}


@pytest.mark.parametrize("name", CASE)
def test_the_ruling_is_what_the_case_expects(name):
    judged = judged_case(CASE[name])

    assert judged.differs == (), judged.as_json()


def test_every_state_and_every_verdict_has_cases():
    assert len(CASE) > 150
    assert Counter(case["expected"]["verdict"] for case in CASE.values()).keys() == {
        "EXEMPT", "TAXABLE", "NOT_YET", "NEEDS_REVIEW",
    }  # fmt: skip
    assert {case["jurisdiction"] for case in CASE.values()} >= {
        "DE",
        "AT",
        "BE",
        "FR",
        "IT",
        "NL",
        "PL",
        "ES",
        "CZ",
    }


def run(path, *options):
    out = StringIO()
    try:
        call_command("judge_cases", str(path), *options, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_of_each_case_what_holds_and_adds_up():
    code, text = run(CASES)

    assert code == 0
    assert "DE-21  EXEMPT  routes: DE-17b-3-1b Spediteurbescheinigung  missing: -  law: Art. 138(1)" in text
    assert "confidence high: 75 of 75 as expected" in text
    assert "jurisdiction AT: 7 of 7 as expected" in text


def written(tmp_path: Path, *cases) -> Path:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(cases), "utf-8")
    return path


@pytest.mark.parametrize(
    ("confidence", "expected", "code"),
    [
        ("high", {"verdict": "TAXABLE"}, 1),
        ("high", {"missing": ["VIN_MISSING_ON_PROOF"]}, 1),
        ("high", {"route": "DE-17b-3-3 Unionsversand"}, 1),
        ("medium", {"verdict": "TAXABLE"}, 0),
        ("high", {}, 0),
    ],
)
def test_a_case_that_differs_fails_only_where_the_law_is_sure(tmp_path, confidence, expected, code):
    case = {**CASE["ID-01"], "confidence": confidence, "expected": {**CASE["ID-01"]["expected"], **expected}}

    ended, text = run(written(tmp_path, case), "--json")

    found = json.loads(text)
    assert ended == code
    assert found["cases"][0]["differs"] == list(expected)
    assert found["totals"]["confidence"][confidence] == {"cases": 1, "equal": int(not expected)}


@pytest.mark.parametrize(
    ("member", "value", "named"),
    [("collectedBy", "a friend", "a friend"), ("recapStatement", "LOST", "LOST"), ("dates", {}, "supply")],
)
def test_a_case_that_cannot_be_read_is_named_with_the_member(tmp_path, member, value, named):
    case = {**CASE["ID-01"], "facts": {**CASE["ID-01"]["facts"], member: value}}

    with pytest.raises(CommandError, match=rf"case ID-01: .*{named}"):
        run(written(tmp_path, case))


@pytest.mark.parametrize("content", ["{}", "no JSON", '"text"'])
def test_a_file_without_cases_is_refused_in_words(tmp_path, content):
    (path := tmp_path / "cases.json").write_text(content)

    with pytest.raises(CommandError, match=r"cases\.json"):
        run(path)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.json")


def test_the_page_for_advisers_is_the_codes():
    call_command("write_law", "--check", stdout=StringIO())
    page = (settings.BASE_DIR / "docs" / "law.md").read_text("utf-8")
    assert (
        "| DE-17b-3-3 Unionsversand | § 17b(3) no. 3 UStDV | The discharge of the transit procedure | 3 | DE-36 |"
        in page
    )
