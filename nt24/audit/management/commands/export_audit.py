"""`manage.py export_audit --format jsonl|csv`: entries of the trail for an auditor; taking them is an entry too."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from nt24.actors import system
from nt24.audit.actions import note_export
from nt24.audit.export import FORMATS
from nt24.audit.models import Entry
from nt24.partners.models import Organization

EXPORTER = system("export_audit")


def moment(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC.

    :raises ArgumentTypeError: it is something else.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no ISO 8601 time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Writes entries of the audit trail as JSON lines or CSV. Check the former with verify_audit --file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=tuple(FORMATS), default="jsonl")
        parser.add_argument("--order", type=UUID, metavar="UUID", help="entries of this order")
        parser.add_argument("--organization", metavar="SLUG", help="entries of this organization")
        parser.add_argument("--since", type=moment, help="ISO 8601, inclusive")
        parser.add_argument("--until", type=moment, help="ISO 8601, exclusive")
        parser.add_argument("--output", type=Path, metavar="FILE", help="a new file; else standard output")

    def handle(self, *, format: str, output: Path | None, **options: Any) -> None:
        names = ("order", "organization", "since", "until")
        wanted = {name: options[name] for name in names if options[name] is not None}
        organization = organization_of(wanted)
        entries = selected(wanted, organization)
        about = {"format": format, **{name: str(value) for name, value in wanted.items()}}
        with opened(output, self.stdout) as target:
            owner = organization.pk if organization else None
            export = note_export(by=EXPORTER, about=about, organization_id=owner)
            for part in FORMATS[format][0](entries):
                target.write(part)
        self.stderr.write(f"Export {export} is done.")


@contextmanager
def opened(output: Path | None, standard: OutputWrapper) -> Iterator[Any]:
    """Where to write to.

    :raises CommandError: the file exists or cannot be written; evidence is not overwritten.
    """
    if output is None:
        standard.ending = ""
        yield standard
        return
    try:
        opener = partial(os.open, mode=0o600)
        with open(output, "x", encoding="utf-8", newline="", opener=opener) as file:
            yield file
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}") from error


def organization_of(wanted: dict[str, Any]) -> Organization | None:
    """:raises CommandError: there is none with this slug."""
    if "organization" not in wanted:
        return None
    found = Organization.objects.filter(slug=wanted["organization"]).first()
    if found is None:
        raise CommandError(f"There is no organization with the slug {wanted['organization']}.")
    return found


def selected(wanted: dict[str, Any], organization: Organization | None) -> Any:
    filters = {
        "order_uuid": wanted.get("order"),
        "organization_id": organization.pk if organization else None,
        "at__gte": wanted.get("since"),
        "at__lt": wanted.get("until"),
    }
    return Entry.objects.filter(**{name: value for name, value in filters.items() if value is not None})
