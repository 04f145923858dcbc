"""How often one address may use a public page that costs real work. A brake on abuse, no accounting."""

import ipaddress
import time

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def seconds_to_wait(name: str, address: str, *, per_minute: int) -> int:
    """0 when the call may go on, else the seconds until the running minute ends.

    A cache that does not answer lets the call through: the page is worth more than the brake.
    """
    now = int(time.time())
    key = f"throttle:{name}:{network_of(address)}:{now // 60}"
    try:
        cache.add(key, 0, timeout=120)
        used = cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: the entry was evicted between the two calls
        log.warning("throttle.skipped", page=name, error=type(error).__name__)
        return 0
    return 60 - now % 60 if used > per_minute else 0


def network_of(address: str) -> str:
    """The address itself, or the /64 of an IPv6 address: one customer can use all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"  # a server behind a local socket gives no address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
