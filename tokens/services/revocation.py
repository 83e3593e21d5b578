"""A client gives back what it was given for a person (RFC 7009)."""

import audit.services as audit
from common.errors import Forbidden, Invalid, Unauthenticated
from tokens import jwt
from tokens.claims import Claims, is_application
from tokens.models import Application, RefreshChain
from tokens.services.grants import end
from tokens.services.refresh import chain_of, is_current

BECAUSE = "given back by the application"


def revoke(token: str, *, asking: Application) -> None:
    """End the grant that an access or a refresh token is of; what is unknown or over was revoked already (§2.2).

    Forbidden `invalid_grant` for a token of another client, which stays as it is (§2.1); Invalid
    `unsupported_token_type` for one that an application has for itself: nothing is stored of it (§2.2.1).
    """
    chain = chain_of(token)
    if chain is not None:
        if is_current(chain, token):
            _end(chain, asking)
        return
    try:
        claims = jwt.read_for_anybody(token)
    except Unauthenticated:
        return
    _revoke_access_token(claims, asking)


def _revoke_access_token(claims: Claims, asking: Application) -> None:
    if claims.get("client_id") != asking.client_id:
        raise _refused(asking)
    if is_application(claims):
        message = "An application's own access token can't be revoked. Let it run out, or disable the application."
        raise Invalid("unsupported_token_type", message)
    chains = RefreshChain.objects.select_related("session__user", "application")
    # Tokens from before there were grants name none, and are refused everywhere.
    chain = chains.filter(pk=str(claims["grant_id"])).first() if "grant_id" in claims else None
    if chain is not None:
        _end(chain, asking)


def _end(chain: RefreshChain, asking: Application) -> None:
    if chain.application != asking:
        raise _refused(asking)
    end(actor=asking, chain=chain, because=BECAUSE)


def _refused(asking: Application) -> Forbidden:
    audit.record("grant:end", actor=asking, result=audit.FAILED, reason="the token is of another application")
    return Forbidden("invalid_grant", "The token was issued to another client.")
