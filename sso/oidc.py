"""OpenID Connect as the rest of `sso` asks for it (Core 1.0, Discovery 1.0): Authlib asks, PyJWT verifies."""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jwt
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import OAuth2Error

from common.encryption import decrypt
from common.errors import DomainError, Invalid
from common.outbound import fetch, guard
from sso.messages import Outgoing
from sso.models import IdentityProvider
from sso.said import Said
from sso.trial import Trial

WELL_KNOWN = "/.well-known/openid-configuration"
MOST_BYTES = 256 * 1024
SKEW = 60
ALGORITHMS = tuple(f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512))
SCOPES = ("openid", "email", "profile")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT = (*NEEDED, "userinfo_endpoint", "end_session_endpoint")
LISTS = ("token_endpoint_auth_methods_supported", "scopes_supported")
# Of the ID token, not of who it is about.
PROTOCOL_CLAIMS = {"iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "azp", "jti", "acr", "amr", "sid"}
JWKS_FOR = 600  # seconds

_jwks: dict[str, tuple[float, dict[str, Any]]] = {}


def read_metadata(text: str, *, url: str) -> dict[str, Any]:
    """Discovery §3 and §4.3. Invalid when something is missing, or it is another issuer's."""
    document = document_of(text)
    peer = endpoints_of(document, NEEDED, KEPT)
    if url and f"{str(document['issuer']).rstrip('/')}{WELL_KNOWN}" != url:
        raise bad(f"It is of {document['issuer']}, whose address would be that with {WELL_KNOWN}, and not {url}.")
    for name in LISTS:
        value = document.get(name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            peer[name] = value
    return peer


def begin(
    provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
) -> tuple[Outgoing, dict[str, str]]:
    """Core §3.1.2.1, with PKCE (RFC 7636)."""
    kept = {"nonce": secrets.token_urlsafe(24), "code_verifier": secrets.token_urlsafe(48)}
    asked: dict[str, str] = {"nonce": kept["nonce"], "code_verifier": kept["code_verifier"]}
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    with client_of(provider, scopes=scopes_of(provider, SCOPES)) as client:
        url, _ = client.create_authorization_url(provider.peer["authorization_endpoint"], state=request_id, **asked)
    return Outgoing(str(url)), kept


def finish(
    provider: IdentityProvider,
    *,
    given: dict[str, str],
    kept: dict[str, str],
    request_id: str,
    trial: Trial,
    now: datetime,
) -> Said:
    """What the provider says of who brought this code; Refused by the first check that fails."""
    check_answer(provider, given, trial)
    token = exchange(provider, given["code"], kept["code_verifier"], trial)
    claims = _id_token(provider, token, trial)
    trial.require(
        secrets.compare_digest(str(claims.get("nonce", "")), kept["nonce"]),
        "It answers this request", "bad_provider", "The ID token's nonce is not that of the request.",
    )  # fmt: skip
    return _said(provider, claims, token, request_id=request_id, trial=trial)


def ask_again(provider: IdentityProvider, *, refresh_token: str, subject: str, trial: Trial, now: datetime) -> Said:
    """By the refresh token (Core §12); Refused `provider_failed` when the provider takes it no more."""
    token = refreshed(provider, refresh_token, trial)
    claims = _id_token(provider, token, trial) if token.get("id_token") else {"sub": subject}
    trial.require(claims.get("sub") == subject, "It is the same person", "no_identity", "It is about somebody else.")
    return _said(provider, claims, token, request_id="", trial=trial)


def check_answer(provider: IdentityProvider, given: Mapping[str, str], trial: Trial) -> None:
    """The authorization response (RFC 6749 §4.1.2, RFC 9207)."""
    error = given.get("error", "")
    trial.require(
        not error, "The provider's answer", "provider_failed", f"It says {error}: {given.get('error_description', '')}"
    )
    issuer = given.get("iss", provider.peer["issuer"])
    trial.require(issuer == provider.peer["issuer"], "The answer's issuer", "other_issuer", f"It is {issuer!r}.")
    trial.require(bool(given.get("code")), "There is a code", "bad_provider", "There is none.")


def exchange(provider: IdentityProvider, code: str, verifier: str, trial: Trial) -> dict[str, Any]:
    check = "The code is exchanged"
    with client_of(provider) as client:
        try:
            token = client.fetch_token(provider.peer["token_endpoint"], code=code, code_verifier=verifier)
        except (OAuth2Error, DomainError, ValueError) as error:
            _refuse(error, trial, check, "bad_provider")
    return _token_in(token, trial, check)


def refreshed(provider: IdentityProvider, refresh_token: str, trial: Trial) -> dict[str, Any]:
    check = "The provider still knows them"
    with client_of(provider) as client:
        try:
            token = client.refresh_token(provider.peer["token_endpoint"], refresh_token=refresh_token)
        except (OAuth2Error, DomainError, ValueError) as error:
            _refuse(error, trial, check, "provider_failed")
    return _token_in(token, trial, check)


def client_of(provider: IdentityProvider, *, scopes: str = "") -> Any:
    """Authlib's client, which reaches no private network; the secret goes the way that the provider prefers."""
    methods = provider.peer.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    client = OAuth2Session(
        client_id=provider.client_id,
        client_secret=decrypt(bytes(provider.client_secret_encrypted)).decode(),
        token_endpoint_auth_method="client_secret_basic" if "client_secret_basic" in methods else "client_secret_post",
        code_challenge_method="S256",
        redirect_uri=provider.redirect_uri,
        scope=scopes,
    )
    return guard(client, most_bytes=MOST_BYTES)


def scopes_of(provider: IdentityProvider, otherwise: tuple[str, ...]) -> str:
    return " ".join(provider.scopes or otherwise)


def userinfo(provider: IdentityProvider, url: str, token: dict[str, Any], trial: Trial) -> dict[str, Any]:
    """A JSON object that the access token opens (Core §5.3)."""
    check = "What the provider tells of them"
    with client_of(provider) as client:
        client.token = token
        try:
            answer = client.get(url, allow_redirects=False)
            body = answer.json()
        except (OAuth2Error, DomainError, ValueError) as error:
            _refuse(error, trial, check, "bad_provider")
    fine = answer.status_code == 200 and isinstance(body, dict)
    trial.require(fine, check, "bad_provider", f"It answered with status {answer.status_code}.")
    return dict(body)


def check_mandatory_claim(provider: IdentityProvider, claims: Mapping[str, Any], trial: Trial) -> None:
    if not provider.mandatory_claim:
        return
    name, wanted = provider.mandatory_claim["claim"], provider.mandatory_claim["values"]
    there = claims.get(name)
    values = there if isinstance(there, list) else [there]
    trial.require(
        any(value in wanted for value in values), "The mandatory claim", "claim_missing", f"{name} is none of {wanted}."
    )


def document_of(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise bad("It is not a JSON object. Give the address of the discovery document.")
    return document


def endpoints_of(document: dict[str, Any], needed: tuple[str, ...], kept: tuple[str, ...]) -> dict[str, Any]:
    """The addresses in it; https all of them, unless the issuer itself is not."""
    found: dict[str, Any] = {}
    schemes = ("https", "http") if str(document.get("issuer", "")).startswith("http:") else ("https",)
    for name in kept:
        value = document.get(name)
        if value is None and name not in needed:
            continue
        if not isinstance(value, str) or urlsplit(value).scheme not in schemes or len(value) > 2000:
            raise bad(f"Its {name} is missing, or no https address.")
        found[name] = value
    return found


def bad(reason: str) -> Invalid:
    return Invalid("bad_metadata", f"This metadata can't be used. {reason}", field="metadata_url")


def _said(
    provider: IdentityProvider, claims: dict[str, Any], token: dict[str, Any], *, request_id: str, trial: Trial
) -> Said:
    attributes = {name: value for name, value in claims.items() if name not in PROTOCOL_CLAIMS}
    if url := provider.peer.get("userinfo_endpoint"):
        told = userinfo(provider, url, token, trial)
        trial.require(
            told.get("sub") == claims["sub"], "It tells of the same person", "no_identity", "userinfo has another sub."
        )
        attributes |= told
    check_mandatory_claim(provider, attributes, trial)
    at = claims.get("auth_time")
    return Said(
        issuer=provider.peer["issuer"],
        subject=claims["sub"],
        attributes=attributes,
        request_id=request_id,
        authenticated_at=datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None,
        session_index=str(claims.get("sid", ""))[:512],
        refresh_token=str(token.get("refresh_token", "")),
    )


def _id_token(provider: IdentityProvider, token: dict[str, Any], trial: Trial) -> dict[str, Any]:
    """Its claims, verified (Core §3.1.3.7)."""
    check = "The ID token"
    raw = token.get("id_token")
    if not isinstance(raw, str):
        trial.refuse(check, "bad_provider", "There is none: is openid among the scopes?")
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
        trial.refuse(check, "other_issuer", "It is of another issuer.")
    except jwt.InvalidAudienceError:
        trial.refuse(check, "other_audience", "It is for another client.")
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        trial.refuse(check, "bad_time", f"{error}.")
    except jwt.PyJWTError as error:
        trial.refuse(check, "bad_signature", f"{error}.")
    except DomainError as error:
        _refuse(error, trial, check, "unreachable")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    trial.require(
        claims.get("azp", "" if several else provider.client_id) == provider.client_id,
        "It was issued to us", "other_audience", "It was issued to another client (azp).",
    )  # fmt: skip
    subject = claims["sub"]
    trial.require(
        0 < len(subject) <= 512 and subject.isprintable() and subject == subject.strip(),
        "It names somebody", "no_identity", "Its sub is empty, too long, or has white space around it.",
    )  # fmt: skip
    trial.passed(check, "signed by a key of the provider")
    return claims


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
    read_at, document = _jwks.get(url, (0.0, {}))
    if fresh or time.monotonic() - read_at > JWKS_FOR:
        document = document_of(fetch(url, most_bytes=MOST_BYTES).decode(errors="replace"))
        _jwks[url] = time.monotonic(), document
    keys = document.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    return key.get("kty") == kind and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _token_in(token: Any, trial: Trial, check: str) -> dict[str, Any]:
    usable = isinstance(token, dict) and isinstance(token.get("access_token"), str)
    trial.require(usable, check, "bad_provider", "The token endpoint answered without an access token.")
    return dict(token)


def _refuse(error: Exception, trial: Trial, check: str, code: str) -> NoReturn:
    """`code` for what the provider refused; what it could not be asked is another thing."""
    if isinstance(error, DomainError):
        trial.refuse(check, "unreachable", error.message)
    if isinstance(error, OAuth2Error):
        trial.refuse(check, code, f"The provider says {error.error}: {error.description or 'no more than that'}")
    trial.refuse(check, "bad_provider", "The provider's answer is not JSON.")
