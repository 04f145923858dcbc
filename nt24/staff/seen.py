"""What a form showed when it was opened: it travels with the form, signed, so that a later look can tell what the
person typed from what somebody else has changed meanwhile.

The seal holds nothing that the form does not show. A seal that was changed, or that belongs to somebody else or to
another page, counts as none; then every field counts as typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing

SEEN = "seen"  # the hidden field
CHOICE = "choose-"  # before a field's name: which of two values is kept
MINE, THEIRS = "mine", "theirs"
SALT = "nt24.staff.seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """`values` by field, as the page had them for this person."""

    by: str
    page: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def sealed(self) -> str:
        content = {"by": self.by, "page": self.page, "values": dict(self.values)}
        return signing.dumps(content, salt=SALT, compress=True)


def seen_in(seal: str | None, *, by: str, page: str) -> Seen | None:
    """What this person saw on this page."""
    found = opened(seal)
    return found if found is not None and (found.by, found.page) == (by, page) else None


def opened(seal: str | None) -> Seen | None:
    """Whoever sealed it; for a form that arrives when nobody is signed in any more."""
    try:
        content = signing.loads(seal or "", salt=SALT)
    except signing.BadSignature:
        return None
    return Seen(content["by"], content["page"], content["values"])


def plain(value: Any) -> Any:
    """A value as a form shows it and JSON keeps it."""
    if value is None or isinstance(value, bool):
        return value or ""
    return [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
