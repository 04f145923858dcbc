"""What is kept of deliveries, and for how long (contract 12): 30 days from the event, whatever became of it."""

from datetime import datetime, timedelta

import structlog

from nt24.webhooks.models import Attempt, Delivery, Message

KEPT = timedelta(days=30)
BATCH = 1000  # messages per step, so that no write waits long for this one

log = structlog.get_logger(__name__)


def forget_old_messages(now: datetime) -> int:
    """Delete in small steps what is older than `KEPT`; how many messages that were."""
    old = Message.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    count = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        Attempt.objects.filter(delivery__message__in=batch).delete()
        # Replays first: they point at what they replay.
        Delivery.objects.filter(message__in=batch, replay_of__isnull=False).delete()
        Delivery.objects.filter(message__in=batch).delete()
        Message.objects.filter(pk__in=batch).delete()
        count += len(batch)
    log.info("messages_forgotten", count=count)
    return count
