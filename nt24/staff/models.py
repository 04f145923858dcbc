"""What the portal itself keeps: forms that were carried out."""

from django.db import models
from django.utils import timezone

from nt24.staff import heartbeats, saved_filters  # noqa: F401  Django knows the models that this module leads to


class Submission(models.Model):
    """One form that was carried out. Pressing its button twice finds this row and does nothing more."""

    form_id = models.UUIDField(unique=True)
    actor_id = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"Form {self.form_id}"
