"""Which addresses strangers may have us call: public ones, over https, on the usual ports, in plain notation.

It sends nothing. Whoever does (nt24/webhooks/sending.py) asks again for the address it is about to connect to.
"""

import re
import socket
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

MAX_CHARACTERS = 2000
PORTS = frozenset({443, 8443})
DEFAULT_PORTS = {"https": 443, "http": 80}
LOOKUP_SECONDS = 2.0
# A name service that hangs holds threads for longer than we wait: it may hold these and no more.
LOOKUPS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lookup")

# Refused although one Python version or another calls them global.
REFUSED = [
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # RFC 6598: carrier NAT; metadata in Alibaba's cloud
        "168.63.129.16/32",  # a public number, but on machines in Azure it is the platform's own service
        "192.0.0.0/24",  # RFC 6890: protocol assignments; metadata in Oracle's cloud
        "192.88.99.0/24",  # RFC 7526: relays of 6to4
        "::/96",  # RFC 4291, 2.5.5.1: IPv4-compatible; holds loopback and the unspecified address as well
        "64:ff9b:1::/48",  # RFC 8215: NAT64 of a local network
        "2001::/23",  # RFC 2928: protocol assignments; Teredo (RFC 4380), ORCHIDv2 in 2001:20::/28 (RFC 7343)
        "2002::/16",  # RFC 7526: 6to4, which leads to any IPv4 address
        "3fff::/20",  # RFC 9637: documentation
        "5f00::/16",  # RFC 9602: segment routing
        "fec0::/10",  # RFC 3879: site-local
    )
]
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits

# RFC 6761, RFC 6762, RFC 8375 and ICANN's reservation of 2024: names inside somebody's own network.
INNER_NAMES = (".localhost", ".local", ".home.arpa", ".internal")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
# What some resolver takes for an IPv4 address: the last part is a number, decimal, octal or hexadecimal.
NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?")


class UrlRefused(Exception):
    """This URL is not called; the text is one sentence for whoever gave it and repeats nothing of it."""


class AddressRefused(UrlRefused, OSError):
    """It leads to an address that is not public. An OSError, because that is what a failed connection raises."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. `host` is in lower case; `address` is None for a name, which may have any address."""

    scheme: str
    host: str
    port: int
    address: Address | None
    is_exempt: bool = field(default=False)

    @property
    def origin(self) -> str:
        """As browsers write it, without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.has_default_port else f":{self.port}")

    @property
    def has_default_port(self) -> bool:
        return self.port == DEFAULT_PORTS[self.scheme]


def require_callable(url: str, *, allow_private: bool, trusted_origins: Collection[str]) -> None:
    """Judge a URL when it is registered; a name is looked up, which takes `LOOKUP_SECONDS` at most.

    A name that nobody knows yet is accepted: unknown is not invalid, and every delivery asks again.

    :raises UrlRefused: it is malformed or leads to where we do not call (contract 12).
    """
    target = judge(url, allow_private=allow_private, trusted_origins=trusted_origins)
    if target.origin in trusted_origins or (target.is_exempt and target.scheme == "https"):
        return
    addresses = known_addresses(target)
    if not target.is_exempt:
        require_public(addresses)
    elif addresses and all(is_public(address) for address in addresses):
        raise UrlRefused("Use https: plain http is for private addresses only.")  # contract 16.13


def known_addresses(target: Target) -> list[Address]:
    """Where it leads now; none when nobody knows the name, or no answer comes in time."""
    if target.address is not None:
        return [target.address]
    lookup = LOOKUPS.submit(addresses_of, target.host, target.port)
    try:
        return lookup.result(LOOKUP_SECONDS)
    except OSError:
        lookup.cancel()
        return []


def judge(url: str, *, allow_private: bool, trusted_origins: Collection[str]) -> Target:
    """Everything that can be said about a URL without asking the name service.

    `allow_private` and a trusted origin make the target exempt from the rules for scheme, port and address; how a URL
    is written matters for all.

    :raises UrlRefused: it is malformed or leads to where we do not call.
    """
    target = target_of(url)
    if allow_private or target.origin in trusted_origins:
        return Target(target.scheme, target.host, target.port, target.address, is_exempt=True)
    if target.scheme != "https":
        raise UrlRefused("Use an https URL.")
    if target.port not in PORTS:
        raise UrlRefused("Use port 443 or 8443.")
    if target.address is None:
        require_outer_name(target.host)
    else:
        require_public([target.address])
    return target


def require_public(addresses: Iterable[Address]) -> None:
    """One private address among public ones is an attack or a mistake, never a setup that works.

    :raises AddressRefused: not all of them are public.
    """
    if not all(is_public(address) for address in addresses):
        raise AddressRefused("Use a public address: this one leads into a private or reserved network.")


def is_public(address: Address) -> bool:
    """Whether it is an address of the open Internet; one that stands for an IPv4 address is judged as that."""
    address = translated(address)
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in REFUSED)


def translated(address: Address) -> Address:
    """The IPv4 address that is reached by way of this IPv6 address, where there is one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address


def addresses_of(host: str, port: int) -> list[Address]:
    """:raises OSError: the name service knows none or does not answer."""
    return [ip_address(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


# --- How a URL is written ------------------------------------------------------------------------------------------


def target_of(url: str) -> Target:
    """Read a URL strictly, so that no two parsers can see different hosts in it.

    :raises UrlRefused: it is not written as one that we call.
    """
    parts = parts_of(url)
    match = AUTHORITY.fullmatch(parts.netloc.lower())
    port = int(match[3] or DEFAULT_PORTS[parts.scheme]) if match else 0
    if match is None or not 0 < port < 65536:
        raise UrlRefused("Write the host as a domain name or an IP address, with or without a port.")
    if match[1]:
        inner = address_in(match[1])
        return Target(parts.scheme, str(inner), port, inner)
    if NUMERIC.fullmatch(match[2]):
        return Target(parts.scheme, match[2], port, address_in(match[2]))
    if not NAME.fullmatch(match[2].removesuffix(".")):
        raise UrlRefused("Write the host as a domain name: letters, digits, hyphens and dots.")
    return Target(parts.scheme, match[2], port, None)


def parts_of(url: str) -> SplitResult:
    """:raises UrlRefused: it has what no URL of ours may have."""
    if len(url) > MAX_CHARACTERS:
        raise UrlRefused(f"A URL has at most {MAX_CHARACTERS} characters.")
    if not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused("A URL has no spaces, control characters or backslashes.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UrlRefused("This is not a URL.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise UrlRefused("Use an https URL.")
    if "@" in parts.netloc:
        raise UrlRefused("Leave user name and password out of the URL.")
    if "#" in url:
        raise UrlRefused("Leave out the # and what follows it: it is never sent.")
    if not parts.netloc.isascii():
        raise UrlRefused("Write an international domain name in its ASCII form (xn--…).")
    return parts


def address_in(host: str) -> Address:
    """Only the usual notation: octal, hexadecimal, short and single numbers do not mean the same to every reader.

    :raises UrlRefused: it is another notation, or no address at all.
    """
    try:
        return ip_address(host)
    except ValueError as error:
        raise UrlRefused("Write an IP address in its usual notation, such as 203.0.113.7.") from error


def require_outer_name(host: str) -> None:
    """:raises AddressRefused: such a name means something in one network only."""
    name = f".{host.removesuffix('.')}"
    if name.endswith(INNER_NAMES) or name.count(".") == 1:
        raise AddressRefused("Use a public domain name: this one belongs to a private network.")
