"""An endpoint with its newest deliveries, and a delivery with its attempts, as staff look at them.

The body of an event is thin by design and holds no personal data (contract 12), so staff who help a partner may see
it; the path and query of a URL and every secret are for the partner alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db.models import CharField, Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from nt24.partners.models import Seller
from nt24.staff.timeline import Moments, moments
from nt24.webhooks.actions import origin_of
from nt24.webhooks.models import Attempt, Delivery, Endpoint
from nt24.webhooks.recording import PAUSED_AFTER_FAILURES

DELIVERIES_SHOWN = 50
SELLERS_NAMED = 20
COUNTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EndpointPage:
    endpoint: Endpoint
    origin: str
    sellers: Sequence[str]  # names; none: it hears of all
    more_sellers: int
    counts: Mapping[str, int]  # of the last seven days, by status
    deliveries: Sequence[Delivery]
    pauses_at: int
    has_old_secret: bool
    last_error: Attempt | None  # of what has not arrived
    moments: Moments


def endpoint_page(endpoint: Endpoint, before: int | None = None) -> EndpointPage:
    """`before` is an entry whose predecessors are the history that is shown."""
    now = timezone.now()
    wanted = endpoint.partner_uuids or []
    names = Seller.objects.filter(uuid__in=wanted[:SELLERS_NAMED]).order_by("name")
    return EndpointPage(
        endpoint=endpoint,
        origin=origin_of(endpoint.url),
        sellers=list(names.values_list("name", flat=True)) if wanted else [],
        more_sellers=max(len(wanted) - SELLERS_NAMED, 0),
        counts=counts_since(endpoint, now - COUNTED),
        deliveries=newest_deliveries(endpoint),
        pauses_at=PAUSED_AFTER_FAILURES,
        has_old_secret=endpoint.old_secret_until is not None and endpoint.deleted_at is None,
        last_error=last_error_of(endpoint),
        moments=moments(about=[endpoint.uuid], before=before),
    )


def newest_deliveries(endpoint: Endpoint) -> list[Delivery]:
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("message", "replay_of")
    newest = list(rows.defer("message__body").order_by("-created_at", "-pk")[:DELIVERIES_SHOWN])
    for delivery in newest:
        delivery.endpoint = endpoint  # asked for `next_retry_at`
    return newest


OPEN = (Delivery.Status.PENDING, Delivery.Status.FAILED)


def last_error_of(endpoint: Endpoint) -> Attempt | None:
    """The newest attempt of a delivery that has not arrived; it has one cause and one time."""
    failing = Attempt.objects.filter(delivery__endpoint=endpoint, delivery__status__in=OPEN)
    return failing.select_related("delivery").order_by("-at", "-pk").first()


def with_last_error(endpoints: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
    """The same for a list, as `last_error`: the HTTP status, or why there was none. By an index, once for each row."""
    newest = [
        Delivery.objects.filter(endpoint=OuterRef("pk"), status=status, attempts__gt=0).order_by(
            "-created_at", "-pk"
        )
        for status in OPEN
    ]
    failing = Coalesce(*(Subquery(rows.values("pk")[:1]) for rows in newest))
    said = Coalesce(Cast("http_status", CharField()), "failure")
    of_it = Attempt.objects.filter(delivery=OuterRef("failing")).order_by("-pk")
    return endpoints.alias(failing=failing).annotate(last_error=Subquery(of_it.values(said=said)[:1]))


def counts_since(endpoint: Endpoint, since: datetime) -> dict[str, int]:
    rows = Delivery.objects.filter(endpoint=endpoint, created_at__gte=since).order_by()
    counted = dict(rows.values_list("status").annotate(count=Count("pk")))
    return {status.value: counted.get(status.value, 0) for status in Delivery.Status}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, with the beginning of the answer as text."""

    attempt: Attempt
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    delivery: Delivery
    origin: str
    tries: Sequence[Try]
    body: str


def delivery_page(delivery: Delivery) -> DeliveryPage:
    log = delivery.log.order_by("-at", "-pk")[:DELIVERIES_SHOWN]
    return DeliveryPage(
        delivery=delivery,
        origin=origin_of(delivery.endpoint.url),
        tries=[Try(attempt, bytes(attempt.excerpt).decode(errors="replace")) for attempt in log],
        body=readable(bytes(delivery.message.body)),
    )


def readable(body: bytes) -> str:
    """The event with line breaks; what was sent has none."""
    event: Any = orjson.loads(body)
    return orjson.dumps(event, option=orjson.OPT_INDENT_2).decode()
