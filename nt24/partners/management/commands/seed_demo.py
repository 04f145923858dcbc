"""`manage.py seed_demo [--json | --shell]`: the demo tenants and logins; running it again changes nothing."""

import json
import shlex
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nt24.demo.locks import note_of_holder
from nt24.demo.organizations import Demo, secrets_path, seed

RUN_LOCK = "run.lock"  # held by `run_demo` while it serves, with the address it serves at


class Command(BaseCommand):
    help = "Make the demo organizations, sellers, API clients and logins, and print them with their secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="one JSON object, for programs")
        form.add_argument("--shell", action="store_true", help='lines for eval "$(…)", for the curl examples')

    def handle(self, **options: Any) -> None:
        require_migrated()
        # A portal that `make run` serves from the same data folder may stand at another port than ours.
        base_url = note_of_holder(settings.DATA_DIR / RUN_LOCK) or settings.PUBLIC_URL
        demo = seed(base_url=base_url)
        if options["json"]:
            self.stdout.write(json.dumps(demo.as_json(), indent=2))
        elif options["shell"]:
            self.stdout.write(
                "\n".join(f"{name}={shlex.quote(value)}" for name, value in as_shell(demo).items())
            )
        else:
            self.stdout.write("\n".join(f"{name:<32} {value}" for name, value in as_lines(demo)))


def require_migrated() -> None:
    """:raises CommandError: the database is not of this version of the code."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date. Run `manage.py migrate` first.")


def as_shell(demo: Demo) -> dict[str, str]:
    """What the README's curl lines use."""
    return {
        "BASE_URL": demo.base_url,
        "TOKEN_URL": demo.token_url,
        "CLIENT_ID": demo.first.client_id,
        "CLIENT_SECRET": demo.first.client_secret,
        "SELLER_ID": demo.first.seller_ids[0],
    }


def as_lines(demo: Demo) -> list[tuple[str, str]]:
    """For people, without the API secrets: those lie in a file only its owner reads."""
    return [
        ("Portal", demo.base_url),
        ("Token endpoint", demo.token_url),
        ("Client with every capability", demo.first.client_id),
        ("Its sellers", ", ".join(demo.first.seller_ids)),
        ("Client with none", demo.second.client_id),
        ("Its seller", demo.second.seller_ids[0]),
        ("Client without a DPA", demo.without_dpa.client_id),
        *((login.role, f"{login.username} / {login.password}") for login in demo.logins),
        ("Client secrets", str(secrets_path())),
    ]
