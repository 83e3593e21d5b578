"""The signing keys as this process holds them: parsed once, looked at again after a second.

Parsing an RSA key takes 30 ms and signing with it a quarter of one, so a parsed key stays as long as the process.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_private_key
from jwt import PyJWK

from common.encryption import decrypt
from common.errors import Unavailable
from tokens.models import SigningKey
from tokens.models.keys import State

STALE_AFTER = 1.0


@dataclass(frozen=True)
class Key:
    kid: str
    algorithm: str
    state: str
    public_jwk: Mapping[str, Any]

    @cached_property
    def public(self) -> Any:
        return _public(self.kid, tuple(sorted(self.public_jwk.items())))


class Keyring:
    """The published keys: those that sign, will sign, and have signed what is still alive."""

    def __init__(self, rows: Iterable[SigningKey]) -> None:
        self.read_at = time.monotonic()
        self.keys = {row.kid: Key(row.kid, row.algorithm, row.state, row.public_jwk) for row in rows}

    def get(self, kid: str) -> Key | None:
        return self.keys.get(kid)

    def signing(self, algorithm: str) -> Key:
        for key in self.keys.values():
            if key.state == State.ACTIVE and key.algorithm == algorithm:
                return key
        raise Unavailable("no_signing_key", "There is no key to sign with. Run: manage.py bootstrap")

    def jwks(self) -> dict[str, list[Mapping[str, Any]]]:
        return {"keys": [key.public_jwk for key in self.keys.values()]}


_held: Keyring | None = None


def current() -> Keyring:
    global _held
    # Another thread may forget() between any two lines: what is answered is never read from `_held` again.
    held = _held
    if held is None or time.monotonic() - held.read_at > STALE_AFTER:
        held = _held = _read()
    return held


def published() -> dict[str, list[Mapping[str, Any]]]:
    """Return the JWKS as it is now.

    A client that misses a new key in it would keep it for minutes, so that it is read anew.
    """
    return _read().jwks()


def _read() -> Keyring:
    keys = SigningKey.objects.exclude(state=State.RETIRED).defer("private_key_encrypted")
    return Keyring(keys.order_by("created_at", "kid"))


def forget() -> None:
    """Forget the keys that were read, because they changed in this process."""
    global _held
    _held = None


@lru_cache(maxsize=16)
def private(kid: str) -> Any:
    """Return the private half, decrypted and parsed. Answers a key object of `cryptography`."""
    encrypted = SigningKey.objects.values_list("private_key_encrypted", flat=True).get(pk=kid)
    secret = decrypt(bytes(encrypted))
    try:
        # It was validated when it was made; to do it again costs 30 ms.
        return load_der_private_key(secret, None, unsafe_skip_rsa_key_validation=True)
    except ValueError:
        sentence = (
            f"The signing key {kid} is damaged in the database. Restore it, or run: manage.py rotatekeys --emergency"
        )
        raise Unavailable("key_damaged", sentence) from None


@lru_cache(maxsize=32)
def _public(kid: str, jwk: tuple[tuple[str, Any], ...]) -> Any:
    return PyJWK(dict(jwk)).key
