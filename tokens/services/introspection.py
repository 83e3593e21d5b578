"""Tell a client of a token that somebody showed it (RFC 7662): as things are now, or nothing at all."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from common.errors import DomainError, Unauthenticated
from tokens import jwt
from tokens.claims import Claims
from tokens.models import Application, Grant
from tokens.models.applications import GrantType
from tokens.ports.audiences import target_named
from tokens.services.gate import NotAdmitted, gate_grant
from tokens.services.issue import target_for
from tokens.services.refresh import grant_of, is_current
from tokens.services.verify import admit

INACTIVE: Claims = {"active": False}

# What the token itself says; whoever holds it can read as much.
TOLD = (
    "scope",
    "client_id",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "sid",
    "grant_id",
    "auth_time",
    "amr",
    "tenant_id",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "groups",
)


def introspect(token: str, *, asking: Application) -> Claims:
    """Return the answer of RFC 7662 §2.2; never why a token is not active.

    Unauthenticated for a public client: whoever knows its name could try out tokens they found (§4).
    """
    if asking.is_public:
        raise Unauthenticated("invalid_client", "Only clients that can prove who they are may ask.")
    try:
        return {"active": True, **(_access_token(token, asking) or _refresh_token(token, asking))}
    except DomainError:
        return INACTIVE


def _access_token(token: str, asking: Application) -> Claims | None:
    """Return what an access token says; None if it is no access token of ours. Raise NotAdmitted for one of others."""
    try:
        claims = jwt.read_for_anybody(token)
    except Unauthenticated:
        return None
    audiences = set(jwt.audiences_of(claims))
    if not _is_meant_for(asking, claims, audiences):
        raise _not_theirs()
    claims = _admit(claims, audiences)
    told = {name: claims[name] for name in TOLD if name in claims}
    if "preferred_username" in claims:
        told["username"] = claims["preferred_username"]
    return {**told, "token_type": "Bearer"}


def _is_meant_for(asking: Application, claims: Claims, audiences: set[str]) -> bool:
    """Return True if the client got the token, or is one of those whom it is for (RFC 7662 §4)."""
    theirs = {asking.client_id, *asking.audiences}
    if asking.first_party:
        theirs.add(settings.API_AUDIENCE)
    return claims.get("client_id") == asking.client_id or bool(audiences & theirs)


def _admit(claims: Claims, audiences: set[str]) -> Claims:
    """Ask the gate, with the cluster that the token is for, unless it is for us or for its client."""
    target = target_named(audiences, client_id=str(claims.get("client_id")))
    return admit(claims, target=target).claims


def _refresh_token(token: str, asking: Application) -> Claims:
    """Return what a refresh token says to the client that it was given to, which alone can use it."""
    grant = grant_of(token)
    if grant is None or grant.application != asking or not is_current(grant, token):
        raise _not_theirs()
    if grant.idle_ends_at <= timezone.now() or not asking.allows(GrantType.REFRESH_TOKEN):
        raise _not_theirs()
    target = target_for(asking, grant.audience)
    gate_grant(grant, cluster=target.cluster)
    return _said_of(grant)


def _said_of(grant: Grant) -> Claims:
    """Return the claims of the current refresh token of a grant."""
    told: Claims = {
        "scope": grant.scope,
        "client_id": grant.application.client_id,
        "token_type": "refresh_token",
        "exp": _seconds(min(grant.idle_ends_at, grant.session.expires_at)),
        "iat": _seconds(grant.rotated_at),
        "sub": str(grant.session.user_id),
        "aud": grant.application.client_id,
        "iss": settings.ISSUER,
        "sid": str(grant.session_id),
        "grant_id": str(grant.pk),
        "auth_time": _seconds(grant.authenticated_at),
    }
    if "profile" in grant.scope.split():
        told["username"] = grant.session.user.email
    return told


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _not_theirs() -> NotAdmitted:
    return NotAdmitted("wrong_audience", "The token is not for this client.")
