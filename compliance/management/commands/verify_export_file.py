"""`manage.py verify_export_file PATH`: does this PDF still carry our seal, whole and unchanged?

Needs no database: an auditor can run it on a machine that has only this code and the root certificate.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance import wording
from nt24.documents import sealing
from nt24.documents.sealing import Verification


class Command(BaseCommand):
    help = "Verifies a sealed Export File. Exit code 0 only if it is ours, whole and unchanged; 1 otherwise."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the PDF file")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *, path: Path, as_json: bool, **options: Any) -> None:
        found = sealing.verify(_readable(path))
        self.stdout.write(_as_json(found) if as_json else "\n".join(_lines(found)))
        if not found.is_genuine:
            raise SystemExit(1)


def _readable(path: Path) -> Path:
    """:raises CommandError: it is no file, or cannot be read."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error


def _as_json(found: Verification) -> str:
    """The members of `Verification` by their own names, and `is_genuine`."""
    content = {**asdict(found), "is_genuine": found.is_genuine}
    return json.dumps(content, ensure_ascii=False, indent=2, default=lambda instant: instant.isoformat())


def _lines(found: Verification) -> Iterator[str]:
    yield "GENUINE" if found.is_genuine else "NOT GENUINE"
    yield from (f"  {problem}" for problem in found.problems)
    facts = {
        "File": f"{found.size:,} bytes, SHA-256 {found.sha256}",
        "Order": found.order_reference,
        "Version": found.version,
        "Facts of": found.generated_at.isoformat(" ", "seconds") if found.generated_at else "",
        "Decision": _decision(found),
        "Sealed by": found.signer,
        "Sealed at": found.signed_at.isoformat(" ", "seconds") if found.signed_at else "",
        "Level": f"PAdES {found.level}" if found.level else "",
    }
    yield from (f"{name + ':':<11}{value}" for name, value in facts.items() if value)
    yield from (f"{item.state:<9}{item.sha256}  {item.name}" for item in found.attachments)


def _decision(found: Verification) -> str:
    is_by_staff = wording.is_by_staff(found.decision, override=found.override, rules_alone=found.rules_alone)
    return f"{found.decision}, by two members of staff" if found.decision and is_by_staff else found.decision
