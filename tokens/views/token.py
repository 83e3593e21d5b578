"""The token endpoint (RFC 6749 §3.2), under its Keycloak-shaped name and as the platform's `POST /api/v2/token`."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from common.errors import DomainError, Invalid
from tokens.claims import understood
from tokens.models import Application
from tokens.models.applications import GrantType
from tokens.oauth import redeem_grant, token_body
from tokens.services.devices import poll
from tokens.services.issue import issue_to_application, scope_for
from tokens.services.password import EVERYTHING, issue_for_password
from tokens.views.client_authentication import answer, audience_in, client_of, oauth_error, parameters
from tokens.views.cors import cross_origin

Form = dict[str, str]
Take = Callable[[HttpRequest, Application, Form], HttpResponse]


@csrf_exempt
@cross_origin
@require_POST
@sensitive_post_parameters()
def token(request: HttpRequest) -> HttpResponse:
    return _answer(request, GRANTS if settings.OIDC_PASSWORD_GRANT_ENABLED else WITHOUT_PASSWORD)


@csrf_exempt
@require_POST
@sensitive_post_parameters()
def platform_token(request: HttpRequest) -> HttpResponse:
    """`POST /api/v2/token`: by password too, and then the client need not say who it is."""
    return _answer(request, GRANTS, unnamed="cli")


def _answer(request: HttpRequest, offered: Mapping[str, Take], unnamed: str = "") -> HttpResponse:
    try:
        given = parameters(request)
        grant_type = given.get("grant_type", "")
        if grant_type not in offered:
            raise _unsupported(grant_type)
        if unnamed and grant_type in FOR_PEOPLE and "HTTP_AUTHORIZATION" not in request.META:
            given.setdefault("client_id", unnamed)
        return offered[grant_type](request, client_of(request, given), given)
    except DomainError as refusal:
        return oauth_error(refusal)


def by_code_or_refresh_token(request: HttpRequest, application: Application, given: Form) -> HttpResponse:
    status, body = redeem_grant(request, application=application, audience=audience_in(request))
    return answer(body, status)


def by_client_credentials(request: HttpRequest, application: Application, given: Form) -> HttpResponse:
    """RFC 6749 §4.4. Past the toolkit: nothing is redeemed, and robots ask often."""
    scope = _scope_in(given, application)
    issued = issue_to_application(application=application, audience=audience_in(request), scope=scope, just_read=True)
    body = token_body(issued)
    if "openid" not in scope and given.get("response_type") != "id_token":
        del body["id_token"]
    return answer(body)


def by_device_code(request: HttpRequest, application: Application, given: Form) -> HttpResponse:
    """RFC 8628 §3.4."""
    if not application.allows(GrantType.DEVICE_CODE):
        raise _not_allowed(GrantType.DEVICE_CODE)
    if "device_code" not in given:
        raise Invalid("invalid_request", "device_code is missing.")
    issued = poll(given["device_code"], application=application, audience=audience_in(request))
    return answer(token_body(issued))


def by_password(request: HttpRequest, application: Application, given: Form) -> HttpResponse:
    """For scripts of our own clients. RFC 9700 §2.4 says never; either setting closes it."""
    if not settings.PASSWORD_GRANT_ENABLED:
        raise _unsupported("password")
    if not application.first_party:
        raise _not_allowed("password")
    issued = issue_for_password(
        email=given.get("username", ""),
        password=given.get("password", ""),
        client_id=application.client_id,
        audience=audience_in(request),
        scope=" ".join(scope_for(application, _scope_in(given, application))) if "scope" in given else EVERYTHING,
    )
    return answer(token_body(issued))


GRANTS: dict[str, Take] = {
    GrantType.AUTHORIZATION_CODE: by_code_or_refresh_token,
    GrantType.REFRESH_TOKEN: by_code_or_refresh_token,
    GrantType.CLIENT_CREDENTIALS: by_client_credentials,
    GrantType.DEVICE_CODE: by_device_code,
    "password": by_password,
}
WITHOUT_PASSWORD = {grant_type: take for grant_type, take in GRANTS.items() if grant_type != "password"}
FOR_PEOPLE = ("password", GrantType.REFRESH_TOKEN)


def _scope_in(given: Form, application: Application) -> list[str]:
    scope = understood(given.get("scope", "").split())
    if not set(scope) <= set(application.scopes):
        raise Invalid("invalid_scope", f"{application} may not ask for this scope.")
    return scope


def _unsupported(grant_type: str) -> Invalid:
    if not grant_type:
        return Invalid("invalid_request", "grant_type is missing.")
    return Invalid("unsupported_grant_type", "This grant_type is not offered here.")


def _not_allowed(grant_type: str) -> Invalid:
    return Invalid("unauthorized_client", f"This client is not registered for the grant {grant_type}.")
