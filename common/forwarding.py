"""Read the caller's address and the scheme from the headers of a reverse proxy.

A header counts only when the connection comes from TRUSTED_PROXIES; from anybody else it was typed by a stranger.
"""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# One customer of a provider has at least these addresses: counted apart, each would have tries of its own.
ONE_IPV6_NETWORK = 64

_SCHEME = "HTTP_X_FORWARDED_PROTO"
# RFC 7239 §6: an IPv6 address stands in brackets where a port follows. Azure and others write a port after IPv4 too.
_NODE = re.compile(r'"?(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[0-9.]+)|(?P<bare>[0-9A-Fa-f:.]+(?:%\S+)?))(?P<port>:\d{1,5})?"?')


def client_address(request: HttpRequest) -> str | None:
    """Return the caller's IP address: the right-most X-Forwarded-For entry that no trusted proxy added."""
    return nearest_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def nearest_address(remote: str, forwarded_for: str) -> str | None:
    """Return the same of the connection's other end and the value of X-Forwarded-For."""
    nearest = None
    for hop in (remote, *reversed(forwarded_for.split(","))):
        address = _address(hop)
        if address is None:
            break
        nearest = address
        if not _is_trusted(address):
            break
    return str(nearest) if nearest else None


def network_of(address: str | None) -> str:
    """Return what one customer of a provider has: an IPv4 address, or a network of IPv6 addresses."""
    if address and ":" in address:
        return str(ipaddress.ip_network(f"{address}/{ONE_IPV6_NETWORK}", strict=False))
    return address or "unknown"


def keep_a_trusted_scheme(request: HttpRequest) -> None:
    """Write X-Forwarded-Proto as Django reads it, or take it away where no trusted proxy sent it.

    Some proxies write it in capitals, and several in a row write a list; the left-most saw the caller.
    """
    given = request.META.pop(_SCHEME, None)
    address = _address(request.META.get("REMOTE_ADDR", ""))
    if given is not None and address is not None and _is_trusted(address):
        request.META[_SCHEME] = given.partition(",")[0].strip().lower()


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    """Read an address with or without a port, in one spelling per host.

    An IPv6 zone is dropped, which PostgreSQL's inet doesn't have, and an IPv4 address dressed as IPv6 is undressed.
    """
    node = _NODE.fullmatch(text.strip())
    if node is None:
        return None
    written = node["v6"] or node["v4"] or node["bare"] or ""
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
