"""Small words of the staff pages' templates."""

from typing import Any

from django import template
from django.db.models.options import Options

from nt24.staff.timeline import sentence_of

register = template.Library()

# How a code is shown: what is proven or done, what failed, what somebody waits for. Everything else is neutral.
GOOD = {"VALID", "VALID_EXPORT", "COMPLIANCE_VALID", "READY", "DELIVERED", "ACTIVE", "CLEAN", "CLEAR", "VERIFIED",
        "COMPLETE", "USED", "CONVERTED", "ACCEPTED"}  # fmt: skip
BAD = {"INVALID", "VAT_APPLICABLE", "COMPLIANCE_INVALID", "FAILED", "INFECTED", "FLAGGED", "REJECTED", "BLOCKED",
       "DISABLED", "REVOKED", "EXPIRED", "CANCELLED", "DECLINED"}  # fmt: skip
WAITING = {"INCOMPLETE", "PENDING", "GENERATING", "PAUSED", "IN_REVIEW", "IN_PROGRESS", "DRAFT", "SUBMITTED",
           "MISSING", "UNKNOWN", "QUEUED", "PARTIAL", "OPEN"}  # fmt: skip


@register.filter
def admin_list_of(opts: Options) -> str:
    """The route of the list of a model."""
    return f"admin:{opts.app_label}_{opts.model_name}_changelist"


@register.filter
def tone(code: Any) -> str:
    """The class of a code's chip."""
    text = str(code)
    return "good" if text in GOOD else "bad" if text in BAD else "waiting" if text in WAITING else "neutral"


@register.filter
def words(code: Any) -> str:
    """`IN_PROGRESS` → `In progress`."""
    return sentence_of(str(code).lower())


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """The value at a key that a variable holds."""
    return mapping.get(key) if mapping else None
