"""`manage.py seed_roles [--document]`: make the four roles what the code says, or write that down for people."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nt24.people.roles import ROLES, seed_roles
from nt24.people.roles_page import PATH, document


class Command(BaseCommand):
    help = "Bring the groups of the four roles to what the code says. `migrate` does it, too; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--document", action="store_true", help="only write docs/roles.md")

    def handle(self, *, document: bool, **options: Any) -> None:
        """:raises CommandError: a permission of the table does not exist."""
        if document:
            write_document()
            self.stdout.write(f"{PATH} is written.")
            return
        if missing := seed_roles():
            raise CommandError(f"There is no permission {', '.join(sorted(missing))}; the rest is done.")
        self.stdout.write(f"Roles: {', '.join(ROLES)}.")


def write_document() -> None:
    PATH.write_text(document(), encoding="utf-8")
