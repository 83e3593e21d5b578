"""Publish the signing keys, and what is offered where, for verifiers and clients.

OpenID Connect Discovery 1.0 §3, RFC 8414 §2; the two documents are one.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from accounts.models.sessions import ACR_ONE, ACR_SEVERAL
from tokens import keyring
from tokens.claims import SCOPES
from tokens.models.applications import AuthMethod, GrantType
from tokens.models.keys import Algorithm
from tokens.signals import jwks_fetched

ENDPOINTS = {
    "authorization_endpoint": "auth",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "certs",
    "end_session_endpoint": "logout",
    "revocation_endpoint": "revoke",
    "introspection_endpoint": "token/introspect",
    "device_authorization_endpoint": "auth/device",
    "registration_endpoint": "registrations",
}
CLAIMS = (
    "acr",
    "aud",
    "auth_time",
    "amr",
    "at_hash",
    "azp",
    "email",
    "email_verified",
    "exp",
    "gid",
    "groups",
    "iat",
    "iss",
    "name",
    "nonce",
    "preferred_username",
    "sid",
    "sub",
    "supplementary_groups",
    "tenant_id",
    "uid",
)
OF_CLIENTS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


def for_everybody(body: dict[str, object]) -> HttpResponse:
    response = JsonResponse(body)
    response["Cache-Control"] = f"public, max-age={int(settings.JWKS_MAX_AGE.total_seconds())}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@gzip_page
@conditional_page
def certs(request: HttpRequest) -> HttpResponse:
    published = keyring.published()
    jwks_fetched.send(sender=None, kids=[key["kid"] for key in published["keys"]])
    return for_everybody({**published})


@require_safe
@gzip_page
@conditional_page
def configuration(request: HttpRequest) -> HttpResponse:
    return for_everybody(metadata())


def metadata() -> dict[str, object]:
    """Exactly what is offered."""
    protocol = f"{settings.ISSUER}/protocol/openid-connect"
    grants = [grant.value for grant in GrantType]
    if settings.OIDC_PASSWORD_GRANT_ENABLED and settings.PASSWORD_GRANT_ENABLED:
        grants.append("password")
    return {
        "issuer": settings.ISSUER,
        **{name: f"{protocol}/{path}" for name, path in ENDPOINTS.items()},
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants,
        "acr_values_supported": [ACR_ONE, ACR_SEVERAL],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Algorithm.values,
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AuthMethod.values,
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "revocation_endpoint_auth_methods_supported": AuthMethod.values,
        "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "introspection_endpoint_auth_methods_supported": list(OF_CLIENTS),
        "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
    }
