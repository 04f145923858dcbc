"""How the Export File writes codes, dates and sizes. Presentation only: every value is the dossier's."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from compliance import wording
from compliance.dossier import Evidence

register = template.Library()
KIBI = 1024
GOOD = frozenset({"VALID", "COMPLETE", "VERIFIED", "CLEAR", "DELIVERED", "MET"})
BAD = frozenset({"INVALID", "REJECTED", "FLAGGED", "FATAL"})


@register.filter
def label(code: str) -> str:
    """The words for a code."""
    return wording.label(code)


@register.filter
def why_not_embedded(item: Evidence) -> str:
    """The reason behind an original that is only listed."""
    is_archived = item.status != "ACTIVE"
    return wording.why_not_embedded(is_archived=is_archived, is_released=is_archived or item.counts)


@register.filter
def tone(code: str) -> str:
    """The class a state is coloured with; the words beside it carry the meaning."""
    return "good" if code in GOOD else "bad" if code in BAD else "wait"


@register.filter
def verdict(code: str) -> str:
    """What a decision means, in one line."""
    return wording.VERDICTS.get(code, "")


@register.filter
def day(value: date | None) -> str:
    """`18 Apr 2026`: no reader of any country takes the month for the day."""
    return f"{value.day} {value:%b %Y}" if value else "–"


@register.filter
def instant(value: datetime | None) -> str:
    """`18 Apr 2026, 11:30:05 CEST`, in the time zone the page or document is written in."""
    if value is None:
        return "–"
    at = timezone.localtime(value)
    return f"{day(at)}, {at:%H:%M:%S} {at.tzname()}"


@register.filter
def size(octets: int) -> str:
    """`812 B`, `48 kB`, `1.4 MB`, in multiples of 1024."""
    if octets < KIBI:
        return f"{octets} B"
    if octets < KIBI * KIBI:
        return f"{octets / KIBI:.0f} kB"
    return f"{octets / KIBI / KIBI:.1f} MB"


@register.filter
def thousands(value: int | None) -> str:
    """`45,000`; a dash for an unknown number."""
    return "–" if value is None else f"{value:,}"
