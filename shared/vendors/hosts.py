"""
Where we may connect: hosts an operator named, and no address that they should not lead to.

A vendor's answer holds links, and partners supply some: a link may point inside our own network, resolve to another
address the second time it is asked for, or redirect. So the name is checked for each hop and the address at connect.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpx

from shared.errors import Misconfigured, Rejected

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HOST: Final = re.compile(r"[a-z0-9._:-]+")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_TRANSLATED_IPV4: Final = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64 carries an IPv4 address in its last 32 bits


class HostRefused(Rejected):
    """We do not connect there."""


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what a credential belongs to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        """Return the origin of `url`; port 0 when the scheme has no port of its own."""
        host = url.raw_host.decode("ascii").lower()
        return cls(url.scheme, host, url.port or _DEFAULT_PORTS.get(url.scheme, 0))

    @property
    def entry(self) -> str:
        """Return how an allow-list names this host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_url(text: str) -> httpx.URL:
    """Read an absolute URL. Raises HostRefused without quoting it: it may be a signed link."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise HostRefused("the link is not a URL") from None


class AllowList:
    """
    Hosts that may be spoken to.

    An entry is a host, a host with a port, or a leading dot and a domain, which admits its subdomains. Without a port
    only the scheme's own port is admitted (any port on loopback). Only a host named in full may have a private address.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._names: set[tuple[str, int | None]] = set()
        self._suffixes: set[tuple[str, int | None]] = set()
        for entry in entries:
            host, port = _split(entry)
            (self._suffixes if host.startswith(".") else self._names).add((host, port))

    def check(self, url: httpx.URL) -> None:
        """Raise HostRefused, naming the host only, unless `url` may be fetched."""
        origin = Origin.of(url)
        if origin.scheme != "https" and not (origin.scheme == "http" and is_loopback(origin.host)):
            raise HostRefused(f"scheme {origin.scheme[:16]!r} is not allowed for host {origin.host[:255]!r}")
        if url.userinfo:
            raise HostRefused(f"link to host {origin.host[:255]!r} carries a user name")
        if not self._names_host(origin) and not self._names_domain(origin):
            raise HostRefused(f"host {origin.host[:255]!r} with port {origin.port} is not in the list of allowed hosts")

    def check_address(self, host: str, address: str) -> None:
        """Raise HostRefused when `host`, already admitted by name, leads to an address that it must not."""
        kind = unwrapped(address)
        if kind.is_global and not kind.is_multicast:
            return
        is_inside = kind.is_loopback or (
            kind.is_private and not (kind.is_link_local or kind.is_unspecified or kind.is_reserved or kind.is_multicast)
        )
        if not (is_inside and any(name == host for name, _ in self._names)):
            raise HostRefused(f"host {host[:255]!r} leads to an address inside a private network")

    def _names_host(self, origin: Origin) -> bool:
        return any(
            name == origin.host and _is_port_admitted(port, origin, anywhere=is_loopback(origin.host))
            for name, port in self._names
        )

    def _names_domain(self, origin: Origin) -> bool:
        return any(
            origin.host.endswith(suffix) and _is_port_admitted(port, origin, anywhere=False)
            for suffix, port in self._suffixes
        )


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by its very name, without asking a resolver."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unwrapped(address: str) -> Address:
    """Return the address that a packet to `address` ends at: IPv4 also hides inside several forms of IPv6."""
    kind = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(kind, ipaddress.IPv4Address):
        return kind
    if kind in _TRANSLATED_IPV4:
        return ipaddress.IPv4Address(int(kind) & 0xFFFFFFFF)
    return kind.ipv4_mapped or kind.sixtofour or (kind.teredo[1] if kind.teredo else None) or kind


def _is_port_admitted(port: int | None, origin: Origin, *, anywhere: bool) -> bool:
    if port is None:
        return anywhere or origin.port == _DEFAULT_PORTS.get(origin.scheme)
    return port == origin.port


def _split(entry: str) -> tuple[str, int | None]:
    try:
        url = httpx.URL(f"https://{entry.removeprefix('.')}")
    except httpx.InvalidURL:
        raise Misconfigured(f"{entry!r} is not a host, host:port or .domain") from None
    host = url.raw_host.decode("ascii").lower()
    if not _HOST.fullmatch(host) or url.userinfo or url.raw_path != b"/":
        raise Misconfigured(f"{entry!r} is not a host, host:port or .domain")
    # httpx drops the scheme's own port; who writes :443 means it.
    port = 443 if url.port is None and entry.endswith(":443") else url.port
    return ("." + host if entry.startswith(".") else host), port
