from collections.abc import Collection

from django.apps import AppConfig


def kept_by_agreements(keys: Collection[str]) -> set[str]:
    """Those of the stored files that are signed agreements."""
    from nt24.partners.models import Agreement

    return set(Agreement.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))


class PartnersConfig(AppConfig):
    name = "nt24.partners"
    label = "partners"
    verbose_name = "Partners"

    def ready(self) -> None:
        from nt24.documents.storage import KEEPERS

        KEEPERS.append(kept_by_agreements)
