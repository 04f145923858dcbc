from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "nt24.partners"
    label = "partners"
    verbose_name = "Partners"
