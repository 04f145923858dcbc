"""Who a request comes from, as far as limits are concerned: the only reader of `X-Forwarded-For`."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"  # such callers share one limit; a server behind a local socket knows no address


def address_of(request: HttpRequest) -> str:
    """The caller's address as text, or `UNKNOWN`.

    Each proxy of ours appends whom it sees, so the entry that the outermost of them wrote counts from the right;
    everything to the left of it is the caller's own claim. Without a trusted proxy the header means nothing.
    """
    hops = settings.TRUSTED_PROXY_COUNT
    entries = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    if hops and len(entries) >= hops and entries[-hops]:
        return parsed(entries[-hops])
    return parsed(request.META.get("REMOTE_ADDR", ""))


def parsed(text: str) -> str:
    """One spelling per address: without a port, and IPv4 without its clothes of IPv6."""
    for candidate in (text, text.rpartition(":")[0], text.partition("]")[0].lstrip("[")):
        try:
            address = ipaddress.ip_address(candidate)
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return str(address)
    return UNKNOWN


def visitor_of(request: HttpRequest) -> str:
    """Whom a limit holds to account: the address, of IPv6 the /64, because one customer can use all of it."""
    address = address_of(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
