"""The hash under which random secrets are stored and found. Pure."""

from hashlib import sha256


def sha256_of(text: str) -> str:
    """Return the SHA-256 digest in hexadecimal. A secret of 256 random bits needs no slow hash: nobody can guess it."""
    return sha256(text.encode()).hexdigest()
