"""PEM certificates (RFC 7468), read with what the standard library has: OpenSSL, behind ssl."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
import textwrap

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----")
MOST = 50
LONGEST = 16 * 1024  # characters of one certificate


class NoCertificates(Exception):
    """The text is not made of certificates; the exception says why."""


def certificates(text: str) -> list[str]:
    """Each certificate in `text` as PEM written anew, without what else was there; NoCertificates if one is none."""
    found = [_certificate(label, body) for label, body in BLOCK.findall(text)]
    if not 0 < len(found) <= MOST or text.count("-----BEGIN") != len(found):
        raise NoCertificates("it is not made of 1 to 50 PEM certificates")
    return found


def _certificate(label: str, body: str) -> str:
    if label != "CERTIFICATE":
        raise NoCertificates(f"it holds a {label}")
    try:
        if len(body) > LONGEST:
            raise ValueError
        der = base64.b64decode("".join(body.split()), validate=True)
        _check_alone(der)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except (binascii.Error, ValueError, ssl.SSLError):
        raise NoCertificates("one of its certificates can't be read") from None
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def _check_alone(der: bytes) -> None:
    """ValueError unless it is one DER sequence to its end: OpenSSL would read on, and take what follows too."""
    first = der[1] if len(der) > 1 else 0
    octets = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else first
    if der[:1] != b"\x30" or 2 + octets + length != len(der):
        raise ValueError
