from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "nt24.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from nt24 import spellings
        from nt24.api import paths

        paths.register()
        spellings.register()
