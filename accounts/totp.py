"""Time-based one-time passwords (RFC 6238) by `cryptography`, the only file that talks to it about them."""

import base64
import secrets
from collections.abc import Iterator
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.utils.crypto import constant_time_compare

SECRET_BYTES = 20  # RFC 4226 §4 R6
DIGITS = 6
STEP_SECONDS = 30
DRIFT = 1  # steps that a clock may be off (RFC 6238 §5.2)


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """Return the secret as people type it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the otpauth address that an authenticator app reads from a QR code.

    Apps split its label at the first colon, also at one that is encoded: the issuer has none.
    """
    return _totp(secret).get_provisioning_uri(account, " ".join(issuer.replace(":", " ").split()) or "-")


def matching_step(secret: bytes, code: str, *, at: datetime) -> int | None:
    """Return the time step that the code belongs to, one before or after `at` at most; None for a wrong code."""
    found = None
    for step in _steps(at):
        # All are compared, so that the time tells nothing.
        if constant_time_compare(_totp(secret).generate(step * STEP_SECONDS), code.encode()):
            found = step
    return found


def _steps(at: datetime) -> Iterator[int]:
    now = int(at.timestamp()) // STEP_SECONDS
    yield from range(now - DRIFT, now + DRIFT + 1)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  HMAC-SHA1, which every app reads
