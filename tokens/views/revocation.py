"""The revocation endpoint (RFC 7009 §2)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from common.errors import DomainError, Invalid
from tokens.services.revocation import revoke
from tokens.views.client_authentication import client_of, oauth_error, parameters
from tokens.views.cors import cross_origin


@csrf_exempt
@cross_origin
@require_POST
@sensitive_post_parameters()
def revocation(request: HttpRequest) -> HttpResponse:
    """`token_type_hint` is only a hint, and not needed: the two kinds look different."""
    try:
        given = parameters(request)
        application = client_of(request, given)
        if "token" not in given:
            raise Invalid("invalid_request", "token is missing.")
        revoke(given["token"], asking=application)
    except DomainError as refusal:
        return oauth_error(refusal)
    return HttpResponse(headers={"Cache-Control": "no-store"})
