"""Sending, nudged by each queued mail and swept by the timetable; and forgetting."""

from celery import shared_task
from django.utils import timezone

from nt24.mail import retention, sending


@shared_task
def send_due() -> None:
    """Send what is due; several workers may do so at once."""
    sending.send_due()


@shared_task
def forget_old_mail() -> None:
    """Blank address and content of what was sent more than 90 days ago."""
    retention.forget_old_mail(timezone.now())
