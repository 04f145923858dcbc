"""Entries as files for auditors: JSON lines that can be checked without us, and CSV for a spreadsheet.

Both are streamed in the order of the chain; what is not sealed yet comes at the end, without a position.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any

from django.db.models import QuerySet

from nt24.audit.form import START, canonical, serialised, stamp
from nt24.audit.models import Entry, Link

BATCH = 500
SEAL = ("position", "previous", "digest", "sealed_at", "chain")
COLUMNS = (
    *("id", "uuid", "at", "actor_kind", "actor_id", "actor_label", "action", "subject_type", "subject_uuid"),
    *(
        "organization_id",
        "seller_uuid",
        "order_uuid",
        "changes",
        "purpose",
        "trace_id",
        "retention",
        "format",
    ),
)
# A spreadsheet takes a cell that starts so for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # or Excel reads UTF-8 as something else


def rows(entries: QuerySet[Entry]) -> Iterator[dict[str, Any]]:
    """`SEAL` and `entry`, its canonical form, of each of the entries."""
    ordered, last = entries.order_by("link__position").select_related("link"), 0
    while batch := list(ordered.filter(link__position__gt=last)[:BATCH]):
        before = chains_before(batch)
        yield from (row(entry, before) for entry in batch)
        last = batch[-1].link.position
    unsealed, last = entries.order_by("pk").filter(link__isnull=True), 0
    while batch := list(unsealed.filter(pk__gt=last)[:BATCH]):
        yield from ({**dict.fromkeys(SEAL), "entry": canonical(entry)} for entry in batch)
        last = batch[-1].pk


def chains_before(batch: list[Entry]) -> Mapping[int, str]:
    """The chain's value by position, for the link before each of these entries."""
    positions = [entry.link.position - 1 for entry in batch]
    chains = Link.objects.filter(position__in=positions).values_list("position", "chain")
    return {0: START, **dict(chains)}


def row(entry: Entry, before: Mapping[int, str]) -> dict[str, Any]:
    link = entry.link
    return {
        "position": link.position,
        "previous": before.get(link.position - 1),
        "digest": link.digest,
        "sealed_at": stamp(link.sealed_at),
        "chain": link.chain,
        "entry": canonical(entry),
    }


def as_json_lines(entries: QuerySet[Entry]) -> Iterator[str]:
    return (f"{serialised(one).decode()}\n" for one in rows(entries))


def as_csv(entries: QuerySet[Entry]) -> Iterator[str]:
    """One column for each member; changes as JSON."""
    yield f"{BYTE_ORDER_MARK}{csv_line((*SEAL, *COLUMNS))}"
    for one in rows(entries):
        entry = {**one["entry"], "changes": serialised(one["entry"]["changes"]).decode()}
        yield csv_line([one[name] for name in SEAL] + [entry[name] for name in COLUMNS])


def csv_line(cells: Any) -> str:
    line = StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def harmless(cell: Any) -> str:
    """The cell as text that no spreadsheet calculates: an apostrophe before what looks like a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


FORMATS: Mapping[str, tuple[Callable[[QuerySet[Entry]], Iterator[str]], str]] = {
    "jsonl": (as_json_lines, "application/x-ndjson"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
}
