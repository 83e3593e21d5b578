"""SAML metadata: read from providers, written for ourselves."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from saml2.config import SPConfig
from saml2.metadata import do_key_descriptor, entity_descriptor

from common import certificates
from common.errors import Invalid
from common.wording import Wording
from sso.messages import is_address
from sso.models.providers import IdentityProvider
from sso.saml import sandbox
from sso.saml.values import BINDINGS, POST

LONGEST_ADDRESS = 2000
# Number of entity IDs that an error message lists.
MOST_NAMED = 20
NONE_THERE = "There is no KeyDescriptor with an X509Certificate."


@dataclass(frozen=True)
class ProviderMetadata:
    """A provider's metadata: the sign-in and sign-out address per binding, and the certificates in PEM.

    `left_out` holds a sentence for each unusable certificate. `valid_until` and `cache_seconds` are those of
    `Descriptor`; they are not stored with the rest.
    """

    entity_id: str
    sign_in: dict[str, str]
    sign_out: dict[str, str]
    certificates: list[str]
    answers_at: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    valid_until: str = ""
    cache_seconds: float | None = None

    @classmethod
    def of(cls, provider: IdentityProvider) -> "ProviderMetadata":
        return cls(**provider.peer)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_metadata(text: str, *, entity_id: str = "") -> ProviderMetadata:
    """Return the identity provider in this XML, or raise Invalid. `entity_id` picks one of a federation."""
    try:
        read = sandbox.ask("metadata", sandbox.METADATA, text=text, entity_id=entity_id)
    except sandbox.TooCostly as error:
        raise _bad(str(error)) from None
    if "problem" in read:
        raise _bad(read["problem"])
    if "several" in read:
        raise _several(read["several"], entity_id)
    descriptor = read["descriptor"]
    usable, left_out = _certificates(descriptor.pop("certificates"))
    places = {name: _usable_places(descriptor[name]) for name in ("sign_in", "sign_out", "answers_at")}
    times = {name: descriptor[name] for name in ("valid_until", "cache_seconds")}
    _require_valid(times["valid_until"])
    facts: dict[str, Any] = {**places, **times}
    peer = ProviderMetadata(descriptor["entity_id"], **facts, certificates=usable, left_out=left_out)
    if not peer.entity_id or len(peer.entity_id) > 1024:
        raise _bad(Wording("It has no entityID of at most 1024 characters."))
    if not peer.sign_in:
        raise _bad(Wording("It names no place to sign in by HTTP-Redirect or HTTP-POST."))
    if not peer.certificates:
        # Without a certificate nothing can be verified, so the metadata is useless.
        raise _bad(
            Wording(
                "It has no certificate for signing that can be used. {left_out}",
                left_out=Wording.joined(" ", left_out[:3]) or Wording(NONE_THERE),
            )
        )
    return peer


def _require_valid(until: str) -> None:
    end = datetime.fromisoformat(until) if until else None
    if end is not None and end <= timezone.now():
        raise _bad(
            Wording(
                "It was valid until {end} UTC (validUntil). Get the present one from the provider.",
                end=f"{end:%Y-%m-%d %H:%M:%S}",
            )
        )


def sp_config(provider: IdentityProvider) -> SPConfig:
    """Return pysaml2's description of us towards this provider. It has no keys: pysaml2 takes those from files."""
    endpoints = {
        "assertion_consumer_service": [
            {"binding": POST, "location": provider.redirect_uri, "index": 0, "is_default": "true"}
        ],
        "single_logout_service": [(provider.logout_uri, binding) for binding in BINDINGS],
    }
    service = {
        "endpoints": endpoints,
        "authn_requests_signed": True,
        "want_assertions_signed": True,
        "name_id_format": [provider.name_id_format],
    }
    config: SPConfig = SPConfig().load({"entityid": provider.entity_id, "service": {"sp": service}})
    return config


def write_metadata(config: SPConfig, *, active: str, published: Sequence[str]) -> str:
    """Write our metadata. `active` (PEM) signs; each of the `published` may be used to encrypt for us."""
    descriptor = entity_descriptor(config)
    encrypting = [active, *(one for one in published if one != active)]
    descriptor.spsso_descriptor.key_descriptor = do_key_descriptor(
        [_base64_of(pem) for pem in published], [_base64_of(pem) for pem in encrypting]
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{descriptor}'


def _usable_places(places: list[list[str]]) -> dict[str, str]:
    """Return the first usable address of each binding."""
    found: dict[str, str] = {}
    for binding, address in places:
        if is_address(address) and len(address) <= LONGEST_ADDRESS:
            found.setdefault(binding, address)
    return found


def _certificates(keys: list[list[str]]) -> tuple[list[str], list[str]]:
    """Return the PEM of each certificate that can verify a signature, and a sentence for each one left out.

    Of a chain only the first certificate is the provider's own: whoever holds a key of the rest issues certificates,
    and signs nobody in.
    """
    usable: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for number, text in ((number, text) for texts in keys for number, text in enumerate(texts, 1)):
        try:
            first, *chain = certificates.ders_in(text)
            usable[_verifying(first)] = None
        except certificates.UnreadableCertificate as why:
            left_out[Wording("Certificate {number} of a signing key is left out: {why}.", number=number, why=why)] = (
                None
            )
        else:
            if chain:
                left_out[
                    Wording(
                        "Certificate {number} is a chain: its first certificate is used, the rest left out.",
                        number=number,
                    )
                ] = None
    return list(usable), list(left_out)


def _verifying(der: bytes) -> str:
    """Return the certificate in PEM; raise Unreadable if it can verify no signature."""
    certificate = certificates.read_der(der)
    if certificate.weakness:
        raise certificates.UnreadableCertificate(certificate.weakness)
    return certificate.pem


def _base64_of(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def _several(able: list[str], entity_id: str) -> Invalid:
    there = ", ".join(able[:MOST_NAMED]) + (", …" if len(able) > MOST_NAMED else "")
    asked = Wording("None of them is {entity_id}. ", entity_id=entity_id) if entity_id else ""
    return Invalid(
        "several_providers",
        Wording(
            "This metadata describes {count} identity providers. {asked}Give the provider's entity ID, one of: {there}",
            count=len(able),
            asked=asked,
            there=there or Wording("none"),
        ),
        field="metadata_entity_id",
    )


def _bad(reason: str) -> Invalid:
    return Invalid("bad_metadata", Wording("This metadata can't be used. {reason}", reason=reason), field="metadata")
