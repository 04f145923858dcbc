from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nt24.audit"
    label = "audit"
    verbose_name = "Audit trail"
