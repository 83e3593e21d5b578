"""The ID token of OpenID Connect (Core §2, §3.1.3.7), verified by PyJWT with the keys that the provider publishes."""

import base64
import json
import secrets
import time
from hashlib import new as new_hash
from typing import Any

import jwt

from common.errors import DomainError
from common.outbound import fetch
from sso.models import IdentityProvider
from sso.trial import Trial

CHECK = "The ID token"
MOST_BYTES = 256 * 1024
SKEW = 60  # seconds
ALGORITHMS = tuple(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512))
JWKS_FOR = 600  # seconds

_jwks: dict[str, tuple[float, Any]] = {}


def claims_of(provider: IdentityProvider, token: dict[str, Any], trial: Trial) -> dict[str, Any]:
    """Of the ID token in a token response; Refused by the first check that fails. The nonce is the caller's."""
    raw = token.get("id_token")
    if not isinstance(raw, str):
        trial.refuse(CHECK, "bad_provider", "There is none: is openid among the scopes?")
    claims = _decoded(provider, raw, trial)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    trial.require(
        claims.get("azp", "" if several else provider.client_id) == provider.client_id,
        "It was issued to us", "other_audience", "It was issued to another client (azp).",
    )  # fmt: skip
    trial.require(
        _is_of(claims, raw, token["access_token"]),
        "It goes with the access token", "bad_provider", "Its at_hash is of another access token.",
    )  # fmt: skip
    subject = claims["sub"]
    trial.require(
        isinstance(subject, str) and 0 < len(subject) <= 512 and subject.isprintable() and subject == subject.strip(),
        "It names somebody", "no_identity", "Its sub is no text, empty, too long, or has white space around it.",
    )  # fmt: skip
    trial.passed(CHECK, "signed by a key of the provider")
    return claims


def _decoded(provider: IdentityProvider, raw: str, trial: Trial) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            raw,
            _key_for(provider, raw),
            algorithms=list(ALGORITHMS),
            audience=provider.client_id,
            issuer=provider.peer["issuer"],
            leeway=SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.InvalidIssuerError:
        trial.refuse(CHECK, "other_issuer", "It is of another issuer.")
    except jwt.InvalidAudienceError:
        trial.refuse(CHECK, "other_audience", "It is for another client.")
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        trial.refuse(CHECK, "bad_time", f"{error}.")
    except jwt.MissingRequiredClaimError as error:
        trial.refuse(CHECK, "bad_provider", f"{error}.")
    except jwt.PyJWTError as error:
        trial.refuse(CHECK, "bad_signature", f"{error}.")
    except DomainError as error:
        trial.refuse(CHECK, "unreachable", error.message)
    return claims


def _is_of(claims: dict[str, Any], raw: str, access_token: str) -> bool:
    """Core §3.1.3.6: left half of the hash that the signature uses. Optional where a code is exchanged."""
    if "at_hash" not in claims:
        return True
    algorithm = str(jwt.get_unverified_header(raw)["alg"])
    digest = new_hash(f"sha{algorithm[-3:]}", access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    return secrets.compare_digest(str(claims["at_hash"]).encode(), expected)


def _key_for(provider: IdentityProvider, raw: str) -> Any:
    """By its `kid`; the keys are fetched again for one that is not known."""
    header = jwt.get_unverified_header(raw)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(f"The algorithm {algorithm} is not accepted")
    url = provider.peer["jwks_uri"]
    for fresh in (False, True):
        keys = [key for key in _keys_at(url, fresh=fresh) if kid in (None, key.get("kid")) and _fits(key, algorithm)]
        if len(keys) == 1:
            return jwt.PyJWK(keys[0], algorithm=algorithm).key
    raise jwt.InvalidKeyError("No key of the provider is the one that signed it")


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


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    return key.get("kty") == kind and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
