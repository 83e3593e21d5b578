"""Bound how large a token may grow on its way to an API server, and reckon how large one will be. Pure.

Whatever carries a request bounds its headers, and the bearer token is one line of them.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

# nginx large_client_header_buffers 4 8k and gunicorn limit_request_field_size: one line, with its name.
PROXY_LINE = 8 * 1024
# Half of that line: beside the token people's proxies add what they know of them.
BUDGET = PROXY_LINE // 2
WARN_FROM = BUDGET * 3 // 4

# More group names than that are no list that somebody keeps by hand.
MOST_GROUPS = 100

# Of RSA with 2048 bits, and of ECDSA on P-256 (RFC 7518 §3.3, §3.4).
SIGNATURE_BYTES = {"RS256": 256, "ES256": 64}
KID = "k" * 43  # an RFC 7638 thumbprint by SHA-256
# What signing adds of itself.
MOMENT = 1_700_000_000
SIGNED = {"exp": MOMENT, "iat": MOMENT, "nbf": MOMENT, "jti": "0" * 32}

# The only ASCII whose bits can give base64url a - or _, which standard base64 decoders drop or refuse.
_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in ">?~\x7f"})


class PlainJSON(json.JSONEncoder):
    """ASCII JSON that decodes with standard base64 too: the platform's own client does that."""

    def encode(self, o: Any) -> str:
        return super().encode(o).translate(_ESCAPED)


class Fit(StrEnum):
    FITS = "fits"
    LARGE = "large"
    TOO_LARGE = "too large"


def predicted_bytes(
    claims: Mapping[str, object], *, issuer: str, audience: str | list[str], algorithm: str = "RS256"
) -> int:
    """Return how many bytes an access token with these claims has, exactly, when it is signed."""
    header = {"alg": algorithm, "kid": KID, "typ": "at+jwt"}
    payload = {**SIGNED, "iss": issuer, "aud": audience, **claims}
    parts = (_written(header), _written(payload), SIGNATURE_BYTES[algorithm])
    return sum(_in_base64(part) for part in parts) + len("..")


def fit(size: int, *, groups: int) -> Fit:
    """Return the budget of a token of so many bytes that names so many groups."""
    if size > BUDGET or groups > MOST_GROUPS:
        return Fit.TOO_LARGE
    return Fit.LARGE if size >= WARN_FROM else Fit.FITS


def _written(value: Mapping[str, object]) -> int:
    return len(json.dumps(value, separators=(",", ":"), cls=PlainJSON))


def _in_base64(size: int) -> int:
    """Without padding (RFC 7515 §2)."""
    return (size * 4 + 2) // 3
