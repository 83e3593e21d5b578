"""The door to JSON Web Tokens: simplejwt's tokens over our keyring. Nobody else signs or parses one."""

import base64
import binascii
import hashlib
import re
import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_encode
from rest_framework.exceptions import ParseError
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.tokens import Token

from common import parsers
from common.errors import Unauthenticated
from tokens import keyring
from tokens.budget import PlainJSON
from tokens.claims import Claims

LONGEST = 16 * 1024
ACCESS = "at+jwt"  # RFC 9068 §2.1
ID = "JWT"
LOGOUT = "logout+jwt"  # OpenID Connect Back-Channel Logout §2.4
MOMENTS = ("exp", "iat", "nbf", "auth_time")
SKEW = 10  # seconds by which the clocks of replicas may differ
END_OF_TIME = 253_402_300_800  # the year 10000, where datetime ends
LONGEST_USUAL_HEADER = 200
SEGMENTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")  # RFC 7515 §3.1, without padding (§2)
ALGORITHMS = get_default_algorithms()
JSON = PlainJSON(separators=(",", ":"))
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti")


class KeyringBackend(TokenBackend):
    """simplejwt's backend with a key by its `kid`, and none of the choices left to the token."""

    def __init__(self, typ: str, algorithm: str = "RS256") -> None:
        super().__init__(algorithm, issuer=settings.ISSUER, json_encoder=PlainJSON)
        self.typ = typ

    def encode(self, payload: dict[str, Any]) -> str:
        key = keyring.current().signing(self.algorithm)
        # As PyJWT's own `encode` writes it, which makes the header and an encoder of JSON anew each time.
        signed = f"{_encoded_header(**self._header(key))}.{_encoded(JSON.encode(payload))}"
        signature = ALGORITHMS[key.algorithm].sign(signed.encode("ascii"), keyring.private(key.kid))
        return f"{signed}.{base64url_encode(signature).decode('ascii')}"

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """Return the claims of a token that we signed as this `typ`; the audience is the caller's.

        Without `verify` it may have expired: everything else is checked all the same.
        """
        head, payload, signature = _segments(token)
        header = _header(head)
        key = keyring.current().get(str(header.get("kid")))
        # Whole, so that crit, jwk, jku, x5u, b64, zip and whatever comes next are refused without being looked at.
        if key is None or header != self._header(key):
            raise TokenBackendError("not one of our tokens")
        signed = f"{head}.{payload}".encode("ascii")
        # PyJWT's own `decode` reads each segment letter by letter in Python and parses the claims a second time.
        if not ALGORITHMS[key.algorithm].verify(signed, key.public, _decoded(signature)):
            raise TokenBackendError("its signature is not ours")
        claims = _parsed(payload)
        _refuse_oddities(claims)
        _refuse_out_of_time(claims, verify_exp=verify)
        return claims

    def _header(self, key: keyring.Key) -> dict[str, str]:
        return {"alg": key.algorithm, "kid": key.kid, "typ": self.typ}


class AccessToken(Token):
    token_type = "access"  # noqa: S105  simplejwt's word for a kind
    lifetime = settings.ACCESS_TOKEN_LIFETIME
    typ = ACCESS


class IDToken(Token):
    token_type = "id"  # noqa: S105  simplejwt's word for a kind
    lifetime = settings.ACCESS_TOKEN_LIFETIME
    typ = ID


class LogoutToken(Token):
    token_type = "logout"  # noqa: S105  simplejwt's word for a kind
    lifetime = settings.LOGOUT_TOKEN_LIFETIME
    typ = LOGOUT


def sign(
    kind: type[AccessToken | IDToken | LogoutToken],
    claims: Claims,
    *,
    audience: str | list[str],
    lifetime: timedelta,
    algorithm: str = "RS256",
) -> str:
    token = kind()
    del token["token_type"]  # the header's `typ` says it (RFC 8725 §3.11)
    token.set_exp(lifetime=lifetime)
    for name, value in {"iss": settings.ISSUER, "aud": audience, "nbf": token["iat"] - SKEW, **claims}.items():
        token[name] = value
    return _backend(kind.typ, algorithm).encode(token.payload)


def read_for_anybody(raw: str) -> Claims:
    """Return the claims of a valid access token, whatever its audience: for those who then judge that themselves."""
    try:
        claims: Claims = _backend(ACCESS).decode(raw)
    except TokenBackendError as error:
        raise Unauthenticated("invalid_token", "The access token is not valid, or no longer.", why=str(error)) from None
    return claims


def read_hint(raw: str) -> Claims:
    """Return what an ID token of ours says, expired or not: a hint of who is meant, and never a credential."""
    try:
        claims: Claims = _backend(ID).decode(raw, verify=False)
    except TokenBackendError as error:
        raise Unauthenticated(
            "invalid_id_token_hint", "The id_token_hint is not one of ours.", why=str(error)
        ) from None
    return claims


def audiences_of(claims: Claims) -> list[str]:
    named = claims["aud"]
    return [str(name) for name in named] if isinstance(named, list) else [str(named)]


def half_hash(value: str) -> str:
    """`at_hash` (OpenID Connect Core §3.1.3.6), for algorithms whose hash is SHA-256."""
    digest = hashlib.sha256(value.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@lru_cache
def _backend(typ: str, algorithm: str = "RS256") -> KeyringBackend:
    return KeyringBackend(typ, algorithm)


@lru_cache(maxsize=64)
def _encoded_header(**names: str) -> str:
    return _encoded(JSON.encode(names))


def _encoded(text: str) -> str:
    return base64url_encode(text.encode("ascii")).decode("ascii")


def _segments(token: Any) -> tuple[str, str, str]:
    found = SEGMENTS.fullmatch(token) if isinstance(token, str) and len(token) <= LONGEST else None
    if found is None:
        raise TokenBackendError("not a signed JWT")
    return found[1], found[2], found[3]


def _header(segment: str) -> dict[str, Any]:
    """Return the header, parsed once: those of our tokens differ by key and kind alone."""
    return _usual_header(segment) if len(segment) <= LONGEST_USUAL_HEADER else _parsed(segment)


def _parsed(segment: str) -> dict[str, Any]:
    """Return the JSON object of a segment, which nobody can read in another way."""
    try:
        value = parsers.loads(_decoded(segment))
    except ParseError:
        raise TokenBackendError("not a signed JWT") from None
    if not isinstance(value, dict):
        raise TokenBackendError("not a signed JWT")
    return value


@lru_cache(maxsize=64)
def _usual_header(segment: str) -> dict[str, Any]:
    return _parsed(segment)


def _decoded(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise TokenBackendError("not a signed JWT") from None


def _refuse_oddities(claims: dict[str, Any]) -> None:
    """Refuse claims that are missing or of another type than RFC 9068 and OpenID Connect Core give them."""
    for name in REQUIRED:
        if claims.get(name) is None:
            raise TokenBackendError("a claim is missing")
    for name in MOMENTS:
        if name in claims and not (type(claims[name]) is int and 0 <= claims[name] < END_OF_TIME):
            raise TokenBackendError("its times are not whole numbers")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenBackendError("it has no subject")
    if not isinstance(claims["jti"], str):
        raise TokenBackendError("its id is not a string")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not all(isinstance(name, str) for name in named):
        raise TokenBackendError("its audience is not a string or a list of them")
    if claims["iss"] != settings.ISSUER:
        raise TokenBackendError("it is of another issuer")


def _refuse_out_of_time(claims: dict[str, Any], *, verify_exp: bool) -> None:
    now = time.time()
    if verify_exp and claims["exp"] <= now:
        raise TokenBackendError("it has expired")
    if claims.get("nbf", 0) > now:
        raise TokenBackendError("it is not valid yet")
