"""Today, for the start page of staff: where the orders are, what blocks them, what needs action.

Seven queries, whatever there is, and each reads an index: the page is as quick with a million orders.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Substr

from buyers.checks import REAL
from buyers.models import RefusedRequester, ViesCheck
from buyers.refused_requesters import refused_now
from buyers.vies.breaker import held_back
from buyers.vies.numbers import MEMBER_STATES
from compliance.blocked import Blocked, blocked_orders
from compliance.lists import Lookups, list_of
from compliance.models import Decision, Rollup
from compliance.waiting import Waiting, waiting_at
from nt24.staff.wording import in_words
from orders.models import Order

VIES_SHOWN = timedelta(hours=24)
WEEKS, WEEK = 12, timedelta(weeks=1)
OPEN = [ViesCheck.Status.QUEUED, ViesCheck.Status.IN_PROGRESS]


@dataclass(frozen=True, slots=True)
class Number:
    """A count and the list of what was counted."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class MemberState:
    """VIES for one country; `is_held_back`: no call goes out for a while, because it was down."""

    code: str
    answered: Number
    unanswered: Number
    retrying: Number
    waiting: Number
    is_held_back: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The verdicts that stand today, by the week in which they were reached; a Monday in UTC."""

    starts_at: datetime
    valid: Number
    taxed: Number


@dataclass(frozen=True, slots=True)
class Overview:
    as_of: datetime
    pipeline: tuple[Number, ...]
    blocked: tuple[Blocked, ...]
    waiting: tuple[Waiting, ...]
    member_states: tuple[MemberState, ...]
    refused_requesters: tuple[RefusedRequester, ...]
    weeks: tuple[Week, ...]


def overview(now: datetime) -> Overview:
    """Everything of the start page as it is now."""
    return Overview(
        as_of=now,
        pipeline=pipeline(),
        blocked=blocked_orders(),
        waiting=waiting_at(now),
        member_states=member_states(now),
        refused_requesters=refused_now(),
        weeks=verdicts_per_week(now),
    )


def pipeline() -> tuple[Number, ...]:
    """Orders of each status, in the order of the deal."""
    counts = dict(Order.objects.order_by().values_list("status").annotate(number=Count("*")))
    return tuple(
        Number(in_words(status), counts.get(status, 0), list_of(Order, {"status__exact": status}))
        for status in Order.Status
    )


# --- VIES ----------------------------------------------------------------------------------------------------------


def member_states(now: datetime) -> tuple[MemberState, ...]:
    """Those that were asked within a day or wait for an answer, and those that are held back."""
    kinds, counts = kinds_of_checks(now), counts_of_checks(now)
    held = held_back(MEMBER_STATES)
    return tuple(
        MemberState(
            code=state,
            is_held_back=state in held,
            **{
                name: Number(name, counts.get(state, {}).get(name, 0), list_of_checks(state, lookups))
                for name, lookups in kinds.items()
            },
        )
        for state in sorted(held | set(counts))
    )


def counts_of_checks(now: datetime) -> dict[str, dict[str, int]]:
    """By member state and kind."""
    kinds = kinds_of_checks(now)
    is_open = Q(checked_at__isnull=True) & ~Q(status=ViesCheck.Status.COMPLETED)
    rows = (
        ViesCheck.objects.filter(Q(checked_at__gte=now - VIES_SHOWN) | is_open)
        .order_by()
        .values_list(Substr("vat_number", 1, 2))
        .annotate(**{name: Count("pk", filter=Q(**lookups)) for name, lookups in kinds.items()})
    )
    return {state: dict(zip(kinds, numbers, strict=True)) for state, *numbers in rows}


def kinds_of_checks(now: datetime) -> dict[str, Lookups]:
    done = {"status__exact": ViesCheck.Status.COMPLETED, "checked_at__gte": now - VIES_SHOWN}
    return {
        "answered": {**done, "result__in": list(REAL)},
        "unanswered": {**done, "result__exact": ViesCheck.Result.UNKNOWN},
        # An outage leaves its code with the check until the answer comes; "greater than nothing" is "not empty".
        "retrying": {"status__in": OPEN, "error_code__gt": ""},
        "waiting": {"status__in": OPEN, "error_code__exact": ""},
    }


def list_of_checks(state: str, lookups: Lookups) -> str:
    return list_of(ViesCheck, {"vat_number__startswith": state, **lookups})


# --- Verdicts ------------------------------------------------------------------------------------------------------


def verdicts_per_week(now: datetime) -> tuple[Week, ...]:
    """Twelve weeks, this one last. A range of the index for each: to cut times into weeks is slow on SQLite."""
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    starts = [monday - WEEK * back for back in reversed(range(WEEKS))]
    first, *others = [counts_of_week(place, start) for place, start in enumerate(starts)]
    rows = first.union(*others, all=True)
    counts = {(place, decision): count for place, decision, count in rows}
    return tuple(
        Week(start, *(verdicts(start, decision, counts.get((place, decision), 0)) for decision in Decision))
        for place, start in enumerate(starts)
    )


def counts_of_week(place: int, start: datetime) -> QuerySet[Any]:
    return (
        Rollup.objects.filter(decided_at__gte=start, decided_at__lt=start + WEEK)
        .order_by()
        .annotate(week=Value(place, IntegerField()))
        .values("week", "decision")
        .annotate(number=Count("*"))
        .values_list("week", "decision", "number")
    )


def verdicts(start: datetime, decision: Any, count: int) -> Number:
    within = {"decided_at__gte": start, "decided_at__lt": start + WEEK, "decision__exact": decision}
    return Number(in_words(decision), count, list_of(Rollup, within))
