"""`manage.py reencrypt_secrets`: bring every stored secret under the newest key, so that older keys can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nt24.vault import CannotDecrypt
from nt24.webhooks.actions import reencrypt_endpoint_secrets
from nt24.webhooks.models import Endpoint


class Command(BaseCommand):
    help = (
        "Encrypt stored webhook secrets with the first of ENCRYPTION_KEYS. Safe to repeat and while serving."
    )

    def handle(self, **options: Any) -> None:
        done, unreadable = 0, []
        for endpoint in Endpoint.objects.filter(deleted_at__isnull=True).iterator():
            try:
                reencrypt_endpoint_secrets(endpoint)
                done += 1
            except CannotDecrypt:
                unreadable.append(endpoint.public_id)
        self.stdout.write(f"{done} endpoints are under the newest key.")
        if unreadable:
            raise CommandError(
                f"No present key opens the secrets of {', '.join(unreadable)}: put the key back, "
                "or ask the partner to make a new secret."
            )
