"""OpenID Connect as the rest of `sso` asks for it (Core 1.0, Discovery 1.0): Authlib asks, PyJWT verifies."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from common.encryption import decrypt
from common.errors import DomainError, Invalid
from common.outbound import guard
from sso.id_token import claims_of
from sso.messages import Outgoing
from sso.models import IdentityProvider
from sso.said import Said
from sso.trial import Trial

WELL_KNOWN = "/.well-known/openid-configuration"
MOST_BYTES = 256 * 1024
SCOPES = ("openid", "email", "profile")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT = (*NEEDED, "userinfo_endpoint", "end_session_endpoint")
LISTS = ("token_endpoint_auth_methods_supported", "scopes_supported")
# Of the ID token, not of who it is about.
PROTOCOL_CLAIMS = {"iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "azp", "jti", "acr", "amr", "sid"}
# Of JSON that is none, or nested without end.
UNREADABLE = (ValueError, RecursionError)
# What the client raises: Authlib's own errors, requests' (which are OSErrors), ours from the guarded connection.
FAILURES = (AuthlibBaseError, DomainError, OSError, *UNREADABLE)


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
    scopes = scopes_of(provider, SCOPES)
    if "openid" not in scopes.split():
        scopes = f"openid {scopes}"
    with client_of(provider, scopes=scopes) as client:
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
    claims = claims_of(provider, token, trial)
    trial.require(
        secrets.compare_digest(str(claims.get("nonce", "")).encode(), kept["nonce"].encode()),
        "It answers this request", "bad_provider", "The ID token's nonce is not that of the request.",
    )  # fmt: skip
    return _said(provider, claims, token, request_id=request_id, trial=trial)


def ask_again(provider: IdentityProvider, *, refresh_token: str, subject: str, trial: Trial, now: datetime) -> Said:
    """By the refresh token (Core §12); Refused `provider_failed` when the provider takes it no more."""
    token = refreshed(provider, refresh_token, trial)
    claims = claims_of(provider, token, trial) if token.get("id_token") else {"sub": subject}
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
        except FAILURES as error:
            _refuse(error, trial, check, "bad_provider")
    return _token_in(token, trial, check)


def refreshed(provider: IdentityProvider, refresh_token: str, trial: Trial) -> dict[str, Any]:
    check = "The provider still knows them"
    with client_of(provider) as client:
        try:
            token = client.refresh_token(provider.peer["token_endpoint"], refresh_token=refresh_token)
        except FAILURES as error:
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
            status = answer.status_code
            body = answer.json() if status == 200 else None
        except FAILURES as error:
            _refuse(error, trial, check, "bad_provider")
    if not isinstance(body, dict):
        # Out of order for now is no reason to sign anybody out.
        code = "unreachable" if status == 429 or status >= 500 else "bad_provider"
        trial.refuse(check, code, f"It answered with status {status}, or no JSON object.")
    trial.passed(check)
    return body


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
    except UNREADABLE:
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
    return Said(
        issuer=provider.peer["issuer"],
        subject=claims["sub"],
        attributes=attributes,
        request_id=request_id,
        authenticated_at=_time(claims.get("auth_time")),
        session_index=str(claims.get("sid", ""))[:512],
        refresh_token=str(token.get("refresh_token", "")),
    )


def _time(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int else None
    except (ValueError, OverflowError, OSError):
        return None


def _token_in(token: Any, trial: Trial, check: str) -> dict[str, Any]:
    usable = isinstance(token, dict) and isinstance(token.get("access_token"), str)
    trial.require(usable, check, "bad_provider", "The token endpoint answered without an access token.")
    return dict(token)


def _refuse(error: Exception, trial: Trial, check: str, code: str) -> NoReturn:
    """`code` for what the provider refused; what it could not be asked is another thing."""
    if isinstance(error, DomainError):
        trial.refuse(check, "unreachable", error.message)
    if isinstance(error, AuthlibBaseError):
        trial.refuse(check, code, f"The provider says {error.error}: {error.description or 'no more than that'}")
    if isinstance(error, UNREADABLE):
        trial.refuse(check, "bad_provider", "The provider's answer is not JSON.")
    trial.refuse(check, "unreachable", "The provider is out of order, or leads on to another address.")
