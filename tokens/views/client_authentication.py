"""Reading an OAuth request and the client's credentials in it; answering it in OAuth's own form of errors."""

import base64
import binascii
from urllib.parse import unquote_plus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, JsonResponse

from common.errors import DomainError, Invalid, TooMany, Unauthenticated, Unavailable
from tokens.models import Application
from tokens.models.applications import AuthMethod
from tokens.services.clients import Credentials, authenticate_client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 8 * 1024
MOST_SCOPES = 100
MAY_REPEAT = ("resource", "audience")

# RFC 6749 §5.2, RFC 8628 §3.5, RFC 7009 §2.2.1 and RFC 8707 §2; whatever else a verb refuses with is one of these.
OAUTH_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "authorization_pending",
        "slow_down",
        "access_denied",
        "expired_token",
        "unsupported_token_type",
    }
)
OURS = {"unknown_audience": "invalid_target", "bad_credentials": "invalid_grant"}


def parameters(request: HttpRequest) -> dict[str, str]:
    """Return the form's parameters, each once and of a sane size; empty ones are left out (RFC 6749 §3.2)."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Invalid("invalid_request", "Send a form: Content-Type: application/x-www-form-urlencoded.")
    try:
        given = request.POST
    except (RequestDataTooBig, TooManyFieldsSent):
        raise Invalid("invalid_request", "The request is too large.") from None
    if request.GET.keys() & given.keys() or "client_secret" in request.GET:
        raise Invalid("invalid_request", "Parameters belong into the body, not into the URL.")
    for name, values in given.lists():
        if name not in MAY_REPEAT and len(values) > 1:
            raise Invalid("invalid_request", f"{name} stands there twice.")
        if any(len(value) > LONGEST or "\x00" in value for value in values):
            raise Invalid("invalid_request", f"{name} is too long, or has a NUL character.")
    found = {name: str(value) for name, value in given.items() if value}
    if len(found.get("scope", "").split()) > MOST_SCOPES:
        raise Invalid("invalid_scope", "That are too many scopes.")
    return found


def audience_in(request: HttpRequest) -> str:
    """Return the one `resource` (RFC 8707) or `audience` that is asked for; both names mean the same."""
    wanted = {*request.POST.getlist("resource"), *request.POST.getlist("audience")} - {""}
    if len(wanted) > 1:
        raise Invalid("invalid_target", "Ask for one audience at a time: each token has one.")
    return wanted.pop() if wanted else ""


def client_of(request: HttpRequest, given: dict[str, str]) -> Application:
    """Return the client that asks, authenticated (RFC 6749 §3.2.1); Unauthenticated `invalid_client` otherwise."""
    return authenticate_client(shown_by(request, given))


def shown_by(request: HttpRequest, given: dict[str, str]) -> Credentials:
    """Return the one method by which a client authenticates; two at once are refused (RFC 6749 §2.3)."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    shown = [
        method
        for method, is_there in (
            (AuthMethod.BASIC, bool(header)),
            (AuthMethod.POST, "client_secret" in given),
            (AuthMethod.PRIVATE_KEY_JWT, "client_assertion" in given or "client_assertion_type" in given),
        )
        if is_there
    ]
    if len(shown) > 1:
        raise Invalid("invalid_request", "Authenticate the client in one way only.")
    client_id = given.get("client_id", "")
    if not shown:
        return Credentials(client_id)
    if shown == [AuthMethod.BASIC]:
        return _basic(header, client_id)
    if shown == [AuthMethod.POST]:
        return Credentials(client_id, AuthMethod.POST, secret=given["client_secret"])
    if given.get("client_assertion_type") != ASSERTION_TYPE:
        raise Invalid("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}.")
    assertion = given.get("client_assertion", "")
    return Credentials(client_id, AuthMethod.PRIVATE_KEY_JWT, assertion=assertion)


def oauth_error(refusal: DomainError) -> JsonResponse:
    """Answer a refusal as OAuth does (RFC 6749 §5.2), with a code of OAUTH_ERRORS or `temporarily_unavailable`."""
    code = OURS.get(refusal.code, refusal.code)
    if isinstance(refusal, Unavailable):
        return answer({"error": "temporarily_unavailable", "error_description": refusal.message}, status=503)
    if isinstance(refusal, TooMany):
        # RFC 6585 §4; no RFC of OAuth has an error for it, and RFC 8628's comes nearest.
        response = answer({"error": "slow_down", "error_description": _plain(refusal.message)}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    if code not in OAUTH_ERRORS:
        code = "invalid_grant" if isinstance(refusal, Unauthenticated) else "invalid_request"
    response = answer({"error": code, "error_description": _plain(refusal.message)}, status=400)
    if code == "invalid_client":
        response.status_code = 401
        response["WWW-Authenticate"] = 'Basic realm="clients"'
    return response


def answer(body: dict[str, object], status: int = 200) -> JsonResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response


def _basic(header: str, client_id: str) -> Credentials:
    """Read Basic credentials, whose halves are form-encoded before they are put together (RFC 6749 §2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    try:
        named, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        scheme, named, colon, secret = "", "", "", ""
    if scheme.lower() != "basic" or not colon or "\x00" in named:
        raise Unauthenticated("invalid_client", "The Authorization header is not Basic client credentials.")
    named = unquote_plus(named)
    if client_id not in ("", named):
        raise Invalid("invalid_request", "The Authorization header and client_id name different clients.")
    return Credentials(named, AuthMethod.BASIC, secret=unquote_plus(secret))


def _plain(text: str) -> str:
    """Return what RFC 6749 §5.2 lets an error_description contain."""
    return "".join(char if " " <= char <= "~" and char not in '"\\' else "'" for char in text)
