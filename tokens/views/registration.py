"""The client registration endpoint (RFC 7591 §3, OpenID Connect Dynamic Client Registration §3)."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ParseError

from common.bearer import bearer_token
from common.body_limits import MOST_OF_STRANGERS
from common.errors import DomainError, Invalid, Unauthenticated
from common.parsers import loads
from tokens.client_metadata import registration_of
from tokens.models import Application
from tokens.models.applications import GrantType
from tokens.services.registration import register_dynamically
from tokens.views.client_authentication import answer

# Client metadata → field of a Registration, where the names differ.
NAMES = {
    "client_name": "display_name",
    "id_token_signed_response_alg": "algorithm",
    "scope": "scopes",
}
SAME_NAME = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "jwks",
    "application_type",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
)
FIELDS = NAMES | {name: name for name in SAME_NAME}
METADATA = {field: name for name, field in FIELDS.items()}
# Understood and not offered: to leave these out silently would register something else than was meant.
NOT_OFFERED = ("jwks_uri", "sector_identifier_uri", "initiate_login_uri", "request_uris")


@csrf_exempt
@require_POST
def registrations(request: HttpRequest) -> HttpResponse:
    try:
        token = _bearer(request)
        application, secret = register_dynamically(token=token, registration=_registration(_metadata(request)))
    except Unauthenticated as refusal:
        return _challenge(request, refusal)
    except DomainError as refusal:
        return _refused(refusal)
    return answer(_registered(application, secret), status=201)


def _bearer(request: HttpRequest) -> str:
    token = bearer_token(request)
    if token is None:
        raise Unauthenticated("invalid_token", "Send an initial access token as bearer. Administrators make them.")
    return token


def _metadata(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Invalid("invalid_client_metadata", "Send JSON: Content-Type: application/json.")
    try:
        metadata = loads(request.body, most_bytes=MOST_OF_STRANGERS)
    except (ParseError, RequestDataTooBig) as error:
        raise Invalid("invalid_client_metadata", str(error)) from None
    if not isinstance(metadata, dict):
        raise Invalid("invalid_client_metadata", "The body is a JSON object.")
    return metadata


def _registration(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the known fields. Unknown ones are ignored, and null counts as absent (RFC 7591 §2)."""
    given = {name: value for name, value in metadata.items() if value is not None}
    for name in NOT_OFFERED:
        if given.get(name):
            raise Invalid("invalid_client_metadata", f"{name}: not supported here.")
    if given.get("subject_type", "public") != "public":
        raise Invalid("invalid_client_metadata", "subject_type: only public is supported here.")
    _check_response_types(given)
    registration = {field: given[name] for name, field in FIELDS.items() if name in given}
    if isinstance(registration.get("scopes"), str):
        registration["scopes"] = registration["scopes"].split()
    return registration


def _check_response_types(given: dict[str, Any]) -> None:
    """They go with the grant types (RFC 7591 §2.1), of which code is the only one that has any."""
    grants = given.get("grant_types", [GrantType.AUTHORIZATION_CODE.value])
    expected = ["code"] if isinstance(grants, list) and GrantType.AUTHORIZATION_CODE in grants else []
    if given.get("response_types", expected) != expected:
        raise Invalid("invalid_client_metadata", f"response_types: {expected} goes with these grant_types.")


def _registered(application: Application, secret: str) -> dict[str, object]:
    """RFC 7591 §3.2.1."""
    registration = vars(registration_of(application))
    body: dict[str, object] = {name: registration[field] for name, field in FIELDS.items()}
    body |= {
        "client_id": application.client_id,
        "client_id_issued_at": int(application.created_at.timestamp()),
        "scope": " ".join(registration["scopes"]),
        "response_types": ["code"] if GrantType.AUTHORIZATION_CODE in registration["grant_types"] else [],
        "subject_type": "public",
    }
    if secret:
        body |= {"client_secret": secret, "client_secret_expires_at": 0}
    return {name: value for name, value in body.items() if value not in (None, "")}


def _challenge(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """RFC 6750 §3.1: no error for who sent no token at all."""
    response = _refused(refusal, 401)
    response["WWW-Authenticate"] = 'Bearer error="invalid_token"' if "Authorization" in request.headers else "Bearer"
    return response


def _refused(refusal: DomainError, status: int = 400) -> HttpResponse:
    """RFC 7591 §3.2.2, in ASCII, and in the client's own words for its metadata."""
    field = str(refusal.facts.get("field", ""))
    message = refusal.message.removeprefix(f"{field}: ")
    described = f"{METADATA.get(field, field)}: {message}" if field else message
    description = described.encode("ascii", "replace").decode()
    return answer({"error": refusal.code, "error_description": description}, status)
