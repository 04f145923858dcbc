"""Work that waits in a table. The row is the truth: a worker claims due rows for a while and says when it is done.

A worker that dies leaves its lease to run out, and the next sweep finds the row again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone


class Claimable(models.Model):
    """`due_at` is when to work on it next (null: nothing to do); `leased_until` protects the one at work."""

    due_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


def is_free(now: datetime) -> Q:
    return Q(due_at__lte=now) & (Q(leased_until__isnull=True) | Q(leased_until__lte=now))


def claim_due(model: type[Any], *, lease: timedelta, limit: int = 20, **narrow: Any) -> list[Any]:
    """Take up to `limit` due rows for the length of `lease`; each row goes to one worker.

    PostgreSQL skips rows that another worker is claiming; on SQLite the transaction itself is the lock.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        rows = model.objects.filter(is_free(now), **narrow).order_by("due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed = list(rows[:limit])
        model.objects.filter(pk__in=[row.pk for row in claimed]).update(
            leased_until=now + lease, tries=F("tries") + 1
        )
    for row in claimed:
        row.leased_until, row.tries = now + lease, row.tries + 1
    return claimed
