"""The door to the JSON Web Tokens of others: client assertions. Ours are in `tokens.jwt`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt as pyjwt
from django.conf import settings
from rest_framework.exceptions import ParseError

from common import jose
from common.errors import Unauthenticated
from common.parsers import refuse_strange

ALGORITHMS = ("RS256", "PS256", "ES256")
LONGEST = 8 * 1024
LONGEST_LIFE = 600  # seconds; an assertion is remembered as long
SKEW = 10
# Endpoints at which clients authenticate, below the issuer's protocol/openid-connect/.
AUTHENTICATING = ("token", "token/introspect", "revoke", "auth/device")
NUMBERS = ("n", "e", "x", "y")
# RFC 7523bis gives them a type of their own; most libraries write JWT, or nothing.
TYPES = ("", "jwt", "client-authentication+jwt")
KEPT = ("kty", "crv", *NUMBERS, "kid", "use", "alg")
LONGEST_NUMBER = 1400  # base64url of 8192 bits, and a little


@dataclass(frozen=True)
class AssertionClaims:
    jti: str
    exp: int


def subject(assertion: str) -> str:
    """Return whom an assertion claims to be, unverified: only to find the keys that can verify it."""
    if len(assertion) > LONGEST:
        raise _refused("too long")
    return str(_decoded(assertion, options={"verify_signature": False}).get("sub", ""))


def read(assertion: str, *, jwks: Mapping[str, Any], client_id: str) -> AssertionClaims:
    """Return what is said in an assertion that one of these keys signed for us; Unauthenticated otherwise.

    Its audiences are the issuer or endpoints of ours, and nobody else: another one could be a server that passes it on
    (RFC 7523 §3, with the caution of RFC 7523bis; O13).
    """
    key = _key(assertion, jwks)
    claims = _decoded(
        assertion,
        key=key,
        algorithms=[key.algorithm_name],
        audience=ours(),
        issuer=client_id,
        leeway=SKEW,
        options={"require": ["iss", "sub", "aud", "exp", "jti"]},
    )
    audiences = {claims["aud"]} if isinstance(claims["aud"], str) else set(claims["aud"])
    if not audiences <= ours():
        raise _refused("it is for another server too")
    return _bounded(claims)


def _decoded(assertion: str, **how: Any) -> dict[str, Any]:
    """Return claims of which every text can be looked up and stored: JSON escapes spell half a surrogate pair too."""
    try:
        claims: dict[str, Any] = pyjwt.decode(assertion, **how)
        refuse_strange(claims)
    except (ParseError, *jose.FAILURES) as error:
        raise _refused(str(error)) from None
    return claims


def ours() -> frozenset[str]:
    """Return what an assertion may be for: the issuer, and each endpoint at which a client authenticates."""
    endpoints = (f"{settings.ISSUER}/protocol/openid-connect/{path}" for path in AUTHENTICATING)
    return frozenset({settings.ISSUER, f"{settings.PUBLIC_URL}/api/v2/token", *endpoints})


def _bounded(claims: Mapping[str, Any]) -> AssertionClaims:
    """Refuse an `exp` that is no number (RFC 7519 §4.1.4) or too far off, and a `jti` that is no short text."""
    exp, jti = claims["exp"], claims["jti"]
    if type(exp) not in (int, float) or not exp <= time.time() + LONGEST_LIFE:
        raise _refused(f"its exp is no time within {LONGEST_LIFE} seconds")
    if not isinstance(jti, str) or not 0 < len(jti) <= 200:
        raise _refused("its jti is no text of 1 to 200 characters")
    return AssertionClaims(jti=jti, exp=int(exp) + SKEW)


def why_not(jwk: Mapping[str, Any]) -> str:
    """Return why no client can be known by this key; empty when one can."""
    if jose.PRIVATE_MEMBERS & jwk.keys():
        return "has private members: register the public half alone, and replace this key, which is known now"
    if (jwk.get("kty"), jwk.get("crv")) not in (("RSA", None), ("EC", "P-256")):
        return "is neither RSA nor EC with the curve P-256"
    if not all(isinstance(jwk.get(name, ""), str) and len(jwk.get(name, "")) <= LONGEST_NUMBER for name in KEPT):
        return "has a member that is no text, or too long"
    try:
        key = jose.public_key(jwk)
    except jose.UnusableKey as why:
        return str(why)
    if key.algorithm_name not in ALGORITHMS or jwk.get("use", "sig") != "sig":
        return f"is not for signatures by {', '.join(ALGORITHMS)}"
    return ""


def _key(assertion: str, jwks: Mapping[str, Any]) -> pyjwt.PyJWK:
    """Return the one registered key that its header names, or the only one there is."""
    try:
        header = pyjwt.get_unverified_header(assertion)
        keys = pyjwt.PyJWKSet.from_dict(dict(jwks)).keys
    except jose.FAILURES as error:
        raise _refused(str(error)) from None
    named = [key for key in keys if header.get("kid") in (None, key.key_id)]
    fitting = [key for key in named if key.algorithm_name == header.get("alg") and key.algorithm_name in ALGORITHMS]
    if len(fitting) != 1 or "crit" in header:
        raise _refused("no registered key signed it")
    if not jose.is_of_type(header, TYPES):
        raise _refused("its typ is that of another kind of token")
    if jose.is_weak(fitting[0]):
        raise _refused("the key that signed it is too short")  # registered before such keys were refused
    return fitting[0]


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated("invalid_client", "The client assertion is not valid.", why=why)
