"""When a session began and was last used, as stamps inside it.

The stamps are written every few minutes and not at each request: a page of the admin then costs no write.
"""

import time
from enum import StrEnum

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

BEGAN_AT, SEEN_AT = "people.began_at", "people.seen_at"
RENEWED_AFTER_SECONDS = 300.0
JUST_BEGUN_SECONDS = 300.0  # as long as allauth believes a password typed once more


class Ended(StrEnum):
    """Why a session is over."""

    IDLE = "IDLE"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    BY_HAND = "BY_HAND"
    FACTORS_REMOVED = "FACTORS_REMOVED"


def begin(session: SessionBase) -> None:
    session[BEGAN_AT] = session[SEEN_AT] = time.time()


def over(session: SessionBase) -> Ended | None:
    """Why the session may not go on, if so."""
    now = time.time()
    if now - session.get(BEGAN_AT, now) > settings.STAFF_SESSION_LENGTH.total_seconds():
        return Ended.TOO_LONG
    if now - session.get(SEEN_AT, now) > settings.STAFF_SESSION_IDLE.total_seconds():
        return Ended.IDLE
    return None


def renew(session: SessionBase) -> bool:
    """Stamp the session when the last stamp is some minutes old, and say whether that was done."""
    if BEGAN_AT not in session:
        begin(session)
        return True
    patience = min(RENEWED_AFTER_SECONDS, settings.STAFF_SESSION_IDLE.total_seconds() / 10)
    if time.time() - session[SEEN_AT] < patience:
        return False
    session[SEEN_AT] = time.time()
    return True


def has_just_begun(session: SessionBase) -> bool:
    return time.time() - session.get(BEGAN_AT, 0.0) < JUST_BEGUN_SECONDS
