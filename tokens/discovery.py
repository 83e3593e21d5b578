"""What verifiers read: the signing keys, and where they are (OpenID Connect Discovery 1.0 §3, RFC 8414)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from tokens import keyring
from tokens.models.keys import Algorithm


def _for_everybody(body: dict[str, object]) -> HttpResponse:
    response = JsonResponse(body)
    response["Cache-Control"] = f"public, max-age={int(settings.JWKS_MAX_AGE.total_seconds())}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def certs(request: HttpRequest) -> HttpResponse:
    return _for_everybody({**keyring.current().jwks()})


@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """Only what is offered: there is no authorization endpoint yet, and so no response type."""
    protocol = f"{settings.ISSUER}/protocol/openid-connect"
    return _for_everybody(
        {
            "issuer": settings.ISSUER,
            "jwks_uri": f"{protocol}/certs",
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": Algorithm.values,
            "claims_supported": [
                "aud", "auth_time", "email", "email_verified", "exp", "gid", "groups", "iat", "iss", "name",
                "preferred_username", "sid", "sub", "supplementary_groups", "tenant_id", "uid",
            ],
        }
    )  # fmt: skip
