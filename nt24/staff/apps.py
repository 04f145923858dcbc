"""The staff portal's app, and its admin site in the place of Django's."""

from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class StaffConfig(AppConfig):
    name = "nt24.staff"
    label = "staff"
    default = True

    def ready(self) -> None:
        from nt24.staff.choices import speak_in_filters

        speak_in_filters()


class StaffSiteConfig(django_admin.AdminConfig):
    default_site = "compliance.portal.Portal"
    default = False
