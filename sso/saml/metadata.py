"""SAML metadata, of providers (read) and of ourselves (written)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from saml2 import md
from saml2.xmldsig import KeyInfo, X509Certificate, X509Data

from common import certificates
from common.errors import Invalid
from sso.models.providers import IdentityProvider
from sso.saml.profile import METADATA, check
from sso.saml.reading import Element, Unreadable, parse, tag

MOST_BYTES = 5 * 1024 * 1024
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
BINDINGS = (REDIRECT, POST)
# Entity IDs that a refusal lists.
MOST_NAMED = 20
NONE_THERE = "There is no KeyDescriptor with an X509Certificate."


@dataclass(frozen=True)
class Peer:
    """A provider as its metadata describes it: where it signs in and out by each binding, its certificates in PEM.

    `left_out` holds a sentence for each certificate that can't be used.
    """

    entity_id: str
    sign_in: dict[str, str]
    sign_out: dict[str, str]
    certificates: list[str]
    answers_at: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, provider: IdentityProvider) -> "Peer":
        return cls(**provider.peer)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_metadata(text: str, *, entity_id: str = "") -> Peer:
    """The identity provider in this XML; Invalid with what is missing. Of a federation's, the one with `entity_id`."""
    try:
        root = parse(text.encode(), most=MOST_BYTES, comments=True)
        check(root, METADATA)
    except Unreadable as error:
        raise _bad(str(error)) from None
    descriptor = _entity(root, entity_id)
    role = descriptor.find(tag("md:IDPSSODescriptor"))
    if role is None:
        raise _bad("It describes no identity provider: there is no IDPSSODescriptor. Is it a service provider's?")
    usable, left_out = _certificates(role)
    peer = Peer(
        entity_id=descriptor.get("entityID", ""),
        sign_in=_endpoints(role, "md:SingleSignOnService", "Location"),
        sign_out=_endpoints(role, "md:SingleLogoutService", "Location"),
        answers_at=_endpoints(role, "md:SingleLogoutService", "ResponseLocation"),
        certificates=usable,
        left_out=left_out,
    )
    if not peer.entity_id or len(peer.entity_id) > 1024:
        raise _bad("It has no entityID of at most 1024 characters.")
    if not peer.sign_in:
        raise _bad("It names no place to sign in by HTTP-Redirect or HTTP-POST.")
    if not peer.certificates:
        # Without one, nothing could be verified: never a reason to believe everything.
        raise _bad(f"It has no certificate for signing that can be used. {' '.join(left_out[:3]) or NONE_THERE}")
    return peer


def write_metadata(provider: IdentityProvider, *, active: str, published: Sequence[str]) -> str:
    """Ours towards this provider. `active` (PEM) signs; each of the `published` may be used to encrypt for us."""
    keys = [_key_descriptor(pem, "signing") for pem in published]
    keys += [_key_descriptor(pem, "encryption") for pem in (active, *(one for one in published if one != active))]
    descriptor = md.EntityDescriptor(
        entity_id=provider.entity_id,
        spsso_descriptor=md.SPSSODescriptor(
            protocol_support_enumeration=PROTOCOL,
            authn_requests_signed="true",
            want_assertions_signed="true",
            key_descriptor=keys,
            single_logout_service=[
                md.SingleLogoutService(binding=binding, location=provider.logout_uri) for binding in BINDINGS
            ],
            name_id_format=[md.NameIDFormat(text=provider.name_id_format)],
            assertion_consumer_service=[
                md.AssertionConsumerService(binding=POST, location=provider.redirect_uri, index="0", is_default="true")
            ],
        ),
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{descriptor}'


def _entity(root: Element, entity_id: str) -> Element:
    if root.tag == tag("md:EntityDescriptor"):
        return root
    if root.tag != tag("md:EntitiesDescriptor"):
        raise _bad("It is not SAML metadata: it begins with neither EntityDescriptor nor EntitiesDescriptor.")
    able = {
        one.get("entityID", ""): one
        for one in root.iter(tag("md:EntityDescriptor"))
        if one.find(tag("md:IDPSSODescriptor")) is not None
    }
    if entity_id in able:
        return able[entity_id]
    if len(able) != 1 or entity_id:
        there = ", ".join(sorted(able)[:MOST_NAMED]) + (", …" if len(able) > MOST_NAMED else "")
        asked = f"None of them is {entity_id}. " if entity_id else ""
        raise Invalid(
            "several_providers",
            f"This metadata describes {len(able)} identity providers. {asked}Give the provider's entity ID, one of: "
            f"{there or 'none'}",
            field="metadata_entity_id",
        )
    return next(iter(able.values()))


def _endpoints(role: Element, name: str, attribute: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for endpoint in role.findall(tag(name)):
        binding, location = endpoint.get("Binding", ""), endpoint.get(attribute, "")
        if binding in BINDINGS and location.startswith(("https://", "http://")) and len(location) <= 2000:
            found.setdefault(binding, location)
    return found


def _certificates(role: Element) -> tuple[list[str], list[str]]:
    """Return the PEM of each certificate that can verify a signature, and a sentence for each one left out.

    A KeyDescriptor without `use` is for signing and encryption (Metadata §2.4.1.1). Of a chain only the first
    certificate is the provider's own: whoever holds a key of the rest issues certificates, and signs nobody in.
    """
    usable: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for key in role.findall(tag("md:KeyDescriptor")):
        if key.get("use", "signing") != "signing":
            continue
        for number, node in enumerate(key.iter(tag("ds:X509Certificate")), 1):
            try:
                first, *chain = certificates.ders_in(node.text or "")
                usable[_verifying(first)] = None
            except certificates.Unreadable as why:
                left_out[f"Certificate {number} of a signing key is left out: {why}."] = None
            else:
                if chain:
                    left_out[f"Certificate {number} is a chain: its first certificate is used, the rest left out."] = (
                        None
                    )
    return list(usable), list(left_out)


def _verifying(der: bytes) -> str:
    """Return the PEM of this certificate; Unreadable when nothing can be verified by it."""
    certificate = certificates.read_der(der)
    if certificate.weakness:
        raise certificates.Unreadable(certificate.weakness)
    return certificate.pem


def _key_descriptor(pem: str, use: str) -> md.KeyDescriptor:
    body = "".join(line for line in pem.splitlines() if "-----" not in line)
    data = X509Data(x509_certificate=X509Certificate(text=body))
    return md.KeyDescriptor(use=use, key_info=KeyInfo(x509_data=data))


def _bad(reason: str) -> Invalid:
    return Invalid("bad_metadata", f"This metadata can't be used. {reason}", field="metadata")
