"""The muscle of the delivery engine: nudged by each message, swept by the timetable; the rows are the truth."""

from asgiref.sync import async_to_sync
from celery import shared_task
from django.utils import timezone

from nt24.webhooks import delivering, retention


@shared_task
def deliver_due() -> None:
    """Send what is due; several workers may do so at once."""
    async_to_sync(delivering.drain)()


@shared_task
def forget_old_messages() -> None:
    """Delete messages, deliveries and attempts of more than 30 days (contract 12)."""
    retention.forget_old_messages(timezone.now())
