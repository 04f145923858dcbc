"""When a check that met an outage is tried again."""

import random
from datetime import timedelta

# Most outages of VIES last seconds and come in bursts: two quick tries, then patience (domain B.4).
FIRST_PAUSES = (
    timedelta(seconds=2),
    timedelta(seconds=4),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)
LATER_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=48)
MOST_TRIES = 1 + len(FIRST_PAUSES) + (GIVE_UP_AFTER - sum(FIRST_PAUSES, timedelta())) // LATER_PAUSE  # 53

VISIBLE_TRIES = 3
"""After so many tries in vain the result shown turns from PENDING to UNKNOWN; trying goes on."""

JITTER = (
    0.2  # each pause is up to 20 % shorter or longer, so that checks queued together do not return together
)


def next_try_after(tries: int) -> timedelta | None:
    """How long to wait when `tries` tries have met an outage; None when 48 hours are used up.

    :raises ValueError: when nothing was tried yet.
    """
    if tries < 1:
        raise ValueError(f"There is no next try after {tries} tries.")
    if tries >= MOST_TRIES:
        return None
    pause = FIRST_PAUSES[tries - 1] if tries <= len(FIRST_PAUSES) else LATER_PAUSE
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  spreading load, not a secret
