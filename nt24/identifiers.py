"""The ids that people copy from one window into another: uuids, and ours with a prefix."""

import re
from uuid import UUID

PATTERN = re.compile(r"(?:[a-z]{2,4}_)?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})", re.IGNORECASE)


def uuid_in(text: str) -> UUID | None:
    """The uuid that the whole text is, with hyphens or without, also behind `wh_`, `del_` or `evt_`."""
    found = PATTERN.fullmatch(text.strip())
    return UUID(found[1]) if found else None
