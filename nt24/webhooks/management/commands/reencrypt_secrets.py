"""`manage.py reencrypt_secrets`: bring every stored secret under the newest key, so that older keys can be dropped."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from nt24.vault import CannotDecrypt, reencrypt
from nt24.webhooks.actions import reencrypt_endpoint_secrets
from nt24.webhooks.models import Endpoint


class Command(BaseCommand):
    help = "Encrypt stored secrets with the first of ENCRYPTION_KEYS. Safe to repeat and while serving."

    def handle(self, **options: Any) -> None:
        done, unreadable = 0, []
        for endpoint in Endpoint.objects.filter(deleted_at__isnull=True).iterator():
            try:
                reencrypt_endpoint_secrets(endpoint)
                done += 1
            except CannotDecrypt:
                unreadable.append(endpoint.public_id)
        self.stdout.write(f"{done} endpoints are under the newest key.")
        unreadable += unreadable_columns()
        if unreadable:
            raise CommandError(
                f"No present key opens the secrets of {', '.join(unreadable)}: put the key back, "
                "or ask the partner to make a new secret."
            )


def unreadable_columns() -> Iterator[str]:
    """Bring the columns that a model names in `ENCRYPTED` under the newest key; where none opens one, its row."""
    for model in apps.get_models():
        for name in getattr(model, "ENCRYPTED", ()):
            rows = model._base_manager.filter(**{f"{name}__isnull": False})
            for pk, sealed in rows.values_list("pk", name).iterator():
                try:
                    # Only if nobody has changed it meanwhile: what is written now is under the newest key anyway.
                    model._base_manager.filter(pk=pk, **{name: sealed}).update(**{name: reencrypt(sealed)})
                except CannotDecrypt:
                    yield f"{model._meta.label} {pk}"
