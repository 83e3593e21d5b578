"""What an identity provider may assert, by what was declared of it: whole values, never a part that looks like one."""

from itertools import product

import pytest

from access.assertions import Declared, Standing, Unmet, normal_domain, normal_group, standings
from common.actors import Name

CORP = "corp.com"
# Of a declared domain, what an attacker would have somebody take for it.
LOOK_ALIKES = [
    "evilcorp.com",
    "corp.com.evil.com",
    "sub.corp.com",
    "corp.co",
    "corp.comm",
    "corp-com.com",
    "xn--crp-0na.com",
    "com",
    "corp",
    "corp.com.",
    ".corp.com",
    "corp..com",
    "orp.com",
    "corp.com@evil.com",
    "",
]


@pytest.mark.parametrize("domain", [CORP, "CORP.com", "Corp.Com"])
def test_an_address_in_the_domain_is_covered(domain: str) -> None:
    assert Declared((CORP,)).covers("user", f"jane@{domain}")


@pytest.mark.parametrize("domain", LOOK_ALIKES)
def test_a_domain_that_only_looks_like_it_is_not(domain: str) -> None:
    assert not Declared((CORP,)).covers("user", f"jane@{domain}")


@pytest.mark.parametrize(
    ("domain", "covered"),
    [("sub.corp.com", True), ("a.b.corp.com", True), (CORP, False), ("evilcorp.com", False), (".corp.com", False)],
)
def test_subdomains_are_covered_where_they_are_declared(domain: str, covered: bool) -> None:
    assert Declared(("*.corp.com",)).covers("user", f"jane@{domain}") is covered


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("Corp.com", CORP),
        (" corp.com. ", CORP),
        ("*.Corp.com", "*.corp.com"),
        ("*", "*"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("*.münchen.de", "*.xn--mnchen-3ya.de"),
    ],
)
def test_a_domain_is_kept_in_the_form_that_addresses_have(given: str, normal: str) -> None:
    assert normal_domain(given) == normal


@pytest.mark.parametrize("given", ["", "corp", "*corp.com", "*.*.com", "a b.com", "jane@corp.com", "-a.com", "**"])
def test_what_is_no_domain_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail domain"):
        normal_domain(given)


@pytest.mark.parametrize("given", ["", " ", "a*b", "**", "*a", "a\nb", "x" * 201, "system:masters", "System:*"])
def test_what_is_no_group_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"group name|Kubernetes"):
        normal_group(given)


@pytest.mark.parametrize(
    ("declared", "covered", "named"),
    [("eng-*", True, True), ("eng-ml", True, True), ("*", True, False), ("Eng-*", False, False), ("eng", False, False)],
)
def test_groups_are_covered_by_name_by_prefix_or_all(declared: str, covered: bool, named: bool) -> None:
    one = Declared(group_names=(declared,))

    assert (one.covers("group", "eng-ml"), one.names_group("eng-ml")) == (covered, named)


def test_nothing_is_covered_where_nothing_is_declared() -> None:
    assert not any(Declared().covers(kind, name) for kind, name in product(("user", "group", "app"), ("a@b.com", "a")))


def test_an_account_is_no_more_privileged_than_who_can_open_it() -> None:
    by_hand = Name("group", "admins", "")

    (standing,) = standings("okta", [by_hand], {"okta": Declared(("*",), ("*",))})

    assert standing.unmet(("group", "admins"), rule_source="", leads=True) is Unmet.UNPRIVILEGED
    assert standing.unmet(("group", "admins"), rule_source="", leads=False) is None


def test_a_provider_that_is_gone_asserts_nothing() -> None:
    (standing,) = standings("okta", [Name("user", "a@b.com", "okta")], {})

    assert standing == Standing("okta", frozenset(), privileged=False)
