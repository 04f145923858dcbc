from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "nt24.mail"
    label = "mail"
    verbose_name = "Mail"
