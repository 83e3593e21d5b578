"""Secrets at rest: what must be read again is encrypted under IDENTITY_ENCRYPTION_KEYS."""

from base64 import urlsafe_b64decode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from common.errors import Unavailable


def encrypt(secret: bytes) -> bytes:
    """Under the newest key."""
    return _keys().encrypt(secret)


def decrypt(encrypted: bytes) -> bytes:
    """Unavailable when it was made under a key that is not there."""
    try:
        return _keys().decrypt(encrypted)
    except InvalidToken:
        raise _unreadable() from None


def encrypted_again(encrypted: bytes) -> bytes:
    """Return the same secret under the newest key."""
    try:
        return _keys().rotate(encrypted)
    except InvalidToken:
        raise _unreadable() from None


def derived_keys(purpose: str) -> list[bytes]:
    """Return 32 bytes for each of the keys, newest first, that no other purpose has (HKDF, RFC 5869)."""
    keys = [urlsafe_b64decode(key) for key in settings.IDENTITY_ENCRYPTION_KEYS]
    return [HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(key) for key in keys]


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.IDENTITY_ENCRYPTION_KEYS])


def _unreadable() -> Unavailable:
    return Unavailable(
        "secret_unreadable",
        "The secrets can't be read with IDENTITY_ENCRYPTION_KEYS: it lacks the key they were made under."
        " Bring that key back. If it is lost: docs/disaster.md.",
    )
