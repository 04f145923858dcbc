"""What somebody else did to an account by which it could be that person's own (ADR 0033)."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone


class Handling(models.Model):
    """One act of another member of staff that may have given that person the account.

    While an account has one, it is nobody's second pair of eyes. A confirmation deletes it; the trail keeps both.
    """

    class What(models.TextChoices):
        MADE = "MADE", "made the account"
        PASSWORD = "PASSWORD", "set its password"  # noqa: S105  no password
        FACTORS = "FACTORS", "removed its second factors"
        ADDRESS = "ADDRESS", "changed its e-mail address, by which single sign-on finds it"
        REACTIVATED = "REACTIVATED", "activated it again"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="handlings")
    what = models.CharField(max_length=11, choices=What.choices)
    by_id = models.CharField(max_length=200)  # as the trail names staff
    by_label = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions: ClassVar = ()  # nobody edits them; they are made and end by actions

    def __str__(self) -> str:
        return f"{self.by_label} {self.get_what_display()}"
