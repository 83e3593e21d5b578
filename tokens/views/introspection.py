"""The introspection endpoint (RFC 7662 §2)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from common.errors import DomainError, Invalid
from tokens.services.introspection import introspect
from tokens.views.client_authentication import answer, client_of, oauth_error, parameters


@csrf_exempt
@require_POST
@sensitive_post_parameters()
def introspection(request: HttpRequest) -> HttpResponse:
    try:
        given = parameters(request)
        application = client_of(request, given)
        if "token" not in given:
            raise Invalid("invalid_request", "token is missing.")
        return answer(introspect(given["token"], asking=application))
    except DomainError as refusal:
        return oauth_error(refusal)
