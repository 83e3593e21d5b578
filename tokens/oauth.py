"""The door to django-oauth-toolkit and oauthlib: authorization requests, and the grants that redeem something.

Values of ours go in and come out. The client was authenticated before; nothing else imports either library.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    OAuth2Error,
    RefreshTokenGrant,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidScopeError
from oauthlib.oauth2.rfc6749.tokens import TokenBase

from accounts.models import Session
from accounts.names import LONGEST_EMAIL
from common.errors import DomainError, Invalid, Unauthenticated
from tokens.models import Application
from tokens.models.applications import GrantType
from tokens.services.codes import redeem
from tokens.services.issue import Issued, scope_for, target_for
from tokens.services.refresh import refresh
from tokens.services.sizes import MOST_NAMED
from tokens.validator import Validator

CODE_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2
NOT_OFFERED = ("request", "request_uri", "registration")
LONGEST_QUERY = 16 * 1024
LONGEST_NONCE = 500


class SendBack(Exception):
    """The request fails in a way that its client is told of, at its redirect URI (RFC 6749 §4.1.2.1)."""

    def __init__(self, redirect_uri: str, error: str, description: str, state: str) -> None:
        super().__init__(error)
        told = {"error": error, "error_description": description, "state": state}
        self.url = with_parameters(redirect_uri, told)


@dataclass(frozen=True)
class AuthorizationRequest:
    """A valid authorization request; `max_age` in seconds."""

    application: Application
    redirect_uri: str
    scope: list[str]
    audience: str
    state: str
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str
    id_token_hint: str

    def refused(self, error: str, description: str) -> SendBack:
        return SendBack(self.redirect_uri, error, description, self.state)


def read_authorization_request(request: HttpRequest) -> AuthorizationRequest:
    """Return what is asked for at the authorization endpoint.

    Invalid when the client or its redirect URI can't be trusted: then nobody is sent anywhere. SendBack for the rest.
    """
    _refuse_oversize(request)
    try:
        _, found = _core().validate_authorization_request(request)
    except FatalClientError as error:
        raise Invalid(error.oauthlib_error.error, error.oauthlib_error.description or str(error)) from None
    except OAuthToolkitError as error:
        failed = error.oauthlib_error
        raise SendBack(failed.redirect_uri, failed.error, failed.description or "", failed.state or "") from None
    except ValueError:
        raise Invalid("invalid_request", "The request can't be read.") from None
    return _asked(request, found["request"])


def authorize(request: HttpRequest, asked: AuthorizationRequest, session: Session) -> str:
    """Return where to send the browser: the client's redirect URI with a code. SendBack when the gate is shut."""
    credentials = {"session": session, "audience": asked.audience, "redirect_uri": asked.redirect_uri}
    try:
        uri, _, _, _ = _core().create_authorization_response(request, asked.scope, credentials, allow=True)
    except DomainError as refusal:
        raise asked.refused("access_denied", refusal.message) from None
    return str(uri)


def redeem_grant(request: HttpRequest, *, application: Application, audience: str) -> tuple[int, dict[str, Any]]:
    """Return the status and body of the answer to a code or a refresh token."""
    _, _, body, status = _core(application=application, audience=audience).create_token_response(request)
    return status, json.loads(body)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Return an authorization response (RFC 6749 §4.1.2) that says who answers (RFC 9207)."""
    parts = urlsplit(uri)
    added = urlencode({name: value for name, value in parameters.items() if value} | {"iss": settings.ISSUER})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _asked(request: HttpRequest, found: Any) -> AuthorizationRequest:
    application: Application = found.client
    query, state = request.GET, found.state or ""
    if "openid" in (found.scopes or []) and not query.get("redirect_uri"):
        # Required here, also where only one is registered (OpenID Connect Core §3.1.2.1).
        raise Invalid("invalid_request", "redirect_uri is missing.")
    if objection := _objection(query, found):
        raise SendBack(found.redirect_uri, *objection, state)
    try:
        audience = _audience(query, application)
    except Invalid as refusal:
        raise SendBack(found.redirect_uri, "invalid_target", refusal.message, state) from None
    return AuthorizationRequest(
        application=application,
        redirect_uri=found.redirect_uri,
        scope=scope_for(application, found.scopes or []),
        audience=audience,
        state=state,
        prompt=frozenset(query.get("prompt", "").split()),
        max_age=int(query["max_age"]) if query.get("max_age") else None,
        login_hint=query.get("login_hint", "")[:LONGEST_EMAIL],
        id_token_hint=query.get("id_token_hint", ""),
    )


def _objection(query: QueryDict, found: Any) -> tuple[str, str] | None:
    """Return the error and its description, for what oauthlib lets pass and we don't."""
    for name in NOT_OFFERED:
        if query.get(name):
            return f"{name}_not_supported", f"{name} is not supported."
    if query.get("response_mode") not in (None, "", "query"):
        return "invalid_request", "Only the response_mode query is supported."
    challenge = found.code_challenge
    if challenge and (found.code_challenge_method != "S256" or not CODE_CHALLENGE.fullmatch(challenge)):
        return "invalid_request", "Send a code_challenge with code_challenge_method=S256 (RFC 7636)."
    prompt = query.get("prompt", "").split()
    if "none" in prompt and len(prompt) > 1:
        return "invalid_request", "prompt=none goes with no other prompt."
    if not re.fullmatch("[0-9]{0,9}", query.get("max_age", "")):
        return "invalid_request", "max_age is a number of seconds."
    if len(found.nonce or "") > LONGEST_NONCE:
        return "invalid_request", "The nonce is too long."
    return None


def _audience(query: QueryDict, application: Application) -> str:
    wanted = {*query.getlist("resource"), *query.getlist("audience")} - {""}
    if len(wanted) > 1:
        raise Invalid("invalid_target", "Ask for one audience at a time: each token has one.")
    audience = wanted.pop() if wanted else ""
    target_for(application, audience)
    return audience


def _refuse_oversize(request: HttpRequest) -> None:
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY or len(request.GET.get("scope", "").split()) > 100:
        raise Invalid(
            "invalid_request", f"The request is longer than {LONGEST_QUERY} bytes, or asks for too many scopes."
        )
    repeated = [name for name, values in request.GET.lists() if len(values) > 1]
    if set(repeated) - {"resource", "audience"}:
        raise Invalid("invalid_request", f"{repeated[0]} stands there twice.")


class Tokens(TokenBase):  # type: ignore[misc]  # has no types
    """In the place of oauthlib's token generator: our verbs."""

    def create_token(self, request: Any, refresh_token: bool = False) -> dict[str, object]:
        with _as_oauth_errors(request):
            if request.grant_type == GrantType.AUTHORIZATION_CODE:
                issued = redeem(request.found_code, audience=request.audience)
            else:
                issued = refresh(
                    token=request.refresh_token,
                    application=request.client,
                    audience=request.audience,
                    scope=request.scopes if request.scope else (),
                )
        return token_body(issued)


def token_body(issued: Issued) -> dict[str, object]:
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3; clients pass over parameters that they do not know."""
    body: dict[str, object] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": " ".join(issued.scope),
    }
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    if issued.id_token:
        body["id_token"] = issued.id_token
    if issued.left_out:
        body["groups_left_out"] = issued.left_out[:MOST_NAMED]
        body["groups_left_out_count"] = len(issued.left_out)
    return body


class InvalidTarget(OAuth2Error):  # type: ignore[misc]  # has no types
    error = "invalid_target"  # RFC 8707 §2


@contextmanager
def _as_oauth_errors(request: Any) -> Iterator[None]:
    try:
        yield
    except Unauthenticated as refusal:
        raise InvalidGrantError(refusal.message, request=request) from None
    except Invalid as refusal:
        kind = InvalidScopeError if refusal.code == "invalid_scope" else InvalidTarget
        raise kind(refusal.message, request=request) from None


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint):  # type: ignore[misc]  # has no types
    """Two grants and one response type; whatever else comes falls to them and is refused."""

    def __init__(self, validator: Validator) -> None:
        code, tokens = AuthorizationCodeGrant(validator), Tokens()
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", default_token_type=tokens, response_types={"code": code}
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            default_token_type=tokens,
            grant_types={"authorization_code": code, "refresh_token": RefreshTokenGrant(validator)},
        )


class Core(OAuthLibCore):  # type: ignore[misc]  # has no types
    """The toolkit's bridge between Django and oauthlib, and what the view knows already: client and audience."""

    def __init__(self, server: AuthorizationServer, **known: object) -> None:
        self.server = server
        self.known = known

    def _get_escaped_full_path(self, request: HttpRequest) -> str:
        """Return the address without parameters that have no value: they count as left out (RFC 6749 §3.1).

        oauthlib would take an empty code_challenge for one that was sent.
        """
        sent = [(name, value) for name, values in request.GET.lists() for value in values if value]
        return f"{request.path}?{urlencode(sent)}"

    def extract_headers(self, request: HttpRequest) -> dict[str, str]:
        """None: credentials were read, and a content type with a charset would be refused."""
        return {}

    def extract_body(self, request: HttpRequest) -> Any:
        """Return no body: an authorization request is its URL alone, which the consent page must not change."""
        return [(name, value) for name, value in super().extract_body(request) if value] if self.known else []

    def _get_extra_credentials(self, request: HttpRequest) -> dict[str, object]:
        return self.known


@lru_cache(maxsize=1)
def _server() -> AuthorizationServer:
    return AuthorizationServer(Validator())


def _core(**known: object) -> Core:
    return Core(_server(), **known)
