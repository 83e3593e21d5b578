"""Secrets at rest: what must be read again is encrypted under IDENTITY_ENCRYPTION_KEYS."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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
    """The same secret under the newest key."""
    try:
        return _keys().rotate(encrypted)
    except InvalidToken:
        raise _unreadable() from None


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.IDENTITY_ENCRYPTION_KEYS])


def _unreadable() -> Unavailable:
    return Unavailable(
        "secret_unreadable",
        "The secrets can't be read with IDENTITY_ENCRYPTION_KEYS: it lacks the key they were made under.",
    )
