"""How many orders each blocker holds up, and since when: one statement over the blockers of all rollups.

A cancelled order has no blockers, so nobody has to ask for its status.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.dateparse import parse_datetime

from compliance.blockers import kind_of
from compliance.lists import BLOCKER, COMPLIANCE, list_of
from compliance.models import Status
from orders.models import Order

# Of each code and status: how many, and time and order of the oldest in one text, which sorts by the time. The
# partial index `rollup_blocked` holds all of it.
SQL = {
    "postgresql": """
        SELECT b.key, r.compliance_status, count(*), min((b.value || ' ' || r.order_id) COLLATE "C")
        FROM compliance_rollup r CROSS JOIN LATERAL jsonb_each_text(r.blocked_since) b
        WHERE r.blocked_since IS NOT NULL GROUP BY 1, 2""",
    "sqlite": """
        SELECT b.key, r.compliance_status, count(*), min(b.value || ' ' || r.order_id)
        FROM compliance_rollup r CROSS JOIN json_each(r.blocked_since) b
        WHERE r.blocked_since IS NOT NULL GROUP BY 1, 2""",
}


@dataclass(frozen=True, slots=True)
class Part:
    """The orders of one compliance status among those that a blocker holds up."""

    status: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """One blocker. An order that has three stands in three of these."""

    code: str
    title: str
    is_fatal: bool
    count: int
    url: str
    parts: tuple[Part, ...]
    since: datetime
    oldest: str  # external id of the order that has waited longest
    oldest_id: int


def blocked_orders() -> tuple[Blocked, ...]:
    """What has waited longest first. Two queries."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    oldest: dict[str, str] = {}
    for code, status, count, first in rows():
        found[code][status] = count
        oldest[code] = min(first, oldest.get(code, first))
    names = Order.objects.in_bulk({int(first.split()[1]) for first in oldest.values()})
    groups = [group(code, found[code], oldest[code], names) for code in found]
    return tuple(sorted(groups, key=lambda group: (group.since, group.code)))


def rows() -> Iterator[tuple[str, str, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[connection.vendor])
        yield from cursor.fetchall()


def group(code: str, counts: dict[str, int], oldest: str, orders: dict[int, Order]) -> Blocked:
    time, order_id = oldest.split()
    since = parse_datetime(time)
    assert since is not None  # written by compliance/assess.py
    return Blocked(
        code=code,
        title=kind_of(code).title,
        is_fatal=kind_of(code).is_fatal,
        count=sum(counts.values()),
        url=list_of(Order, {}, **{BLOCKER: code}),
        parts=tuple(
            Part(status, counts[status], list_of(Order, {COMPLIANCE: status}, **{BLOCKER: code}))
            for status in Status.values
            if status in counts
        ),
        since=since,
        oldest=orders[int(order_id)].external_order_id,
        oldest_id=int(order_id),
    )
