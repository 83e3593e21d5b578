"""Read X.509 certificates that other people wrote. No exception of the library leaves this module."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from common.errors import MALFORMED
from common.wording import Wording

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 224  # as strong as RSA of 2048 (NIST SP 800-57 Part 1, table 2)
MOST_IN_ONE_TEXT = 100

_FAILURES = (*MALFORMED, UnsupportedAlgorithm, x509.InvalidVersion)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
# Tags of ASN.1 (X.690 §8.1.2): a SEQUENCE that begins with an OBJECT IDENTIFIER is no certificate but PKCS #7.
_SEQUENCE, _OBJECT_IDENTIFIER = 0x30, 0x06


class UnreadableCertificate(Exception):
    """The message says, in half a sentence, why a certificate can't be read or used."""


@dataclass(frozen=True)
class Certificate:
    """A certificate that was read. `subject` is RFC 4514 text, `fingerprint` SHA-256 in hexadecimal with colons."""

    pem: str
    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    weakness: str
    """Why nothing may be verified with its key; empty for a key that is good enough."""


def read_der(der: bytes) -> Certificate:
    """Read one certificate, or raise Unreadable."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return Certificate(
            pem=certificate.public_bytes(Encoding.PEM).decode(),
            subject=_subject(certificate),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":"),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            weakness=_weakness(certificate),
        )
    except _FAILURES:
        raise UnreadableCertificate(_what_it_is(der)) from None


def read_pem(pem: str) -> Certificate:
    """Read the first certificate of a PEM text, or raise Unreadable."""
    return read_der(_certificates_in_pem(pem)[0])


def read_all(text: str) -> list[Certificate]:
    """Read every certificate of a PEM bundle, in its order; Unreadable when one of them can't be read."""
    return [read_der(der) for der in _certificates_in_pem(text)]


def ders_in(text: str) -> list[bytes]:
    """Decode the content of `ds:X509Certificate`: base64 DER (XML Signature §4.5.4.1), or PEM, which some write there.

    Raise Unreadable for anything else.
    """
    if "-----BEGIN" in text:
        return _certificates_in_pem(text)
    return [_base64(text)]


def describe_pem(pem: str) -> Certificate:
    """Read a certificate for display; one that can't be read is described instead of refused."""
    try:
        return read_pem(pem)
    except UnreadableCertificate as why:
        return Certificate(pem, f"unreadable: {why}", "", datetime.min.replace(tzinfo=UTC), _NEVER, str(why))


_NEVER = datetime.max.replace(tzinfo=UTC)


def _certificates_in_pem(text: str) -> list[bytes]:
    blocks = _PEM.findall(text)[: MOST_IN_ONE_TEXT + 1]
    if not blocks:
        raise UnreadableCertificate("there is no PEM block that begins with -----BEGIN CERTIFICATE-----")
    if len(blocks) > MOST_IN_ONE_TEXT:
        raise UnreadableCertificate(Wording("there are more than {most} certificates", most=MOST_IN_ONE_TEXT))
    others = sorted({label for label, _ in blocks if label not in ("CERTIFICATE", "X509 CERTIFICATE")})
    if others:
        raise UnreadableCertificate(Wording("it contains a {others}, and not only certificates", others=others[0]))
    return [_base64(body) for _, body in blocks]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableCertificate("it is not base64") from None


def _subject(certificate: x509.Certificate) -> str:
    """Return the name for display only: one that can't be read is no reason to refuse the key."""
    try:
        return certificate.subject.rfc4514_string()
    except _FAILURES:
        return "a subject that can't be read"


def _weakness(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return "its key is of a kind or curve that is not supported"
    except _FAILURES:
        return "its key can't be read"
    if isinstance(key, rsa.RSAPublicKey):
        return (
            ""
            if key.key_size >= LEAST_RSA_BITS
            else Wording("its RSA key has {size} bits, fewer than 2048", size=key.key_size)
        )
    if isinstance(key, ec.EllipticCurvePublicKey):
        few = key.key_size < LEAST_EC_BITS
        return (
            Wording(
                "its EC key has {size} bits, fewer than {least}",
                size=key.key_size,
                least=LEAST_EC_BITS,
            )
            if few
            else ""
        )
    return "its key is neither RSA nor EC"


def _what_it_is(der: bytes) -> str:
    if not der:
        return "it is empty"
    content = 2 + (der[1] & 0x7F if len(der) > 1 and der[1] & 0x80 else 0)
    if der[0] == _SEQUENCE and der[content : content + 1] == bytes([_OBJECT_IDENTIFIER]):
        return "it is a PKCS #7 file, which is not a certificate: export the certificate alone"
    return "it is not an X.509 certificate"
