"""Which deliveries a worker takes next: due ones, oldest first for each endpoint, and of none too many at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from nt24.claims import database_time
from nt24.webhooks.models import Delivery, Endpoint, delivery_id, endpoint_id

# An attempt is two requests at most, of 10 seconds each (contract 12, 17.3); recording it takes a moment.
LEASE = timedelta(seconds=40)
PER_ENDPOINT = 10  # requests at once to one endpoint, over all workers: a slow one holds up nobody else
FREE = Q(leased_until__isnull=True)

# For every endpoint that sends: its oldest due deliveries. A loop over the endpoints says the same and took most of a
# worker's time.
OLDEST_OF_EACH = """
SELECT delivery.endpoint_id, delivery.id
FROM webhooks_endpoint AS endpoint
JOIN webhooks_delivery AS delivery ON delivery.id {is_one_of} (
    SELECT due.id FROM webhooks_delivery AS due
    WHERE due.endpoint_id = endpoint.id AND due.status = 'PENDING' AND due.due_at <= %s
        AND (due.leased_until IS NULL OR due.leased_until <= %s)
    ORDER BY due.due_at, due.id
    LIMIT %s
){close}
WHERE endpoint.status = 'ACTIVE' AND endpoint.deleted_at IS NULL
{lock}
"""
# Workers lock the endpoints whose deliveries they take, so that together they keep the limit of each. Not the lock
# that keeps foreign keys out: whoever makes a delivery must not hide its endpoint from the workers.
DIALECTS = {
    "postgresql": {
        "is_one_of": "= ANY (ARRAY",
        "close": ")",
        "lock": "FOR NO KEY UPDATE OF endpoint SKIP LOCKED",
    },
    "sqlite": {"is_one_of": "IN", "close": "", "lock": ""},  # the transaction is the lock
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until its lease runs out, with all it takes to send it."""

    pk: int
    uuid: UUID
    tries: int
    failures: int
    planned_from: datetime
    event_id: str
    event_type: str
    body: bytes
    endpoint_pk: int
    endpoint_uuid: UUID
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_secret_until: datetime | None

    @property
    def public_id(self) -> str:
        return delivery_id(self.uuid)

    @property
    def endpoint_id(self) -> str:
        return endpoint_id(self.endpoint_uuid)


COLUMNS = (
    "pk", "uuid", "tries", "failures", "planned_from", "message__event_id", "message__type", "message__body",
    "endpoint_id", "endpoint__uuid", "endpoint__url", "endpoint__secret", "endpoint__previous_secret",
    "endpoint__previous_secret_until",
)  # fmt: skip


def claim(room: int) -> list[Claimed]:
    """Lease up to `room` due deliveries."""
    if room <= 0 or not endpoints_with_work(database_time()).exists():
        return []
    with transaction.atomic(durable=True):
        now = database_time()
        claimed = within_limits(oldest_of_each(now), now)[:room]
        rows = Delivery.objects.filter(pk__in=claimed)
        rows.update(leased_until=now + LEASE, tries=F("tries") + 1)
        return [Claimed(*row) for row in rows.order_by("due_at", "pk").values_list(*COLUMNS)]


def oldest_of_each(now: datetime) -> Sequence[tuple[int, int]]:
    """Endpoint and delivery, at most `PER_ENDPOINT` of each endpoint."""
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            OLDEST_OF_EACH.format(**DIALECTS[connection.vendor]),
            [moment, moment, PER_ENDPOINT],
        )
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows


def within_limits(found: Sequence[tuple[int, int]], now: datetime) -> list[int]:
    """Leave out what would be too much beside the requests that are at work; the endpoints take turns."""
    held = Delivery.objects.filter(leased_until__gt=now).values_list("endpoint")
    at_work: dict[int, int] = dict(held.annotate(count=Count("pk")))
    places = Counter(at_work)
    claimed = []
    for endpoint_pk, pk in found:
        places[endpoint_pk] += 1
        if places[endpoint_pk] <= PER_ENDPOINT:
            claimed.append((places[endpoint_pk], pk))
    return [pk for _, pk in sorted(claimed)]


def endpoints_with_work(now: datetime) -> QuerySet[Endpoint]:
    due = Delivery.objects.filter(
        FREE | Q(leased_until__lte=now),
        endpoint=OuterRef("pk"),
        status=Delivery.Status.PENDING,
        due_at__lte=now,
    )
    return Endpoint.objects.sending().filter(Exists(due))
