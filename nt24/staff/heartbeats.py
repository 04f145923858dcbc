"""Whether background work goes on: the scheduler sends each queue a message a minute, and its worker writes the time.

A stopped scheduler, a stopped worker and a broker that is away look the same from here: the time stands still.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

SILENT_FOR = timedelta(minutes=5)  # five messages were not worked off


class Heartbeat(models.Model):
    """When a queue was last worked on."""

    queue = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.queue


def queues() -> list[str]:
    """Every queue that work is sent to."""
    return sorted(settings.WORK_OF_QUEUES)


def note_heartbeat(queue: str) -> None:
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": timezone.now()})


def silent_queues(now: datetime) -> dict[str, datetime | None]:
    """Queue → when it was last worked on, of those that have been silent for too long; None: never. One query."""
    last = dict(Heartbeat.objects.values_list("queue", "at"))
    return {
        queue: last.get(queue) for queue in queues() if queue not in last or now - last[queue] > SILENT_FOR
    }
