"""The trail as staff read it on the pages of records."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from nt24.actors import ActorKind
from nt24.audit.models import Entry
from nt24.money import Money
from nt24.staff.hidden import whole_number
from nt24.staff.tones import TONED
from nt24.staff.wording import ACTIONS, in_words, label_of

SHOWN = 50
NOTHING: tuple[Any, ...] = (None, "", [], {})
LISTED = 3  # of the vehicles of an order, say
# Members that count minor units; their currency is a member beside them, or that of the case.
AMOUNTS = frozenset({"amount", "bank_amount", "cash_amount", "total_amount", "purchase_amount", "vat_amount"})
SAYS_NOTHING = frozenset({"proposal", "sessionId", "buyerUuid", "prospectUuid", "sha256", "form"})
CODED = re.compile(r"(status|result|decision|type|kind|mode|cause|outcome|tier)$", re.IGNORECASE)
CODE = re.compile(r"[A-Z]+[0-9]*(_[A-Z0-9]+)+")
WHO = {
    ActorKind.API_CLIENT: "API client",
    ActorKind.STAFF: "Staff",
    ActorKind.BUYER_LINK: "Buyer's link",
    ActorKind.SYSTEM: "System",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the trail in words."""

    at: datetime
    what: str
    who: str
    kind: str
    changes: tuple[tuple[str, str, str], ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Moments:
    """A page of the trail, newest first; `older` is what `before` has to be for the next one, None at the end."""

    shown: Sequence[Moment]
    older: int | None = None
    is_newest: bool = True

    def __iter__(self) -> Iterator[Moment]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)


@dataclass(frozen=True, slots=True)
class Names:
    """What entries do not say themselves: the currency of amounts, and the titles of records by their uuid."""

    currency: str = ""
    titles: Mapping[UUID, str] = field(default_factory=dict)


def moments(
    *,
    order_uuid: UUID | None = None,
    about: Iterable[UUID] = (),
    before: int | None = None,
    names: Names | None = None,
) -> Moments:
    """The newest entries of an order or about records, or those before an entry; newest first."""
    rows = Entry.objects.filter(about_case(about, order_uuid)).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: SHOWN + 1])
    shown = [moment_of(entry, names) for entry in found[:SHOWN]]
    return Moments(shown, found[SHOWN - 1].pk if len(found) > SHOWN else None, before is None)


def before_in(query: Mapping[str, str]) -> int | None:
    """`?before=` of a page; None when it is no number of an entry."""
    return whole_number(query.get("before"))


def about_case(about: Iterable[UUID], order_uuid: UUID | None) -> Q:
    """Entries about one of these records, or of the order."""
    wanted = Q(subject_uuid__in=list(about))
    return wanted if order_uuid is None else wanted | Q(order_uuid=order_uuid)


def newest_entry(about: UUID, order_uuid: UUID | None = None) -> int:
    """The number of the newest entry, to ask later what came since."""
    return (
        Entry.objects.filter(about_case([about], order_uuid))
        .order_by("-pk")
        .values_list("pk", flat=True)
        .first()
        or 0
    )


def entries_since(number: int, about: UUID, order_uuid: UUID | None = None) -> list[Entry]:
    """What was written after that entry, newest first."""
    return [*Entry.objects.filter(about_case([about], order_uuid), pk__gt=number).order_by("-pk")[:SHOWN]]


def moment_of(entry: Entry, names: Names | None = None) -> Moment:
    names = names or Names()
    title = names.titles.get(entry.subject_uuid)
    return Moment(
        at=entry.at,
        what=f"{sentence_of(entry.action)}: {title}" if title else sentence_of(entry.action),
        who=entry.actor_label,
        kind=WHO[ActorKind(entry.actor_kind)],
        changes=tuple(changes_in_words(entry.changes, names.currency)),
        purpose=entry.purpose,
    )


def sentence_of(action: str) -> str:
    """`payment.submitted` → `Payment submitted`."""
    return ACTIONS.get(action) or in_words(action)


# --- What changed, for people -------------------------------------------------------------------------------------


def changes_in_words(changes: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str, str]]:
    """Amounts with their currency, codes in words; ids and check sums say nothing here and are left to the entry."""
    _, stated = parts_of(changes.get("currency"))
    for name, change in changes.items():
        was, now = parts_of(change)
        if name in SAYS_NOTHING or (name == "currency" and AMOUNTS.intersection(changes)) or was == now:
            continue
        if was in NOTHING and now in NOTHING:
            continue
        yield (
            label_of(name),
            value_in_words(name, was, stated or currency),
            value_in_words(name, now, stated or currency),
        )


def parts_of(change: Any) -> tuple[Any, Any]:
    """What it was and what it is; an entry that has no two sides says only the latter."""
    was, now = change if isinstance(change, list) and len(change) == 2 else (None, change)
    return was, now


def value_in_words(name: str, value: Any, currency: str) -> str:
    if name in AMOUNTS and isinstance(value, int) and not isinstance(value, bool) and currency:
        return str(Money(value, currency))
    if isinstance(value, dict) and set(value) == {"value", "currency"}:
        return str(Money(value["value"], value["currency"]))
    if isinstance(value, dict):
        return ", ".join(
            value_in_words(key, one, currency) for key, one in value.items() if one not in (None, "")
        )
    if isinstance(value, list):
        said = [value_in_words(name, one, currency) for one in value]
        more = len(said) - LISTED
        return ", ".join(said[:LISTED]) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, str) and (CODE.fullmatch(value) or is_code(name, value)):
        return in_words(value)
    return plain(value)


def is_code(name: str, value: str) -> bool:
    return value.isascii() and value.isupper() and (value in TONED or bool(CODED.search(name)))


# --- What changed, as it is kept -----------------------------------------------------------------------------------


def changes_of(changes: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """For the page of an entry: nothing left out, nothing shortened."""
    for name, change in changes.items():
        was, now = parts_of(change)
        yield label_of(name), plain(was), plain(now)


def plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(plain(one) for one in value.values())
    return str(value)
