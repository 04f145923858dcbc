"""`manage.py add_administrator NAME`: the first way in; everybody else is added in the admin."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from nt24.actors import system
from nt24.people.actions import add_administrator


class Command(BaseCommand):
    help = "Add a member of staff with the role Administrator, and print the first password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="", help="single sign-on finds the person by it")

    def handle(self, *, username: str, email: str, **options: Any) -> None:
        """:raises CommandError: somebody has this user name."""
        if User.objects.filter(username__iexact=username).exists():
            raise CommandError(f"There is a user {username} already.")
        user, password = add_administrator(username, email=email, by=system("add_administrator"))
        self.stdout.write(f"{user.username} / {password}\nChange the password after the first sign-in.")
