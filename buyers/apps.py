from collections.abc import Collection

from django.apps import AppConfig


def kept_by_drafts(keys: Collection[str]) -> set[str]:
    """Those of the stored files that wait behind an invitation."""
    from buyers.invitation_models import Draft

    return set(Draft.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))


class BuyersConfig(AppConfig):
    name = "buyers"

    def ready(self) -> None:
        from nt24.documents.storage import KEEPERS

        KEEPERS.append(kept_by_drafts)
