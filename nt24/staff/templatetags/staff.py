"""Small words of the staff pages' templates."""

from typing import Any

from django import template
from django.db.models.options import Options
from django.utils.text import capfirst

from nt24.staff.look import LIST_TITLES
from nt24.staff.tones import tone
from nt24.staff.wording import in_words

register = template.Library()
register.filter(tone)


@register.filter
def admin_list_of(opts: Options) -> str:
    """The route of the list of a model."""
    return f"admin:{opts.app_label}_{opts.model_name}_changelist"


@register.filter
def list_title(opts: Options) -> str:
    """The name of a model's list, as the menu has it."""
    return LIST_TITLES.get(f"{opts.app_label}_{opts.model_name}_changelist") or capfirst(
        str(opts.verbose_name_plural)
    )


@register.filter
def words(code: Any) -> str:
    """`IN_PROGRESS` → `In progress`."""
    return in_words(str(code))


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """The value at a key that a variable holds."""
    return mapping.get(key) if mapping else None


@register.filter
def tone_unless(code: Any, is_closed: bool) -> str:
    """The tone, but nothing is waited for any more on a record that is closed."""
    said = tone(code)
    return "neutral" if is_closed and said == "waiting" else said


@register.filter
def document_badge(document: Any) -> str:
    """The one thing to know about a document: out of the evidence, held by the scanner, or that it counts."""
    if document.status == "ARCHIVED":
        return "ARCHIVED"
    return "ACTIVE" if document.is_released() else f"SCAN_{document.scan_status}"


@register.filter
def lower_first(text: str) -> str:
    """`Order A-1` → `order A-1`, within a sentence."""
    return text[:1].lower() + text[1:]
