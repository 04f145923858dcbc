"""`manage.py verify_audit`: is the trail still what was sealed? With `--file`, is an export of it?"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nt24.audit.exported import FileProof, check_file
from nt24.audit.proof import Fault, Proof, verify


class Command(BaseCommand):
    help = "Verifies the audit trail. Exit code 0 if nothing was altered or removed; 1, and the first fault, if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="a file of export_audit --format jsonl; needs no database"
        )

    def handle(self, *, file: Path | None, **options: Any) -> None:
        proof = verify() if file is None else proof_of(file)
        said = told(proof) if isinstance(proof, Proof) else told_of_file(proof)
        self.stdout.write("\n".join(("BROKEN" if proof.fault else "INTACT", *said)))
        if proof.fault:
            raise SystemExit(1)


def proof_of(file: Path) -> FileProof:
    """:raises CommandError: it cannot be read."""
    try:
        with file.open("rb") as lines:
            return check_file(lines)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error


def told(proof: Proof) -> Iterator[str]:
    if proof.fault is not None:
        yield from told_of(proof.fault)
    yield f"  Checked:      {proof.position:,} links with their entries, {proof.checkpoints:,} checkpoints"
    if proof.fault is None:
        yield f"  Not sealed:   {proof.waiting:,} new entries"
    yield f"  Head:         link {proof.position}, chain {proof.chain}"


def told_of(fault: Fault) -> Iterator[str]:
    yield f"  First fault:  {fault.what}"
    if fault.entry_uuid is not None:
        yield f"  Entry:        {fault.entry_uuid}"
    if fault.at is not None:
        yield f"  It says:      {fault.action} at {fault.at.isoformat(' ', 'seconds')}"


def told_of_file(proof: FileProof) -> Iterator[str]:
    if proof.fault:
        yield f"  First fault:  {proof.fault}"
    yield f"  Checked:      {proof.sealed:,} sealed entries in {proof.lines:,} lines"
    if proof.sealed:
        yield f"  Positions:    {proof.first} to {proof.position}, {proof.skipped:,} of them not in this file"
        yield f"  Head:         link {proof.position}, chain {proof.chain}"
