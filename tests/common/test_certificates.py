"""Certificates as other people write them: read, or described for what they are."""

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import load_der_x509_certificate

from common import certificates
from common.certificates import UnreadableCertificate
from tests.attacks.edges import CERTIFICATE, ODD_CURVE
from tests.sso.idp_keys import key

PEM = key().pem.decode()
OTHER_PEM = key("other").pem.decode()
# Of ASN.1: each kind of string, and what is none of them.
TAGS = (0x00, 0x01, 0x02, 0x03, 0x05, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1C, 0x1E, 0x30, 0x31, 0xA0, 0xFF)


def altered() -> Iterator[bytes]:
    """Every byte before the key, which has the version, names and dates, replaced by every tag."""
    for der in (CERTIFICATE, ODD_CURVE):
        for position in range(min(170, len(der))):
            for tag in TAGS:
                yield der[:position] + bytes([tag]) + der[position + 1 :]


def outcome(der: bytes) -> str:
    try:
        return certificates.read_der(der).weakness or "usable"
    except UnreadableCertificate as why:
        return str(why)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_an_altered_certificate_is_read_or_refused_in_words() -> None:
    assert {outcome(der) for der in altered()} == {
        "usable",
        "its key is of a kind or curve that is not supported",
        "its key can't be read",
        "it is not an X.509 certificate",
    }


def test_a_subject_that_is_not_utf_8_takes_nothing_away() -> None:
    at = CERTIFICATE.index(b"idp", CERTIFICATE.index(b"idp") + 1)
    odd = CERTIFICATE[:at] + b"\xff\xfe\xff" + CERTIFICATE[at + 3 :]

    read = certificates.read_der(odd)

    assert read.subject == "a subject that can't be read"
    assert not read.weakness and read.fingerprint


def test_it_names_what_is_no_certificate() -> None:
    seven = pkcs7.serialize_certificates([load_der_x509_certificate(CERTIFICATE)], Encoding.DER)

    assert "PKCS #7" in outcome(seven)
    assert outcome(b"") == "it is empty"
    assert outcome(b"0") == "it is not an X.509 certificate"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no PEM block"),
        ("MIIC", "no PEM block"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", "not base64"),
        ("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----", "it is empty"),
        (PEM.replace("CERTIFICATE", "PUBLIC KEY"), "a PUBLIC KEY"),
        (PEM + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "a PRIVATE KEY"),
        (PEM.replace("-----END", "-----ENB"), "no PEM block"),
        (PEM * 101, "more than 100"),
    ],
    ids=lambda value: value[:30] if "CERT" not in value else "PEM",
)
def test_it_says_why_a_bundle_can_not_be_read(text: str, why: str) -> None:
    with pytest.raises(UnreadableCertificate, match=why):
        certificates.read_all(text)


def test_it_reads_every_certificate_of_a_bundle() -> None:
    read = certificates.read_all(f"Our CA\n{PEM}\n# and the old one\n{OTHER_PEM}")

    assert [one.subject for one in read] == ["CN=idp", "CN=other"]


@pytest.mark.parametrize(
    "text",
    [base64.b64encode(CERTIFICATE).decode(), f"\n  {key().body[:64]}\n  {key().body[64:]}\n", PEM, f"\n{PEM}\n"],
    ids=["one line", "wrapped", "PEM", "PEM with white space"],
)
def test_it_decodes_the_content_of_x509certificate(text: str) -> None:
    assert certificates.ders_in(text) == [CERTIFICATE]
