from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "nt24.documents"
    label = "documents"
    verbose_name = "Documents"
