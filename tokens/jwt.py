"""The door to JSON Web Tokens: simplejwt's tokens over our keyring. Nobody else signs or parses one."""

import base64
import binascii
import hashlib
from datetime import timedelta
from functools import lru_cache
from typing import Any

import jwt as pyjwt
from django.conf import settings
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
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti")


class KeyringBackend(TokenBackend):
    """simplejwt's backend with a key by its `kid`, and none of the choices left to the token."""

    def __init__(self, typ: str, algorithm: str = "RS256") -> None:
        super().__init__(algorithm, issuer=settings.ISSUER, json_encoder=PlainJSON)
        self.typ = typ

    def encode(self, payload: dict[str, Any]) -> str:
        key = keyring.current().signing(self.algorithm)
        return pyjwt.encode(
            payload,
            keyring.private(key.kid),
            algorithm=key.algorithm,
            headers=self._header(key),
            json_encoder=PlainJSON,
        )

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of a token that we signed as this `typ`; the audience is the caller's.

        Without `verify` it may have expired: everything else is checked all the same.
        """
        header = _header(token)
        key = keyring.current().get(str(header.get("kid")))
        # Whole, so that crit, jwk, jku, x5u, b64, zip and whatever comes next are refused without being looked at.
        if key is None or header != self._header(key):
            raise TokenBackendError("not one of our tokens")
        try:
            claims: dict[str, Any] = pyjwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                issuer=settings.ISSUER,
                options={
                    "require": list(REQUIRED),
                    "verify_aud": False,
                    "verify_iat": False,
                    "verify_exp": verify,
                },
            )
        except (pyjwt.InvalidTokenError, ValueError, OverflowError) as error:
            raise TokenBackendError(str(error)) from None
        _refuse_oddities(token, claims)
        return claims

    def _header(self, key: keyring.Key) -> dict[str, Any]:
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
    """The claims of a valid access token, whatever its audience: for those who then judge that themselves."""
    try:
        claims: Claims = _backend(ACCESS).decode(raw)
    except TokenBackendError as error:
        raise Unauthenticated("invalid_token", "The access token is not valid, or no longer.", why=str(error)) from None
    return claims


def read_hint(raw: str) -> Claims:
    """What an ID token of ours says, expired or not: a hint of who is meant, and never a credential."""
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


def _header(token: str) -> dict[str, Any]:
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise TokenBackendError("not a signed JWT")
    return _part(token, 0)


def _part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    try:
        value = parsers.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, ParseError):
        raise TokenBackendError("not a signed JWT") from None
    if not isinstance(value, dict):
        raise TokenBackendError("not a signed JWT")
    return value


def _refuse_oddities(token: str, claims: dict[str, Any]) -> None:
    """What the library lets pass: duplicate names, times that aren't whole numbers, and nobody as the subject."""
    if _part(token, 1) != claims:
        raise TokenBackendError("its claims can be read in two ways")
    moments = [claims[name] for name in MOMENTS if name in claims]
    if not all(type(moment) is int and 0 <= moment < END_OF_TIME for moment in moments):
        raise TokenBackendError("its times are not whole numbers")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenBackendError("it has no subject")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not all(isinstance(name, str) for name in named):
        raise TokenBackendError("its audience is not a string or a list of them")
