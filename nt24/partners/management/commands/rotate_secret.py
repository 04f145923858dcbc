"""`manage.py rotate_secret <client_id>`: a new secret, shown once; the old one ends after the overlap."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from nt24.actors import system
from nt24.errors import StateConflict
from nt24.partners.actions import rotate_client_secret
from nt24.partners.models import ApiClient


class Command(BaseCommand):
    help = "Give an API client a new secret and print it. The secret is shown only here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("client_id", help="for example api-client-demo")

    def handle(self, *, client_id: str, **options: Any) -> None:
        client = ApiClient.objects.filter(client_id=client_id).first()
        if client is None:
            raise CommandError(f"There is no client {client_id}.")
        try:
            secret = rotate_client_secret(client, by=system("rotate_secret"))
        except StateConflict as refusal:
            raise CommandError(refusal.detail) from refusal
        hours = settings.CLIENT_SECRET_OVERLAP.total_seconds() / 3600
        self.stdout.write(f"client_id     {client.client_id}\nclient_secret {secret}")
        self.stdout.write(f"The old secret stays valid for {hours:g} hours.")
