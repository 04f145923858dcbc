from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Listen for evidence; the only place where a signal is connected."""
        from compliance.assess import on_evidence_changed
        from nt24.events import evidence_changed

        evidence_changed.connect(on_evidence_changed, dispatch_uid="compliance.assess")
