"""The ID token of OpenID Connect (Core §2, §3.1.3.7), verified by PyJWT with the keys that the provider publishes."""

import base64
import json
import secrets
import time
from hashlib import new as new_hash
from typing import Any

import jwt
from rest_framework.exceptions import ParseError

from common import jose
from common.errors import DomainError
from common.outbound import fetch
from common.parsers import refuse_strange
from common.visible import is_visible
from common.wording import Wording
from sso.check_log import CheckLog
from sso.models import IdentityProvider

CHECK = "The ID token"
MOST_BYTES = 256 * 1024
SKEW = 60  # seconds
ALGORITHMS = tuple(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512))
TYPES = ("", "jwt")
JWKS_FOR = 600  # seconds
MOST_TRIED = 20  # keys

_jwks: dict[str, tuple[float, Any]] = {}


def claims_of(provider: IdentityProvider, token: dict[str, Any], log: CheckLog) -> dict[str, Any]:
    """Return the verified claims of the ID token, or raise SignInRefused. The caller checks the nonce."""
    raw = token.get("id_token")
    if not isinstance(raw, str):
        log.refuse(CHECK, "bad_provider", "There is none: is openid among the scopes?")
    claims = _decoded(provider, raw, log)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    log.require(
        claims.get("azp", "" if several else provider.client_id) == provider.client_id,
        "It was issued to us",
        "other_audience",
        "It was issued to another client (azp).",
    )
    log.require(
        _is_of(claims, raw, token["access_token"]),
        "It goes with the access token",
        "bad_provider",
        "Its at_hash is of another access token.",
    )
    subject = claims["sub"]
    log.require(
        isinstance(subject, str) and 0 < len(subject) <= 512 and is_visible(subject) and subject == subject.strip(),
        "It has a subject",
        "no_identity",
        "Its sub is no text, empty, too long, or has white space around it.",
    )
    log.passed(CHECK, "signed by a key of the provider")
    return claims


def _decoded(provider: IdentityProvider, raw: str, log: CheckLog) -> dict[str, Any]:
    try:
        key = _signing_key(provider, raw)
        claims: dict[str, Any] = jwt.decode(
            raw,
            key,
            algorithms=list(ALGORITHMS),
            audience=provider.client_id,
            issuer=provider.peer["issuer"],
            leeway=SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        refuse_strange(claims)
    except jwt.InvalidIssuerError:
        log.refuse(CHECK, "other_issuer", "It is of another issuer.")
    except jwt.InvalidAudienceError:
        log.refuse(CHECK, "other_audience", "It is for another client.")
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        log.refuse(CHECK, "bad_time", Wording("{error}.", error=error))
    except jwt.MissingRequiredClaimError as error:
        log.refuse(CHECK, "bad_provider", Wording("{error}.", error=error))
    except jwt.PyJWTError as error:
        log.refuse(CHECK, "bad_signature", Wording("{error}.", error=error))
    except ParseError as error:
        log.refuse(CHECK, "bad_provider", f"{error.detail}")
    except DomainError as error:
        log.refuse(CHECK, "unreachable", error.message)
    except jose.FAILURES:
        log.refuse(CHECK, "bad_provider", "It, or a key of the provider, is of another form than the standard says.")
    return claims


def _is_of(claims: dict[str, Any], raw: str, access_token: str) -> bool:
    """Compare `at_hash` (Core §3.1.3.6): the left half of the signature's hash. It is optional in the code flow."""
    if "at_hash" not in claims:
        return True
    algorithm = str(jwt.get_unverified_header(raw)["alg"])
    digest = new_hash(f"sha{algorithm[-3:]}", access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    return secrets.compare_digest(str(claims["at_hash"]).encode(), expected)


def _signing_key(provider: IdentityProvider, raw: str) -> jwt.PyJWK:
    """Return the key that verifies the signature; the keys are fetched again when none does.

    Several may have the same `kid`, or none: each that fits the algorithm is tried.
    """
    header = jwt.get_unverified_header(raw)
    if not jose.is_of_type(header, TYPES):
        raise jwt.InvalidTokenError(
            Wording("It is no ID token, but of the type {header}", header=repr(str(header.get("typ"))[:40]))
        )
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(Wording("The algorithm {algorithm} is not accepted", algorithm=algorithm))
    weak: set[str] = set()
    for fresh in (False, True):
        keys = [key for key in _keys_at(provider.peer["jwks_uri"], fresh=fresh) if _fits(key, kid, algorithm)]
        for jwk in keys[:MOST_TRIED]:
            try:
                key = jose.public_key(jwk, algorithm=algorithm)
                jwt.PyJWS().decode(raw, key, algorithms=[algorithm])
            except jose.UnusableKey as why:
                weak.add(f"; a key of that kid {why}")
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError):  # the latter by a key of another curve
                continue
            else:
                return key
    raise jwt.InvalidKeyError(f"No key of the provider is the one that signed it{''.join(sorted(weak))}")


def _keys_at(url: str, *, fresh: bool) -> list[dict[str, Any]]:
    read_at, document = _jwks.get(url, (0.0, None))
    if fresh or document is None or time.monotonic() - read_at > JWKS_FOR:
        document = _document(fetch(url, most_bytes=MOST_BYTES))
        _jwks[url] = time.monotonic(), document
    keys = document.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def _fits(key: dict[str, Any], kid: str | None, algorithm: str) -> bool:
    """Return True if the key is meant for signatures by this algorithm (RFC 7517 §4.1 to §4.5).

    A member that is null is absent: some servers write all that they know of.
    """
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    named = kid is None or key.get("kid") in (None, kid)
    meant = key.get("use") in (None, "sig") and key.get("alg") in (None, algorithm)
    operations = key.get("key_ops")
    verifies = operations is None or (isinstance(operations, list) and "verify" in operations)
    return named and meant and verifies and key.get("kty") == kind
