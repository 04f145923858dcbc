"""`manage.py export_case UUID --to case.zip --purpose …`: one case as a folder for whoever examines it."""

import os
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from compliance.case_folder import Written, write_case_folder
from nt24.actors import system
from nt24.errors import DomainError
from orders.models import Order

EXPORTER = system("export_case")


class Command(BaseCommand):
    help = "Writes a case as a ZIP. Exit code 1, after writing it, when a file of the case is not in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("order", type=UUID, metavar="UUID")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")
        parser.add_argument("--purpose", required=True, help="what the personal data is needed for")

    def handle(self, *, order: UUID, to: Path, purpose: str, **options: Any) -> None:
        found = Order.objects.filter(uuid=order).first()
        if found is None:
            raise CommandError(f"There is no order {order}.")
        written = written_to(to, found, purpose)
        self.stdout.write(f"{written.files} files in {to}, SHA-256 of the manifest {written.sha256}")
        for one in written.left_out:
            self.stderr.write(f"NOT IN IT: {one.path}: {one.reason}")
        if not written.is_complete:
            raise SystemExit(1)


def written_to(path: Path, order: Order, purpose: str) -> Written:
    """:raises CommandError: the file exists or cannot be written, or the folder cannot be made; nothing is left."""
    try:
        with open(path, "xb", opener=partial(os.open, mode=0o600)) as file:
            try:
                return write_case_folder(order, file, by=EXPORTER, purpose=purpose)
            except BaseException:
                path.unlink()
                raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    except DomainError as error:
        raise CommandError(error.detail) from error
