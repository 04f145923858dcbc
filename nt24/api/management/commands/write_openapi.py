"""`write_openapi`: writes `docs/openapi.json`; with `--check` it only says whether that file is up to date."""

import difflib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nt24.api.openapi_document import COMMITTED, DocumentWarned, as_text, build

SHOWN_LINES = 200  # enough to see what has moved without filling the screen


class Command(BaseCommand):
    help = "Write the OpenAPI document, or check with --check that the committed copy is the code's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail with a diff")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """:raises CommandError: the document is not up to date, or the code is not clear about it."""
        try:
            wanted = as_text(build())
        except DocumentWarned as warned:
            raise CommandError("\n".join(str(sentence) for sentence in warned.args)) from warned
        committed = COMMITTED.read_text(encoding="utf-8") if COMMITTED.exists() else ""
        if wanted == committed:
            self.stdout.write("docs/openapi.json is up to date.")
        elif check:
            raise CommandError(
                f"{difference(committed, wanted)}\ndocs/openapi.json is not the code's: make schema."
            )
        else:
            COMMITTED.write_text(wanted, encoding="utf-8")
            self.stdout.write("docs/openapi.json is written.")


def difference(committed: str, wanted: str) -> str:
    """A unified diff, cut off where it gets long."""
    lines = list(
        difflib.unified_diff(committed.splitlines(), wanted.splitlines(), "committed", "code", lineterm="")
    )
    left = len(lines) - SHOWN_LINES
    return "\n".join([*lines[:SHOWN_LINES], *([f"… and {left} more lines"] if left > 0 else [])])
