"""No special-purpose block is public: addresses generated from the registries, in every form that leads there."""

import ipaddress
import random
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from common.connections import is_allowed, is_listed
from common.public_addresses import GLOBAL_UNICAST, SPECIAL_PURPOSE, Address, is_public

# The registries again, from RFC 6890 and its updates, finer than the product's table: what one forgets the other has.
REGISTERED_IPV4 = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.0.192/32 192.0.2.0/24 192.31.196.0/24
    192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 168.63.129.16/32
"""
REGISTERED_IPV6 = """
    ::1/128 ::/128 ::ffff:0:0:0/96 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128
    2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28
    2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
PUBLIC = [
    "93.184.215.14",
    "1.1.1.1",
    "191.255.255.255",
    "192.0.1.1",
    "198.17.0.1",
    "223.255.255.255",
    "2606:4700::1111",
]


def some_of(block: str) -> Iterator[Address]:
    """Both ends, and some between."""
    network = ipaddress.ip_network(block)
    chosen = random.Random(block)  # noqa: S311  the same at every run
    for offset in {0, network.num_addresses - 1, *(chosen.randrange(network.num_addresses) for _ in range(20))}:
        yield network[offset]


def leading_to(address: ipaddress.IPv4Address) -> list[ipaddress.IPv6Address]:
    """Mapped, compatible, translated, NAT64 of both prefixes, 6to4, and Teredo, which has it inverted at the end."""
    number = int(address)
    prefixes = ["::ffff:0:0", "::", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::"]
    there = [ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number) for prefix in prefixes]
    sixtofour = ipaddress.IPv6Address(0x2002 << 112 | number << 80 | 1)
    teredo = ipaddress.IPv6Address(0x20010000 << 96 | 0x5DB8D70E << 64 | number ^ 0xFFFFFFFF)
    return [*there, sixtofour, teredo]


@pytest.mark.parametrize("block", f"{REGISTERED_IPV4} {REGISTERED_IPV6}".split())
def test_no_address_of_a_special_purpose_block_is_public(settings: Settings, block: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []

    assert [str(address) for address in some_of(block) if is_allowed(address)] == []


@pytest.mark.parametrize("block", REGISTERED_IPV4.split())
def test_no_other_form_of_it_is_public(settings: Settings, block: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    forms = [form for address in some_of(block) for form in leading_to(ipaddress.IPv4Address(address))]

    assert [str(form) for form in forms if is_allowed(form)] == []


@pytest.mark.parametrize("block", SPECIAL_PURPOSE)
def test_what_lies_beside_a_block_is_public(block: str) -> None:
    network = ipaddress.ip_network(block)
    ends = [number for number in (int(network[0]) - 1, int(network[-1]) + 1) if 0 <= number < 2**network.max_prefixlen]
    beside: list[Address] = [
        (ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address)(n) for n in ends
    ]
    others = [ipaddress.ip_network(other) for other in SPECIAL_PURPOSE]
    given_out = [place for place in beside if place.version == 4 or place in GLOBAL_UNICAST]

    assert all(is_public(place) for place in given_out if not any(place in other for other in others))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public_and_through_nat64_too(address: str) -> None:
    place = ipaddress.ip_address(address)
    forms: list[Address] = [place, *(leading_to(place)[3:4] if isinstance(place, ipaddress.IPv4Address) else [])]

    assert all(is_public(form) for form in forms)


@pytest.mark.parametrize("bit", range(32, 96))
def test_nat64_has_one_prefix_of_96_bits(bit: int) -> None:
    """RFC 6052 §2.1; beside it lie prefixes that operators choose, which lead into their own networks."""
    number = int(ipaddress.IPv4Address("93.184.215.14")) | int(ipaddress.IPv6Address("64:ff9b::"))

    assert not is_public(ipaddress.IPv6Address(number | 1 << bit))


@pytest.mark.parametrize("bit", range(32))
def test_a_single_address_is_listed_by_each_of_its_bits(settings: Settings, bit: int) -> None:
    number = int(ipaddress.IPv4Address("10.1.2.3"))
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("10.1.2.3/32")]

    listed = [is_listed(leading_to(ipaddress.IPv4Address(n))[3]) for n in (number, number ^ 1 << bit)]

    assert listed == [True, False]


def test_a_listed_network_is_reached_in_the_forms_that_lead_there(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    mapped, compatible, translated, nat64, local_nat64, *tunnels = leading_to(ipaddress.IPv4Address("10.1.2.3"))

    assert is_listed(mapped) and is_listed(nat64)
    assert not any(is_allowed(form) for form in [compatible, translated, local_nat64, *tunnels])
