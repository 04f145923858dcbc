from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "nt24.proposals"
    label = "proposals"
    verbose_name = "Proposals"
