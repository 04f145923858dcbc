"""Work that waits in a table. The row is the truth: a worker claims due rows for a while and says when it is done.

A worker that dies leaves its lease to run out, and the next sweep finds the row again. The clock is the database's, so
that a machine whose own is wrong neither takes what another one holds nor leaves lying what is due.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

# Then the oldest has its turn, whatever it is: a stream of urgent rows leaves the others every tenth claim.
URGENT_IN_A_ROW = 9


class Claimable(models.Model):
    """`due_at` is when to work on it next (null: nothing to do); `leased_until` protects the one at work.

    `URGENT` tells the rows that somebody waits for: they are taken first, except that every tenth claim goes by age.
    """

    URGENT: ClassVar[Q] = Q(tries=0)  # a first try goes before a repeated one

    due_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


def database_time() -> datetime:
    """Now, as every worker of this database sees it. SQLite has no clock; its processes share that of their machine."""
    return told_by_database() if connection.vendor == "postgresql" else timezone.now()


def told_by_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def is_free(now: datetime) -> Q:
    return Q(due_at__lte=now) & (Q(leased_until__isnull=True) | Q(leased_until__lte=now))


# Claims of this process, one after the other, that had room for urgent rows alone.
_in_a_row: Counter[type[models.Model]] = Counter()


def claim_due(model: type[Any], *, lease: timedelta, limit: int = 20, **narrow: Any) -> list[Any]:
    """Take up to `limit` due rows for the length of `lease`, the urgent ones first; each row goes to one worker.

    PostgreSQL skips rows that another worker is claiming; on SQLite the transaction itself is the lock.
    """
    urgency = Case(When(model.URGENT, then=Value(0)), default=Value(1))
    goes_by_age = _in_a_row[model] >= URGENT_IN_A_ROW
    with transaction.atomic(durable=True):
        now = database_time()
        rows = model.objects.filter(is_free(now), **narrow).annotate(urgency=urgency)
        rows = rows.order_by(*([] if goes_by_age else ["urgency"]), "due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed = list(rows[:limit])
        model.objects.filter(pk__in=[row.pk for row in claimed]).update(
            leased_until=now + lease, tries=F("tries") + 1
        )
    is_all_urgent = len(claimed) == limit and not any(row.urgency for row in claimed)
    _in_a_row[model] = _in_a_row[model] + 1 if is_all_urgent and not goes_by_age else 0
    for row in claimed:
        row.leased_until, row.tries = now + lease, row.tries + 1
    return claimed
