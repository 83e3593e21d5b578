"""A client gives back what it was given for a person (RFC 7009)."""

from contextlib import suppress

import audit.services as audit
from common.errors import Forbidden, Invalid, Unauthenticated
from tokens import jwt
from tokens.claims import Claims, is_application
from tokens.models import Application, Grant
from tokens.ports.audiences import target_named
from tokens.services.grants import end
from tokens.services.refresh import grant_of, is_current

BECAUSE = "given back by the application"


def revoke(token: str, *, asking: Application) -> None:
    """End the grant that an access or a refresh token is of; what is unknown or over was revoked already (§2.2).

    Forbidden `invalid_grant` for a token of another client, which stays as it is (§2.1). Invalid
    `unsupported_token_type` (§2.2.1) for one that an application has for itself, of which nothing is stored, and for
    one for a cluster: whoever holds the cluster has it, and could sign its owner out.
    """
    grant = grant_of(token)
    if grant is not None:
        if is_current(grant, token):
            _end(grant, asking)
        return
    with suppress(Unauthenticated):
        _revoke_access_token(jwt.read_for_anybody(token), asking)


def _revoke_access_token(claims: Claims, asking: Application) -> None:
    if claims.get("client_id") != asking.client_id:
        raise _refused(asking)
    if is_application(claims):
        message = "An application's own access token can't be revoked. Let it run out, or disable the application."
        raise Invalid("unsupported_token_type", message)
    if target_named(jwt.audiences_of(claims), client_id=asking.client_id).cluster is not None:
        message = "A token for a cluster can't be revoked by showing it. Revoke the refresh token that it came from."
        raise Invalid("unsupported_token_type", message)
    grants = Grant.objects.select_related("session__user", "application")
    # Tokens from before there were grants name none, and are refused everywhere.
    grant = grants.filter(pk=str(claims["grant_id"])).first() if "grant_id" in claims else None
    if grant is not None:
        _end(grant, asking)


def _end(grant: Grant, asking: Application) -> None:
    if grant.application != asking:
        raise _refused(asking)
    end(actor=asking, grant=grant, because=BECAUSE)


def _refused(asking: Application) -> Forbidden:
    audit.record("grant:end", actor=asking, result=audit.FAILED, reason="the token is of another application")
    return Forbidden("invalid_grant", "The token was issued to another client.")
