"""Refresh tokens: one grant per sign-in and device, a new token with every use (RFC 9700 §4.14.2).

A token reads `<grant>.<secret>.<signature>`. The secret of its successor is an HMAC of the token under a key of the
server, so that twenty requests at once get the same answer without anything being stored but hashes. A former token of
a grant was stolen or is the thief's: then the whole grant ends, and its session with it. The signature tells former
tokens from made-up ones, which end nothing: the grant's id stands in access tokens, which clusters are sent.
"""

import base64
import hmac
import secrets
from collections.abc import Collection
from copy import copy
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

import audit.services as audit
from accounts.services.sessions import farewell, revoke_session
from common.actors import SYSTEM
from common.context import acting_by
from common.errors import Invalid, Unauthenticated
from common.hashes import sha256_of
from common.lookup import WriteStatement
from tokens.claims import understood
from tokens.models import Application, Grant
from tokens.models.applications import GrantType
from tokens.models.grants import with_grant_id
from tokens.services.issue import Issued, issue_to_person, recording_refusals

ROTATE = WriteStatement(
    "tokens",
    "UPDATE {grant} SET previous_hash = %s, current_hash = %s, rotated_at = %s, idle_ends_at = %s"
    " WHERE id = %s AND current_hash = %s AND revoked_at IS NULL",
)


def first_refresh_token(grant: Grant) -> str:
    """Give a grant that is about to be saved its first token."""
    token = _sealed(grant.pk, secrets.token_urlsafe(32))
    grant.current_hash = sha256_of(token)
    return token


def refresh(*, token: str, application: Application, audience: str = "", scope: Collection[str] = ()) -> Issued:
    """New tokens for the grant's current one; Unauthenticated `invalid_grant` for any other.

    One that the grant had before ends the grant (RFC 9700 §4.14.2).
    A `scope` narrows these tokens and not the next ones (RFC 6749 §6).
    """
    grant = grant_of(token)
    if grant is None or grant.application != application or not application.allows(GrantType.REFRESH_TOKEN):
        raise _invalid()
    if grant.revoked_at is not None or grant.idle_ends_at <= timezone.now():
        raise _over(grant) if _is_current(grant, token) else _invalid()
    if not _is_current(grant, token) and not _just_was(grant, token):
        if _is_ours(token):
            _end(grant)
        raise _invalid()
    acting_by(client_id=application.client_id, session_id=grant.session_id, grant_id=grant.pk)

    with recording_refusals(grant.session.user):
        issued = issue_to_person(grant=_narrowed(grant, scope), audience=audience)
    successor = _successor(token)
    if not _rotate(grant, token, successor):
        # Another request with the same token was quicker; both get its answer.
        now = grant_of(token)
        if now is None or not _just_was(now, token):
            raise _invalid()
    return replace(issued, refresh_token=successor)


def grant_of(token: str) -> Grant | None:
    """Return the grant that a refresh token says it is of, whether or not it is."""
    identifier, dot, _ = token.partition(".")
    if not dot or len(token) > 200 or not token.isascii():
        return None
    try:
        grant_id = UUID(hex=identifier)
    except ValueError:
        return None
    return with_grant_id(grant_id)


def is_current(grant: Grant, token: str) -> bool:
    return _is_current(grant, token) or _just_was(grant, token)


def _narrowed(grant: Grant, scope: Collection[str]) -> Grant:
    granted = grant.scope.split()
    if not scope:
        return grant
    if not set(understood(scope)) <= set(granted):
        raise Invalid("invalid_scope", "More scope was asked for than was granted.")
    narrowed = copy(grant)
    narrowed.scope = " ".join(name for name in granted if name in scope)
    return narrowed


def _is_current(grant: Grant, token: str) -> bool:
    return hmac.compare_digest(grant.current_hash, sha256_of(token))


def _just_was(grant: Grant, token: str) -> bool:
    fresh = timezone.now() - grant.rotated_at <= settings.REFRESH_GRACE
    return fresh and hmac.compare_digest(grant.previous_hash, sha256_of(token)) and grant.revoked_at is None


def _rotate(grant: Grant, token: str, successor: str) -> bool:
    now, digest = timezone.now(), sha256_of(token)
    idle_ends_at = now + settings.REFRESH_IDLE_LIFETIME
    return bool(ROTATE(digest, sha256_of(successor), now, idle_ends_at, grant.pk, digest))


@transaction.atomic
def _end(grant: Grant) -> None:
    """End the grant's session, and by that everything else that came of the sign-in."""
    audit.record("token:reuse", actor=grant.session.user, target=grant.session, result=audit.FAILED, reason="reused")
    revoke_session(actor=SYSTEM, session=grant.session, because="a refresh token was used twice")


def _successor(token: str) -> str:
    grant_id, _, _ = token.partition(".")
    digest = salted_hmac("tokens.refresh.successor", token, algorithm="sha256").digest()
    return _sealed(UUID(hex=grant_id), base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def _sealed(grant_id: UUID, secret: str) -> str:
    return _signer().sign(f"{grant_id.hex}.{secret}")


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="tokens.refresh")


def _is_ours(token: str) -> bool:
    """Return True for what is or was a token of its grant; False for one from before they were signed."""
    try:
        _signer().unsign(token)
    except signing.BadSignature:
        return False
    return True


def _over(grant: Grant) -> Unauthenticated:
    """Say why to who holds the current token, as the sign-in page says it to a browser that was signed out."""
    session = grant.session
    if session.revoked_at is not None:
        return Unauthenticated("invalid_grant", farewell(session.revoked_because))
    if grant.revoked_at is not None:
        return Unauthenticated("invalid_grant", "This sign-in was ended. Sign in again.")
    return Unauthenticated("invalid_grant", "This sign-in was not used for too long. Sign in again.")


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid_grant", "The refresh token is not valid, or no longer. Sign in again.")
