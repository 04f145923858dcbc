"""`manage.py remove_second_factors NAME --reason …`: for the last administrator who has lost his phone."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from nt24.actors import system
from nt24.people.actions import remove_factors


class Command(BaseCommand):
    help = "Remove somebody's second factors and end his sessions; he makes new ones at the next sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="recorded in the audit trail")

    def handle(self, *, username: str, reason: str, **options: Any) -> None:
        """:raises CommandError: nobody has this user name."""
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        removed = remove_factors(user, by=system("remove_second_factors"), reason=reason)
        self.stdout.write(f"{removed} second factors of {user.username} are removed.")
