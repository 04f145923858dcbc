"""What whoever runs NT24 has to see to, as notices on the start page: no lists of rows, and true for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince

from nt24.documents.sealing import SigningKeyUnusable, sealing_key
from nt24.staff.heartbeats import silent_queues

CERTIFICATE_ENDS_SOON = timedelta(days=60)
# The statement is due on the 25th of the following month (in Germany § 18a UStG; most Member States alike).
STATEMENT_DUE_ON, STATEMENT_SHOWN_FROM = 25, 10


@dataclass(frozen=True, slots=True)
class Alarm:
    """`route` is the page where it is seen to, if the portal has one."""

    title: str
    about: str
    is_urgent: bool = True
    route: str = ""


def alarms_at(now: datetime) -> tuple[Alarm, ...]:
    """One query."""
    return (*stopped_work(now), *seal_ends(now), *statement_is_due(now))


def stopped_work(now: datetime) -> Iterator[Alarm]:
    silent = silent_queues(now)
    if not silent:
        return
    last = [
        f"{queue}: nothing processed {f'for {timesince(at, now, depth=1)}' if at else 'yet'}"
        for queue, at in silent.items()
    ]
    yield Alarm(
        "Background work has stopped",
        f"Check the worker, the scheduler and the broker (docs/operations.md). Queue {'; '.join(last)}.",
    )


def seal_ends(now: datetime) -> Iterator[Alarm]:
    try:
        ends_at = sealing_key().certificate.not_valid_after
    except SigningKeyUnusable as error:
        yield Alarm("The seal cannot be used", f"No Export File can be sealed: {error}.")
        return
    if ends_at <= now:
        yield Alarm("The seal certificate has expired", f"It ended on {ends_at:%Y-%m-%d}: install a new one.")
    elif ends_at - now <= CERTIFICATE_ENDS_SOON:
        about = f"It ends on {ends_at:%Y-%m-%d}: order a new one and install it (docs/operations.md)."
        yield Alarm("The seal certificate expires soon", about)


def statement_is_due(now: datetime) -> Iterator[Alarm]:
    """The exemption depends on the recapitulative statement (Directive 2006/112/EC, Article 138(1a))."""
    today = timezone.localdate(now)
    if not STATEMENT_SHOWN_FROM <= today.day <= STATEMENT_DUE_ON:
        return
    month = today.replace(day=1) - timedelta(days=1)
    yield Alarm(
        f"Recapitulative statement for {month:%B %Y}",
        f"Due by {today.replace(day=STATEMENT_DUE_ON):%Y-%m-%d}: export the supplies of the month.",
        is_urgent=False,
        route="admin:exports",
    )
