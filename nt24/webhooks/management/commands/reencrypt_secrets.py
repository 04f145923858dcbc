"""`manage.py reencrypt_secrets`: bring every stored secret under the newest key, so that older keys can be dropped."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from nt24.people.factors import reencrypt_factors
from nt24.vault import CannotDecrypt, reencrypt


class Command(BaseCommand):
    help = "Encrypt stored secrets with the first of ENCRYPTION_KEYS. Safe to repeat and while serving."

    def handle(self, **options: Any) -> None:
        done, unreadable = 0, set[str]()
        for model in apps.get_models():
            for column in getattr(model, "ENCRYPTED", ()):
                done += reencrypt_column(model, column, unreadable)
        done += reencrypt_factors(unreadable)
        self.stdout.write(f"{done} secrets are under the newest key.")
        if unreadable:
            raise CommandError(
                f"No present key opens the secrets of {', '.join(sorted(unreadable))}: put the key back, "
                "or ask the partner to make a new secret."
            )


def reencrypt_column(model: type[Model], column: str, unreadable: set[str]) -> int:
    """How many there were; rows whose secret no key opens are named in `unreadable`. What was wiped stays empty."""
    done, rows = 0, model._base_manager.filter(**{f"{column}__isnull": False})
    for pk, sealed in rows.values_list("pk", column).iterator():
        if not sealed:
            continue
        try:
            # Only if nobody has changed it meanwhile: what is written now is under the newest key anyway.
            model._base_manager.filter(pk=pk, **{column: sealed}).update(**{column: reencrypt(sealed)})
            done += 1
        except CannotDecrypt:
            unreadable.add(f"{model._meta.verbose_name} {model._base_manager.get(pk=pk)}")
    return done
