"""Find attributes that were sent under a similar or common name where the mapping finds none."""

import re
from collections.abc import Iterable
from dataclasses import asdict

from common.wording import Wording
from sso.mapping import Attributes, Mapping

# Common names in directories; SAML's URNs are OIDs of LDAP attributes (RFC 4519, RFC 4524, RFC 2307).
_OTHER_NAMES = {
    "email": ("mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:1.2.840.113549.1.9.1"),
    "first_name": ("givenname", "urn:oid:2.5.4.42"),
    "last_name": ("surname", "sn", "familyname", "urn:oid:2.5.4.4"),
    "groups": ("group", "memberof", "ismemberof", "role", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1"),
    "uid": ("uidnumber", "urn:oid:1.3.6.1.1.1.1.0"),
    "gid": ("gidnumber", "urn:oid:1.3.6.1.1.1.1.1"),
    "supplementary_groups": ("supplementarygid", "supplementarygroup"),
}
MOST = 3


def near_names(mapping: Mapping, attributes: Attributes) -> list[str]:
    """Return a sentence for each mapped attribute that is missing while one with a similar name was sent."""
    sentences: list[str] = []
    for field, name in asdict(mapping).items():
        if not name or name in attributes:
            continue
        near = _near(name, _OTHER_NAMES.get(field, ()), attributes)
        if near:
            there = ", ".join(near[:MOST])
            sentences.append(
                Wording(
                    "There is no attribute {name}, and there is {there}: is that the one to name in the mapping?",
                    name=name,
                    there=there,
                )
            )
    return sentences


def _near(name: str, others: tuple[str, ...], attributes: Iterable[str]) -> list[str]:
    meant = {_core(name), *map(_core, others)}
    return sorted(attribute for attribute in attributes if _core(attribute) in meant)


def _core(name: str) -> str:
    """Return the comparable part of a name: `group` of http://schemas.xmlsoap.org/claims/Groups. OIDs stay whole."""
    if name.startswith("urn:oid:"):
        return name
    last = re.split(r"[/:#]", name.rstrip("/:#"))[-1]
    return re.sub(r"[^a-z0-9]", "", last.casefold()).removesuffix("s")
