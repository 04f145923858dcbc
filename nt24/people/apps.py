from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "nt24.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from nt24.people import witness
        from nt24.people.roles import seed_after_migrate

        witness.listen()
        # Django makes permissions after each migration, so this is the first moment at which a role can have them;
        # a data migration would run before, and only once, though the table of roles changes with the code.
        # It is told app by app: with the last one that has models, every permission is there.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(seed_after_migrate, sender=last, dispatch_uid="nt24.people.roles")
