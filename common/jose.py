"""JSON Web Keys that other people wrote (RFC 7517), and the `typ` of their tokens.

No exception of PyJWT or cryptography leaves by way of them.
"""

from collections.abc import Collection, Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from common.errors import MALFORMED

LEAST_RSA_BITS = 2048
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 §6.2.2, §6.3.2 and §6.4

# Whatever PyJWT raises at a key or a token that a stranger wrote: its own errors, and those of what it calls.
FAILURES = (jwt.PyJWTError, UnsupportedAlgorithm, *MALFORMED)


class UnusableKey(Exception):
    """The message says, in half a sentence, why no signature is verified by this key."""


def public_key(jwk: Mapping[str, Any], *, algorithm: str | None = None) -> jwt.PyJWK:
    """Read a JWK, for `algorithm` where the key names none (RFC 7517 §4.4); UnusableKey when it can't be or is weak."""
    if PRIVATE_MEMBERS & jwk.keys():
        raise UnusableKey("has private members, so that whoever reads it can sign")
    try:
        key = jwt.PyJWK(dict(jwk), algorithm=algorithm)
    except FAILURES:
        raise UnusableKey("can't be read as a JWK (RFC 7517)") from None
    if is_weak(key):
        raise UnusableKey(f"is shorter than {LEAST_RSA_BITS} bits")
    return key


def is_weak(key: jwt.PyJWK) -> bool:
    return isinstance(key.key, RSAPublicKey) and key.key.key_size < LEAST_RSA_BITS


def is_of_type(header: Mapping[str, Any], types: Collection[str]) -> bool:
    """Return True if `typ` (RFC 7515 §4.1.9) is one of these, in lower case without `application/`; "" is for none.

    A token of another kind that the same key signed is not taken for this one (RFC 8725 §3.11).
    """
    typ = header.get("typ")
    if typ is None:
        return "" in types
    return isinstance(typ, str) and typ.lower().removeprefix("application/") in types
