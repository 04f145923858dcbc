"""What became of attempts: the delivery is done, planned again or given up, and the endpoint's health follows."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from nt24.actors import system
from nt24.claims import database_time
from nt24.events import announce
from nt24.lifecycle import move_quietly
from nt24.webhooks.catalogue import BY_NAME
from nt24.webhooks.claiming import Claimed
from nt24.webhooks.models import Attempt, Delivery, Endpoint
from nt24.webhooks.notices import mail_endpoint_paused
from nt24.webhooks.rows import insert_rows
from nt24.webhooks.sending import Sent

COLUMNS = ("delivery", "at", "http_status", "failure", "milliseconds", "excerpt")
DISPATCHER = system("deliver-webhooks")
JITTER = 0.1  # of the offset, both ways (contract 12)
LEAST_PAUSE = timedelta(minutes=1)  # between two tries when the planned time has already passed
PAUSED_AFTER_FAILURES = 20  # attempts in a row, contract 12
PAUSED_AFTER = timedelta(hours=72)  # without a success, contract 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt that has ended."""

    delivery: Claimed
    at: datetime
    sent: Sent

    @property
    def is_taken(self) -> bool:
        return self.sent.is_taken


def record(landed: Sequence[Outcome]) -> None:
    """Write down a batch in one transaction, by the clock that says when the next tries are due."""
    with transaction.atomic(durable=True):
        now = database_time()
        outcomes = [begun_by_clock_of(now, outcome) for outcome in landed]
        insert_rows(Attempt, COLUMNS, [as_attempt(outcome) for outcome in outcomes])
        mark_delivered([outcome for outcome in outcomes if outcome.is_taken])
        for outcome in outcomes:
            if not outcome.is_taken:
                mark_failed(outcome)
        by_endpoint = attrgetter("delivery.endpoint_pk")
        for endpoint_id, group in groupby(sorted(outcomes, key=by_endpoint), by_endpoint):
            note_health(endpoint_id, sorted(group, key=attrgetter("at")))


def begun_by_clock_of(now: datetime, outcome: Outcome) -> Outcome:
    """The same, begun as long before `now` as the attempt took: the worker's own clock may be wrong."""
    return replace(outcome, at=now - timedelta(milliseconds=outcome.sent.milliseconds))


def as_attempt(outcome: Outcome) -> tuple[Any, ...]:
    """A row of `COLUMNS`."""
    sent = outcome.sent
    return (
        outcome.delivery.pk,
        outcome.at,
        sent.http_status,
        sent.failure,
        sent.milliseconds,
        sent.excerpt,
    )


def mark_delivered(taken: Iterable[Outcome]) -> None:
    """A success counts whoever holds the lease by now: the receiver has the event."""
    by_status = attrgetter("sent.http_status")
    for http_status, group in groupby(sorted(taken, key=by_status), by_status):
        outcomes = list(group)
        Delivery.objects.filter(pk__in=[outcome.delivery.pk for outcome in outcomes]).update(
            status=Delivery.Status.DELIVERED,
            http_status=http_status,
            attempts=F("attempts") + 1,
            last_attempt_at=max(outcome.at for outcome in outcomes),
            due_at=None,
            leased_until=None,
        )


def mark_failed(outcome: Outcome) -> None:
    """Plan the next try, or give up. A worker whose lease has run out has no say: another one holds the delivery."""
    delivery = outcome.delivery
    failures = delivery.failures + 1
    due_at = next_try(delivery, failures, after=outcome.at)
    held = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING, tries=delivery.tries)
    is_recorded = held.update(
        status=Delivery.Status.PENDING if due_at else Delivery.Status.FAILED,
        failures=failures,
        http_status=outcome.sent.http_status,
        attempts=F("attempts") + 1,
        last_attempt_at=outcome.at,
        due_at=due_at,
        leased_until=None,
    )
    if is_recorded and due_at is None:
        say_failed(delivery.pk)


def next_try(delivery: Claimed, failures: int, *, after: datetime) -> datetime | None:
    """The planned time with its jitter; None when the plan is used up."""
    offsets = settings.WEBHOOK_RETRY_OFFSETS
    if failures > len(offsets):
        return None
    offset = offsets[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  spreads load, no secret
    # After an outage of ours several times have passed: the tries are not given up, nor made all at once.
    least = min(LEAST_PAUSE, timedelta(seconds=offsets[0]))
    return max(delivery.planned_from + timedelta(seconds=offset), after + least)


def say_failed(pk: int) -> None:
    """The terminal event; a meta-event that fails causes none."""
    delivery = Delivery.objects.select_related("endpoint", "message").get(pk=pk)
    endpoint, message = delivery.endpoint, delivery.message
    announce(
        delivery,
        "delivery.failed",
        by=DISPATCHER,
        organization_id=endpoint.organization_id,
        changes={"event": [None, message.event_id], "attempts": [None, delivery.attempts]},
        message=None
        if BY_NAME[message.type].is_meta
        else {
            "endpointId": endpoint.public_id,
            "deliveryId": delivery.public_id,
            "eventId": message.event_id,
            "eventType": message.type,
            "attempts": delivery.attempts,
        },
    )


# --- The endpoint's health -----------------------------------------------------------------------------------------


def note_health(endpoint_id: int, outcomes: Sequence[Outcome]) -> None:
    """Count failures in a row, in the order of the attempts; a success ends the row."""
    after_success: list[Outcome] = []
    for outcome in outcomes:
        after_success = [] if outcome.is_taken else [*after_success, outcome]
    has_success = any(outcome.is_taken for outcome in outcomes)
    if has_success:
        Endpoint.objects.filter(pk=endpoint_id, consecutive_failures__gt=0).update(
            consecutive_failures=0, failing_since=None
        )
    if not after_success:
        return
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    endpoint.consecutive_failures += len(after_success)
    endpoint.failing_since = endpoint.failing_since or after_success[0].at
    Endpoint.objects.filter(pk=endpoint_id).update(
        consecutive_failures=endpoint.consecutive_failures, failing_since=endpoint.failing_since
    )
    if endpoint.status == Endpoint.Status.ACTIVE and endpoint.deleted_at is None:
        pause_if_failing(endpoint, after_success[-1])


def pause_if_failing(endpoint: Endpoint, last: Outcome) -> None:
    """Auto-pause (contract 12). Nobody hears of it by an event when the last straw was itself such an event."""
    if endpoint.consecutive_failures >= PAUSED_AFTER_FAILURES:
        reason = Endpoint.PauseReason.CONSECUTIVE_FAILURES
    elif endpoint.failing_since and last.at - endpoint.failing_since >= PAUSED_AFTER:
        reason = Endpoint.PauseReason.FAILING_TOO_LONG
    else:
        return
    endpoint.paused_at, endpoint.pause_reason = database_time(), reason
    move_quietly(endpoint, Endpoint.Status.PAUSED)
    endpoint.save_changes("status", "paused_at", "pause_reason")
    announce(
        endpoint,
        "endpoint.auto_paused",
        by=DISPATCHER,
        organization_id=endpoint.organization_id,
        changes={"status": [Endpoint.Status.ACTIVE, Endpoint.Status.PAUSED], "pause_reason": [None, reason]},
        message=None
        if BY_NAME[last.delivery.event_type].is_meta
        else {"endpointId": endpoint.public_id, "reason": reason, "pausedAt": endpoint.paused_at},
    )
    mail_endpoint_paused(endpoint)
