"""An administrator reads why a signature was not accepted; and a logout request can be replayed for a bounded time."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from sso.check_log import CheckLog, SignInRefused
from sso.messages import Incoming
from sso.saml.reader.logout import read_logout_request
from sso.saml.values import LogoutRequest
from tests.sso import alone
from tests.sso.idp_keys import key
from tests.sso.signing import NAMES, sign_here

MOMENT, SKEW, HOUR = timedelta(microseconds=1), timedelta(seconds=60), timedelta(hours=1)


def of_a_stranger(change: Callable[[Any], object] = lambda root: None) -> bytes:
    """Change what no signature covers: the key's description, and the names of algorithms."""
    root = etree.fromstring(alone.genuine(key=key("stranger")))
    change(root)
    return bytes(etree.tostring(root))


def certificate(text: str) -> Callable[[Any], object]:
    return lambda root: setattr(root.find(".//ds:X509Certificate", NAMES), "text", text)


def without_certificate(root: Any) -> None:
    info = root.find(".//ds:KeyInfo", NAMES)
    info.getparent().remove(info)


def method(algorithm: str) -> Callable[[Any], object]:
    return lambda root: root.find(".//ds:SignatureMethod", NAMES).set("Algorithm", algorithm)


def without_signature(root: Any) -> None:
    signature = root.find(".//ds:Signature", NAMES)
    signature.getparent().remove(signature)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_signature, "It is not signed."),
        (certificate("AAAA"), "It names the certificate 70:9e:80:c8:84:87"),
        (certificate("%%%"), "It names a certificate that can't be read."),
        (without_certificate, "It names no certificate."),
        (method("urn:weak"), "The signature method is not accepted: urn:weak."),
        (method(""), "The signature method is not accepted: none."),
    ],
)
def test_it_says_what_is_wrong(change: Callable[[Any], object], says: str) -> None:
    code, detail = alone.judged(of_a_stranger(change))

    assert code == "bad_signature"
    assert says in detail


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_it_shows_three_certificates_of_the_metadata_at_most(count: int) -> None:
    _, detail = alone.judged(of_a_stranger(), certificates=[key().pem.decode()] * count)

    _, _, there = detail.partition("The metadata has ")
    assert there.count(", ") + 1 == max(1, min(count, 3))
    assert there.startswith("none") is (count == 0)


def logout_request(issued: datetime) -> bytes:
    attributes = {"ID": "_1", "Version": "2.0", "IssueInstant": f"{issued:%Y-%m-%dT%H:%M:%SZ}"}
    root = etree.Element(f"{{{NAMES['samlp']}}}LogoutRequest", attributes, nsmap=NAMES)
    etree.SubElement(root, f"{{{NAMES['saml']}}}Issuer").text = alone.expected().issuer
    etree.SubElement(root, f"{{{NAMES['saml']}}}NameID").text = "jane"
    return sign_here(root)


def read(message: bytes, now: datetime) -> LogoutRequest | None:
    incoming = Incoming("SAMLRequest", field=base64.b64encode(message).decode())
    try:
        return read_logout_request(incoming, alone.expected(now=now), CheckLog())
    except SignInRefused:
        return None


@pytest.mark.parametrize("after", [-SKEW, timedelta(), HOUR + SKEW - MOMENT])
def test_a_logout_request_is_remembered_for_as_long_as_it_would_be_accepted(after: timedelta) -> None:
    issued = datetime.now(UTC).replace(microsecond=0)
    message = logout_request(issued)

    found = read(message, issued + after)

    assert found is not None
    assert read(message, datetime.fromisoformat(found.usable_until)) is None
