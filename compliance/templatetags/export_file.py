"""How the Export File writes codes, dates and sizes. Presentation only: every value is the dossier's."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from django import template
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from compliance import wording
from compliance.appendix import Appendix
from compliance.dossier import Dossier, Evidence, Invoice
from nt24.documents.types import DocumentType, Family, family_of
from orders.vat_figures import rate_in_words

register = template.Library()
KIBI = 1024
VINS_NAMED = 4  # more are named by their numbers in section 3
GOOD = frozenset({"VALID", "COMPLETE", "VERIFIED", "CLEAR", "DELIVERED", "MET"})
BAD = frozenset({"INVALID", "REJECTED", "FLAGGED", "FATAL"})
NEUTRAL = frozenset({"NOT_APPLICABLE", "NOT_STARTED"})
# A citation that a line never breaks: `Directive 2006/112/EC`, `(EU) No 282/2011`, `Article 138(1)(a)`, `§ 6a`.
CITATION = re.compile(
    r"((?:Directive )?\b\d{4}/\d+/E[CU]\b|\(EU\) (?:No )?\d+/\d+|Articles? \d+\w*(?:\(\w+\))*|§§? ?\d+\w*)"
)
BREAK_AFTER = re.compile(r"(?<=[-_/.,])")


@register.filter
def label(code: str) -> str:
    """The words for a code."""
    return wording.label(code)


@register.filter
def why_not_embedded(item: Evidence) -> str:
    """The reason behind an original that is only listed."""
    is_archived = item.status != "ACTIVE"
    return wording.why_not_embedded(
        is_archived=is_archived,
        is_released=is_archived or item.counts,
        is_personal=family_of(DocumentType(item.type)) is Family.CONTACT,
    )


@register.filter
def anchor_of(appendix: Appendix, item: Evidence) -> str:
    """Where the pages of a document begin; empty when none are shown."""
    return appendix.anchors.get(item.number, "")


@register.filter
def tone(code: str) -> str:
    """The class a state is coloured with; the words beside it carry the meaning."""
    return "good" if code in GOOD else "bad" if code in BAD else "soft" if code in NEUTRAL else "wait"


@register.filter
def breakable(name: str) -> SafeString:
    """A file name that may break after its marks, so that no word of it is split."""
    return format_html_join("", '<span class="part">{}</span>', ((part,) for part in BREAK_AFTER.split(name)))


@register.filter
def cited(text: str) -> SafeString:
    """A sentence whose citations of the law stay on one line each."""
    parts = enumerate(CITATION.split(text))
    return format_html_join(
        "",
        '<span class="{}">{}</span>',
        (("nowrap" if number % 2 else "", part) for number, part in parts if part),
    )


@register.filter
def vat_in_words(invoice: Invoice) -> str:
    """`without VAT`, `including 19 % VAT`, `under the margin scheme, without VAT`."""
    if invoice.vat_included:
        rate = f"{rate_in_words(invoice.vat_rate)} % " if invoice.vat_rate else ""
        return f"including {rate}VAT"
    return "under the margin scheme, without VAT" if invoice.margin_scheme else "without VAT"


@register.filter
def vehicles_named(dossier: Dossier, vins: tuple[str, ...]) -> str:
    """By VIN while they are few, then by their numbers in section 3: `30 vehicles: no. 1–15, 20`."""
    if len(vins) <= VINS_NAMED:
        return ", ".join(vins)
    if len(vins) == len(dossier.vehicles):
        return f"all {len(vins)}, listed in section 3"
    numbers = sorted(number for number, one in enumerate(dossier.vehicles, start=1) if one.vin in set(vins))
    return f"{len(vins)} of section 3: no. {', '.join(runs(numbers))}"


def runs(numbers: list[int]) -> Iterator[str]:
    """1, 2, 3, 7 → `1–3`, `7`."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        yield str(members[0]) if len(members) == 1 else f"{members[0]}–{members[-1]}"


@register.filter
def rules_alone(code: str) -> str:
    """What the rules say without an override, as a sentence; empty where that is unknown."""
    return wording.RULES_ALONE.get(code, "")


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
