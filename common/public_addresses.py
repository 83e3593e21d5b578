"""Public addresses, by the IANA special-purpose address registries (RFC 6890), IPv4 and IPv6.

Every registered block counts as not public, also the few that are globally reachable (anycast of protocols, AS112):
no web server stands there. Python's `is_global` lags behind the registries and differs between its releases.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SPECIAL_PURPOSE = {
    # https://www.iana.org/assignments/iana-ipv4-special-registry
    "0.0.0.0/8": "this network (RFC 791)",
    "10.0.0.0/8": "private use (RFC 1918)",
    "100.64.0.0/10": "shared address space of carriers (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link local, with the metadata services of clouds (RFC 3927)",
    "172.16.0.0/12": "private use (RFC 1918)",
    "192.0.0.0/24": "IETF protocol assignments, with a metadata service at 192.0.0.192 (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112 (RFC 7535)",
    "192.52.193.0/24": "AMT (RFC 7450)",
    "192.88.99.0/24": "6to4 relay anycast, deprecated (RFC 7526)",
    "192.168.0.0/16": "private use (RFC 1918)",
    "192.175.48.0/24": "direct delegation AS112 (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved, with limited broadcast (RFC 1112, RFC 919)",
    # In no registry: Azure answers its virtual machines here, whatever network they are in.
    "168.63.129.16/32": "platform services of Azure",
    # https://www.iana.org/assignments/iana-ipv6-special-registry, as far as inside of 2000::/3
    "2001::/23": "IETF protocol assignments, with Teredo, AMT, ORCHID and drones (RFC 2928)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4, deprecated (RFC 7526)",
    "2620:4f:8000::/48": "direct delegation AS112 (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
}
# All that is given out of IPv6. Loopback, link local, unique local, multicast, discard-only, SRv6 and the older forms
# of IPv4 addresses lie outside.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")

_BLOCKS = [ipaddress.ip_network(block) for block in SPECIAL_PURPOSE]


def is_public(address: Address) -> bool:
    """Return True unless the address, or the IPv4 address that it stands for, is of a special-purpose block."""
    address = meant_by(address)
    given_out = address.version == 4 or address in GLOBAL_UNICAST
    return given_out and not any(address in block for block in _BLOCKS)


def meant_by(address: Address) -> Address:
    """Return the IPv4 address to which a mapped (RFC 4291) or NAT64 (RFC 6052) one leads, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
