from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "nt24.pages"
    label = "pages"
    verbose_name = "Public pages"

    def ready(self) -> None:
        from nt24.pages import operator  # noqa: F401  its check registers itself
