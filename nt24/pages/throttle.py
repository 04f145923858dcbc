"""How often one visitor may use a public page that costs real work. A brake on abuse, no accounting."""

import time
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from nt24.visitors import visitor_of


@dataclass(frozen=True, slots=True)
class Allowance:
    """`calls` in each span of `seconds`; `name` keeps one page's calls apart from another's."""

    name: str
    calls: int
    seconds: int


def seconds_to_wait(request: HttpRequest, allowance: Allowance) -> int:
    """Count this call: 0 when it may go on, else the seconds until the running span ends."""
    now = int(time.time())
    key = f"throttle:{allowance.name}:{visitor_of(request)}:{now // allowance.seconds}"
    cache.add(key, 0, timeout=2 * allowance.seconds)
    try:
        used = cache.incr(key)
    except ValueError:  # evicted between the two calls
        return 0
    return allowance.seconds - now % allowance.seconds if used > allowance.calls else 0
