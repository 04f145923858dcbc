"""`manage.py create_api_client <organization> <slug>`: a new API client, its secret shown once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from nt24.actors import system
from nt24.partners.actions import CLIENT_ID_PREFIX, create_client
from nt24.partners.models import ApiClient, Organization


class Command(BaseCommand):
    help = (
        "Create an API client of an organization and print its id and secret. The secret is shown only here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("slug", help="the client id becomes api-client-<slug>")
        parser.add_argument("--label", default="", help="what the client is, for people")

    def handle(self, *, organization: str, slug: str, label: str, **options: Any) -> None:
        owner = Organization.objects.filter(slug=organization).first()
        if owner is None:
            raise CommandError(f"There is no organization with the slug {organization}.")
        require_free(slug)
        client, secret = create_client(owner, slug=slug, label=label, by=system("create_api_client"))
        self.stdout.write(f"client_id     {client.client_id}\nclient_secret {secret}")


def require_free(slug: str) -> None:
    """:raises CommandError: the slug is not usable in a client id, or taken."""
    client_id = f"{CLIENT_ID_PREFIX}{slug}"
    try:
        validate_slug(slug)
        ApiClient._meta.get_field("client_id").run_validators(client_id)
    except ValidationError as failure:
        raise CommandError(f"{slug} cannot be part of a client id: {' '.join(failure.messages)}") from failure
    if ApiClient.objects.filter(client_id=client_id).exists():
        raise CommandError(f"There is a client {client_id} already; rotate_secret gives it a new secret.")
