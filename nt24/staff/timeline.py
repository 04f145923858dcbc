"""The trail as staff read it on the pages of records."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from nt24.actors import ActorKind
from nt24.audit.models import Entry
from nt24.staff.tones import TONED
from nt24.staff.wording import in_words, label_of

SHOWN = 50
SHA256 = re.compile(r"[0-9a-f]{64}")
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


def moments(
    *, order_uuid: UUID | None = None, about: Iterable[UUID] = (), limit: int = SHOWN
) -> list[Moment]:
    """The newest entries of an order or about records, newest first."""
    rows = Entry.objects.filter(about_case(about, order_uuid)).order_by("-pk")[:limit]
    return [moment_of(entry) for entry in rows]


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


def moment_of(entry: Entry) -> Moment:
    return Moment(
        at=entry.at,
        what=sentence_of(entry.action),
        who=entry.actor_label,
        kind=WHO[ActorKind(entry.actor_kind)],
        changes=tuple(changes_of(entry.changes, shortened)),
        purpose=entry.purpose,
    )


def sentence_of(action: str) -> str:
    """`payment.ready_for_pickup` → `Payment ready for pickup`."""
    return in_words(action)


def changes_of(
    changes: Mapping[str, Any], in_short: Callable[[str], str] = lambda text: text
) -> Iterable[tuple[str, str, str]]:
    for name, change in changes.items():
        was, now = change if isinstance(change, list) and len(change) == 2 else (None, change)
        yield label_of(name), plain(was, in_short), plain(now, in_short)


def plain(value: Any, in_short: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(plain(one, in_short) for one in value)
    if isinstance(value, dict):
        return ", ".join(plain(one, in_short) for one in value.values())
    return in_short(str(value))


def shortened(text: str) -> str:
    """A check sum by its beginning, which tells two apart; a code of ours in words."""
    if SHA256.fullmatch(text):
        return f"{text[:12]}…"
    return in_words(text) if text in TONED or CODE.fullmatch(text) else text
