"""The memory of idempotent calls (contract 4.3)."""

from django.db import models
from django.utils import timezone


class Call(models.Model):
    """A write that was answered with 2xx, found again by its `Idempotency-Key` for 24 hours."""

    organization = models.ForeignKey("partners.Organization", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0, help_text="0 until answered.")
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    is_encrypted = models.BooleanField(
        default=False, db_default=False, help_text="The answer carries a secret."
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="one_call_per_key")]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
