"""`manage.py verify_export_file`: for auditors and scripts, so the exit code carries the answer."""

import hashlib
import json
from functools import cache
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compliance.export_file import build
from tests.compliance.dossiers import a_dossier, originals_from, ten_originals


@cache
def sealed() -> bytes:
    return build(a_dossier(), originals_from(ten_originals()))


@pytest.fixture
def run(tmp_path):
    """Run the command on bytes: (exit code, output)."""

    def run_command(content: bytes, *options: str) -> tuple[int, str]:
        (tmp_path / "file.pdf").write_bytes(content)
        output = StringIO()
        try:
            call_command("verify_export_file", str(tmp_path / "file.pdf"), *options, stdout=output)
        except SystemExit as end:
            return int(end.code or 0), output.getvalue()
        return 0, output.getvalue()

    return run_command


def test_a_genuine_file_exits_with_0_and_names_what_it_is(run):
    code, output = run(sealed())

    assert code == 0
    lines = output.splitlines()
    assert lines[0] == "GENUINE"
    assert "Order:     DEAL-2026-04-00451" in lines
    assert "Version:   2" in lines
    assert "Decision:  VALID_EXPORT" in lines
    assert "Sealed by: NT24 development seal" in lines
    assert "Level:     PAdES B-B" in lines
    assert len([line for line in lines if line.startswith("MATCHES")]) == 10


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda content: content + b"\n", "Something was added to the file after sealing."),
        (lambda content: content[:-3], "The file carries no electronic seal."),
        (
            lambda content: content[:900] + b"\x00" + content[901:],
            "The sealed bytes were changed after sealing.",
        ),
        (lambda content: b"not a PDF", "The file is not a PDF."),
    ],
    ids=["appended", "cut", "changed", "no pdf"],
)
def test_any_other_file_exits_with_1_and_says_why(run, change, problem):
    code, output = run(change(sealed()))

    assert code == 1
    assert output.startswith("NOT GENUINE\n")
    assert problem in output


def test_json_holds_every_member(run):
    code, output = run(sealed(), "--json")

    found = json.loads(output)
    assert code == 0
    assert found["is_genuine"] is True
    assert found["order_reference"] == "DEAL-2026-04-00451"
    assert found["sha256"] == hashlib.sha256(sealed()).hexdigest()
    assert found["signed_at"].endswith("+00:00")
    assert found["problems"] == []
    assert {item["state"] for item in found["attachments"]} == {"MATCHES"}


def test_json_of_a_changed_file_exits_with_1(run):
    code, output = run(sealed() + b"\n", "--json")

    assert code == 1
    assert json.loads(output)["modified_after"] is True


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_export_file", "/nowhere/file.pdf", stdout=StringIO())
