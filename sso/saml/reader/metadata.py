"""SAML metadata (Metadata §2.4): the used parts of one identity provider, as written."""

from dataclasses import dataclass
from datetime import datetime

from common.wording import Wording
from sso.saml.reader.parts import uri
from sso.saml.reader.profile import METADATA, check
from sso.saml.reader.times import NotATime, read_duration, read_end
from sso.saml.reader.xml import Element, parse, tag
from sso.saml.values import BINDINGS

MOST_BYTES = 5 * 1024 * 1024


class UnusableMetadata(Exception):
    """The metadata describes no identity provider. The message says why."""


class SeveralProviders(Exception):
    """The metadata describes several providers (`entity_ids`), and not the requested one."""

    def __init__(self, entity_ids: list[str]) -> None:
        super().__init__(entity_ids)
        self.entity_ids = entity_ids


@dataclass(frozen=True)
class Descriptor:
    """`sign_in`, `sign_out` and `answers_at` are pairs of a binding and an address.

    `certificates` has a list of ds:X509Certificate texts for each signing key. Neither is checked yet. After
    `valid_until` (ISO 8601) it must not be used; empty if it has no end. `cache_seconds` is how long it may be kept
    without being read again, None if that is not said.
    """

    entity_id: str
    sign_in: list[tuple[str, str]]
    sign_out: list[tuple[str, str]]
    answers_at: list[tuple[str, str]]
    certificates: list[list[str]]
    valid_until: str
    cache_seconds: float | None


def read_descriptor(text: str, *, entity_id: str = "") -> Descriptor:
    """Return the identity provider in this XML, or of several the one with `entity_id`; raise what is defined above."""
    root = parse(text.encode(), most=MOST_BYTES, comments=True)
    check(root, METADATA)
    descriptor = _entity(root, entity_id)
    role = descriptor.find(tag("md:IDPSSODescriptor"))
    if role is None:
        raise UnusableMetadata(
            "It describes no identity provider: there is no IDPSSODescriptor. Is it a service provider's?"
        )
    around = [role, *role.iterancestors()]
    return Descriptor(
        entity_id=uri(descriptor.get("entityID", "")),
        sign_in=_endpoints(role, "md:SingleSignOnService", "Location"),
        sign_out=_endpoints(role, "md:SingleLogoutService", "Location"),
        answers_at=_endpoints(role, "md:SingleLogoutService", "ResponseLocation"),
        certificates=_certificates(role),
        valid_until=_valid_until(around),
        cache_seconds=_cache_seconds(around),
    )


def _valid_until(around: list[Element]) -> str:
    """Return the first of the ends: that of an element is also one of what it contains (Metadata §2.3.1, §2.3.2)."""
    ends: list[datetime] = []
    for text in (text for element in around if (text := element.get("validUntil")) is not None):
        try:
            end = read_end(text)
        except NotATime as error:
            raise UnusableMetadata(Wording("validUntil {error}", error=error)) from None
        if end is not None:
            ends.append(end)
    return min(ends).isoformat() if ends else ""


def _cache_seconds(around: list[Element]) -> float | None:
    """Return the shortest cacheDuration. One that can't be read is left out: it only asks to read more often."""
    read = [read_duration(element.get("cacheDuration", "")) for element in around]
    return min((one.total_seconds() for one in read if one is not None), default=None)


def _entity(root: Element, entity_id: str) -> Element:
    if root.tag == tag("md:EntityDescriptor"):
        return root
    if root.tag != tag("md:EntitiesDescriptor"):
        raise UnusableMetadata(
            "It is not SAML metadata: it begins with neither EntityDescriptor nor EntitiesDescriptor."
        )
    able: dict[str, list[Element]] = {}
    for one in root.iter(tag("md:EntityDescriptor")):
        if one.find(tag("md:IDPSSODescriptor")) is not None:
            able.setdefault(uri(one.get("entityID", "")), []).append(one)
    if entity_id not in able and (entity_id or len(able) != 1):
        raise SeveralProviders(sorted(able))
    chosen = able[entity_id] if entity_id in able else next(iter(able.values()))
    if len(chosen) > 1:
        raise UnusableMetadata("It describes this provider more than once, and may name other keys each time.")
    return chosen[0]


def _endpoints(role: Element, name: str, attribute: str) -> list[tuple[str, str]]:
    found = [(uri(one.get("Binding", "")), uri(one.get(attribute, ""))) for one in role.findall(tag(name))]
    return [(binding, location) for binding, location in found if binding in BINDINGS]


def _certificates(role: Element) -> list[list[str]]:
    """Return the texts of signing certificates. A KeyDescriptor without `use` is for both uses (Metadata §2.4.1.1)."""
    return [
        [node.text or "" for node in key.iter(tag("ds:X509Certificate"))]
        for key in role.findall(tag("md:KeyDescriptor"))
        if key.get("use", "signing") == "signing"
    ]
