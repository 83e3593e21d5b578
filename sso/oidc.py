"""OpenID Connect (Core 1.0, Discovery 1.0) for the rest of `sso`: Authlib sends requests, PyJWT verifies."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote_plus, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.auth import ClientAuth
from rest_framework.exceptions import ParseError

from common.encryption import decrypt
from common.errors import MALFORMED, DomainError
from common.outbound import guard
from common.parsers import refuse_strange
from common.wording import Wording
from sso import userinfo
from sso.assertion import VerifiedAssertion
from sso.authn_context import methods
from sso.check_log import CheckLog, CheckSource
from sso.id_token import claims_of
from sso.messages import Outgoing
from sso.models import IdentityProvider
from sso.models.contexts import SecondFactorAsked
from sso.models.providers import ClientAuthentication
from sso.oidc_metadata import document_of, endpoints_of, unusable
from sso.userinfo import UserinfoResponse

WELL_KNOWN = "/.well-known/openid-configuration"
MOST_BYTES = 256 * 1024
LONGEST_CONTEXT = 512
SCOPES = ("openid", "email", "profile")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT = (*NEEDED, "userinfo_endpoint", "end_session_endpoint")
LISTS = ("token_endpoint_auth_methods_supported", "scopes_supported")
# Claims about the ID token, not about the user.
PROTOCOL_CLAIMS = {"iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "azp", "jti", "acr", "amr", "sid"}
# The client raises errors of Authlib, of requests (OSError), of our guarded connection, and whatever Python raises for
# an unexpected response.
FAILURES = (AuthlibBaseError, DomainError, OSError, *MALFORMED)


def read_metadata(text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
    """Read a discovery document (Discovery §3, §4.3). Raise Invalid if it is incomplete or another issuer's."""
    document = document_of(text)
    peer = endpoints_of(document, NEEDED, KEPT)
    expected = f"{str(document['issuer']).rstrip('/')}{WELL_KNOWN}"
    # The query selects among documents of one issuer (Entra ID's ?appid=), and is not part of the issuer (§4.1).
    if url and urlsplit(url)._replace(query="", fragment="").geturl() != expected:
        other = "It is of {issuer}, whose address would be that with {path}, and not {url}."
        raise unusable(Wording(other, issuer=document["issuer"], path=WELL_KNOWN, url=url))
    for name in LISTS:
        value = document.get(name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            peer[name] = value
    if document.get("claims_parameter_supported") is True:
        peer["claims_parameter_supported"] = True
    return peer


def begin(
    provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
) -> tuple[Outgoing, dict[str, str]]:
    """Build the authorization request (Core §3.1.2.1), with PKCE (RFC 7636)."""
    kept = {"nonce": secrets.token_urlsafe(24), "code_verifier": secrets.token_urlsafe(48)}
    asked: dict[str, str] = {"nonce": kept["nonce"], "code_verifier": kept["code_verifier"]}
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    asked |= _contexts_asked(provider)
    scopes = scopes_of(provider, SCOPES)
    if "openid" not in scopes.split():
        scopes = f"openid {scopes}"
    with client_of(provider, scopes=scopes) as client:
        url, _ = client.create_authorization_url(provider.peer["authorization_endpoint"], state=request_id, **asked)
    return Outgoing(str(url)), kept


def _contexts_asked(provider: IdentityProvider) -> dict[str, str]:
    """Ask for a second factor: as an essential claim where that is understood (Core §5.5.1.1), else by acr_values."""
    if not provider.second_factor:
        return {}
    contexts = provider.contexts_asked
    if provider.second_factor == SecondFactorAsked.REQUIRE and provider.peer.get("claims_parameter_supported"):
        return {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": contexts}}})}
    return {"acr_values": " ".join(contexts)}


def finish(
    provider: IdentityProvider,
    *,
    given: dict[str, str],
    kept: dict[str, str],
    request_id: str,
    log: CheckLog,
    now: datetime,
) -> VerifiedAssertion:
    """Redeem the code and return the verified assertion, or raise SignInRefused."""
    check_answer(provider, given, log)
    token = exchange(provider, given["code"], kept["code_verifier"], log)
    claims = claims_of(provider, token, log)
    log.require(
        secrets.compare_digest(str(claims.get("nonce", "")).encode(), kept["nonce"].encode()),
        "It answers this request",
        "bad_provider",
        "The ID token's nonce is not that of the request.",
    )
    return _assertion(provider, claims, token, request_id=request_id, log=log)


def refresh(
    provider: IdentityProvider, *, refresh_token: str, subject: str, log: CheckLog, now: datetime
) -> VerifiedAssertion:
    """Use the refresh token (Core §12). Raise SignInRefused `provider_failed` if the provider no longer accepts it."""
    token = refreshed(provider, refresh_token, log)
    claims = claims_of(provider, token, log) if token.get("id_token") else {"sub": subject}
    log.require(claims.get("sub") == subject, "It is the same person", "no_identity", "It is about somebody else.")
    return _assertion(provider, claims, token, request_id="", log=log)


def check_answer(provider: IdentityProvider, given: Mapping[str, str], log: CheckLog) -> None:
    """Check the authorization response (RFC 6749 §4.1.2, RFC 9207)."""
    error = given.get("error", "")
    log.require(
        not error,
        "The provider's answer",
        "provider_failed",
        Wording("It says {error}: {reason}", error=error, reason=given.get("error_description", "")),
    )
    issuer = given.get("iss", provider.peer["issuer"])
    log.require(
        issuer == provider.peer["issuer"],
        "The answer's issuer",
        "other_issuer",
        Wording("It is {issuer}.", issuer=repr(issuer)),
    )
    log.require(bool(given.get("code")), "There is a code", "bad_provider", "There is none.")


def exchange(provider: IdentityProvider, code: str, verifier: str, log: CheckLog) -> dict[str, Any]:
    check = "The code is exchanged"
    with client_of(provider) as client:
        try:
            token = client.fetch_token(provider.peer["token_endpoint"], code=code, code_verifier=verifier)
        except FAILURES as error:
            _refuse(error, log, check, "bad_provider")
    log.source = CheckSource.PROVIDER
    return _token_in(token, log, check)


def refreshed(provider: IdentityProvider, refresh_token: str, log: CheckLog) -> dict[str, Any]:
    check = "The provider still knows the user"
    with client_of(provider) as client:
        try:
            token = client.refresh_token(provider.peer["token_endpoint"], refresh_token=refresh_token)
        except FAILURES as error:
            _refuse(error, log, check, "provider_failed")
    return _token_in(token, log, check)


def client_of(provider: IdentityProvider, *, scopes: str = "") -> Any:
    """Return Authlib's client, guarded against private networks. It sends the secret as the provider prefers."""
    published = provider.peer.get("token_endpoint_auth_methods_supported", [ClientAuthentication.BASIC])
    methods = [provider.client_authentication] if provider.client_authentication else published
    client = OAuth2Session(
        client_id=provider.client_id,
        client_secret=decrypt(bytes(provider.client_secret_encrypted)).decode(),
        token_endpoint_auth_method=_basic if ClientAuthentication.BASIC in methods else ClientAuthentication.POST.value,
        code_challenge_method="S256",
        redirect_uri=provider.redirect_uri,
        scope=scopes,
    )
    return guard(client, most_bytes=MOST_BYTES)


def _basic(client: ClientAuth, method: str, uri: str, headers: Any, body: Any) -> Any:
    """Authenticate by HTTP Basic, each half form-encoded first (RFC 6749 §2.3.1), which Authlib leaves out."""
    encoded = ClientAuth(quote_plus(client.client_id), quote_plus(client.client_secret))
    return encoded.prepare(method, uri, headers, body)


def scopes_of(provider: IdentityProvider, otherwise: tuple[str, ...]) -> str:
    return " ".join(provider.scopes or otherwise)


def ask_userinfo(provider: IdentityProvider, url: str, token: dict[str, Any], log: CheckLog) -> UserinfoResponse:
    """Ask with the access token; raise SignInRefused `unreachable` when the provider is out of order."""
    with client_of(provider) as client:
        try:
            answer = client.get(
                url,
                allow_redirects=False,
                withhold_token=True,
                headers={"Authorization": f"Bearer {token['access_token']}", "Accept": "application/json"},
            )
        except FAILURES as error:
            _refuse(error, log, userinfo.CHECK, "bad_provider")
    late = userinfo.is_out_of_order(answer)
    log.require(
        not late,
        userinfo.CHECK,
        "unreachable",
        Wording("It answered with status {status}.", status=answer.status_code),
    )
    return userinfo.read(answer)


def check_mandatory_claim(provider: IdentityProvider, claims: Mapping[str, Any], log: CheckLog) -> None:
    if not provider.mandatory_claim:
        return
    name, wanted = provider.mandatory_claim["claim"], provider.mandatory_claim["values"]
    wanted = wanted if isinstance(wanted, list) else [wanted]  # a text would be met by each part of it
    there = claims.get(name)
    values = there if isinstance(there, list) else [there]
    log.require(
        any(value in wanted for value in values),
        "The mandatory claim",
        "claim_missing",
        Wording("{name} is none of {wanted}.", name=name, wanted=wanted),
    )


def _assertion(
    provider: IdentityProvider, claims: dict[str, Any], token: dict[str, Any], *, request_id: str, log: CheckLog
) -> VerifiedAssertion:
    """Combine ID token and userinfo. A null is no value in either."""
    everything = {name: value for name, value in claims.items() if value is not None}
    if url := provider.peer.get("userinfo_endpoint"):
        response = ask_userinfo(provider, url, token, log)
        if response.problem:
            # A sign-in has the ID token. Without one, or when somebody is asked about again, claims that are missing
            # for a while must take nothing away.
            enough = bool(token.get("id_token")) and (response.lasting or bool(request_id))
            log.require(enough, userinfo.CHECK, "bad_provider", response.problem)
            log.noted(
                userinfo.CHECK,
                Wording("{problem} The claims of the ID token are used alone.", problem=response.problem),
            )
        everything = userinfo.complete(everything, response.claims, log)
    attributes = {name: value for name, value in everything.items() if name not in PROTOCOL_CLAIMS}
    check_mandatory_claim(provider, attributes, log)
    return VerifiedAssertion(
        issuer=provider.peer["issuer"],
        subject=claims["sub"],
        attributes=attributes,
        request_id=request_id,
        authenticated_at=_moment(claims.get("auth_time")),
        session_index=str(claims.get("sid", ""))[:512],
        refresh_token=str(token.get("refresh_token") or ""),
        methods=methods(claims.get("amr"), [claims.get("acr")]),
        context=acr[:LONGEST_CONTEXT] if isinstance(acr := claims.get("acr"), str) else "",
    )


def _moment(seconds: Any) -> datetime | None:
    """Read a time that is over. A provider whose clock is ahead must not make a sign-in seem recent for longer."""
    try:
        return min(datetime.fromtimestamp(seconds, UTC), datetime.now(UTC)) if type(seconds) is int else None
    except (ValueError, OverflowError, OSError):
        return None


def _token_in(token: Any, log: CheckLog, check: str) -> dict[str, Any]:
    """Return a token response (RFC 6749 §5.1) that has an access token to be used as a bearer (§7.1)."""
    response = dict(token) if isinstance(token, dict) else {}
    try:
        refuse_strange(response)
    except ParseError as error:
        log.refuse(check, "bad_provider", f"{error.detail}")
    access, kind, refresh = (response.get(name) for name in ("access_token", "token_type", "refresh_token"))
    usable = isinstance(access, str) and access and isinstance(refresh, str | None)
    log.require(bool(usable), check, "bad_provider", "The token endpoint answered without an access token.")
    bearer = isinstance(kind, str) and kind.lower() == "bearer"
    log.require(
        bearer,
        check,
        "bad_provider",
        Wording("The token endpoint gave a token of type {kind}, and not Bearer.", kind=repr(kind)),
    )
    return response


def _refuse(error: Exception, log: CheckLog, check: str, code: str) -> NoReturn:
    """Refuse by what the client raised: `code`, or `bad_provider` for a malformed answer, or `unreachable`."""
    if isinstance(error, DomainError):
        log.refuse(check, "unreachable", error.message)
    if isinstance(error, AuthlibBaseError):
        more = error.description or Wording("no more than that")
        log.refuse(check, code, Wording("The provider says {error}: {more}", error=error.error, more=more))
    if isinstance(error, MALFORMED):
        log.refuse(check, "bad_provider", "The provider's answer is not JSON, or of another form than it should be.")
    log.refuse(check, "unreachable", "The provider is out of order, or leads on to another address.")
