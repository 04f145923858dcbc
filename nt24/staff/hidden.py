"""Fields that our pages fill in and people do not see. What they hold is sent back by browsers, and by anybody."""

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest

from nt24.errors import MalformedRequest

# The hyphen keeps their names apart from members of the wire, which have none.
FORM_ID, SEEN_VERSION, SEEN_ENTRY = "form-id", "seen-version", "seen-entry"
INCOMPLETE = "This form is not complete. Open it again and send it from there."
MOST_DIGITS = 18  # what fits into a bigint whatever the digits are


def whole_number(text: str | None) -> int | None:
    """A number as our pages write it; None for anything else."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number and text else None


def version_of(request: HttpRequest) -> int | None:
    """The version that the person saw."""
    return whole_number(request.POST.get(SEEN_VERSION))


def form_id_of(request: HttpRequest) -> UUID:
    """:raises MalformedRequest: the page was not made by us."""
    if (found := uuid_in(request.POST.get(FORM_ID, ""))) is None:
        raise MalformedRequest(INCOMPLETE)
    return found


def uuid_in(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None
