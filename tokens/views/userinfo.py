"""The UserInfo endpoint (OpenID Connect Core §5.3)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.bearer import bearer_token
from common.errors import Forbidden, Unauthenticated
from tokens import jwt
from tokens.ports.audiences import target_named
from tokens.services.issue import userinfo as userinfo_of
from tokens.services.verify import Verified, admit
from tokens.views.client_authentication import answer
from tokens.views.cors import cross_origin


@csrf_exempt
@cross_origin
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    token = bearer_token(request)
    if token is None:
        return _challenge(401, "Bearer")
    try:
        verified = _verified(token)
    except Unauthenticated as refusal:
        return _challenge(401, 'Bearer error="invalid_token"', refusal.message)
    except Forbidden as refusal:
        return _challenge(403, 'Bearer error="insufficient_scope", scope="openid"', refusal.message)
    assert verified.session is not None  # noqa: S101  people's tokens have one, and others were refused
    scope = str(verified.claims["scope"]).split()
    return answer({**userinfo_of(verified.session, scope, verified.groups)})


def _verified(raw: str) -> Verified:
    """Return a person's token with the scope openid, for the control plane or its own client.

    Not one made for a cluster.
    """
    claims = jwt.read_for_anybody(raw)
    target = target_named(jwt.audiences_of(claims), client_id=str(claims.get("client_id")))
    if target.cluster is not None:
        raise Unauthenticated("wrong_audience", "The access token is for a cluster.")
    verified = admit(claims, target=target, groups="groups" in str(claims.get("scope", "")).split())
    if verified.session is None or "openid" not in str(verified.claims["scope"]).split():
        raise Forbidden("insufficient_scope", "Ask for the scope openid.")
    return verified


def _challenge(status: int, challenge: str, description: str = "") -> HttpResponse:
    """RFC 6750 §3."""
    error = {401: "invalid_token", 403: "insufficient_scope"}[status]
    body: dict[str, object] = {"error": error, "error_description": description or "Send an access token as bearer."}
    response = answer(body, status)
    response["WWW-Authenticate"] = challenge
    return response
