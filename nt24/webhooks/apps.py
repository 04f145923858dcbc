from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "nt24.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"
