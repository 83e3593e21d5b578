"""Refresh tokens: one chain per sign-in and device, a new token with every use (RFC 9700 §4.14.2).

A token reads `<chain>.<secret>.<signature>`. The secret of its successor is an HMAC of the token under a key of the
server, so that twenty requests at once get the same answer without anything being stored but hashes. A former token of
a chain was stolen or is the thief's: then the whole chain ends, and its session with it. The signature tells former
tokens from made-up ones, which end nothing: the chain's id stands in access tokens, which clusters are sent.
"""

import base64
import hashlib
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
from tokens.claims import understood
from tokens.models import Application, RefreshChain
from tokens.models.applications import Grant
from tokens.models.chains import with_grant_id
from tokens.services.issue import Issued, issue_to_person, recording_refusals


def first_refresh_token(chain: RefreshChain) -> str:
    """Give a chain that is about to be saved its first token."""
    token = _sealed(chain.pk, secrets.token_urlsafe(32))
    chain.current_hash = _hash(token)
    return token


def refresh(*, token: str, application: Application, audience: str = "", scope: Collection[str] = ()) -> Issued:
    """New tokens for the chain's current one; Unauthenticated `invalid_grant` for any other.

    One that the chain had before ends the chain (RFC 9700 §4.14.2).
    A `scope` narrows these tokens and not the next ones (RFC 6749 §6).
    """
    chain = chain_of(token)
    if chain is None or chain.application != application or not application.allows(Grant.REFRESH_TOKEN):
        raise _invalid()
    if chain.revoked_at is not None or chain.idle_ends_at <= timezone.now():
        raise _over(chain) if _is_current(chain, token) else _invalid()
    if not _is_current(chain, token) and not _just_was(chain, token):
        if _is_ours(token):
            _end(chain)
        raise _invalid()
    acting_by(client_id=application.client_id, session_id=chain.session_id)

    with recording_refusals(chain.session.user):
        issued = issue_to_person(chain=_narrowed(chain, scope), audience=audience)
    successor = _successor(token)
    if not _rotate(chain, token, successor):
        # Another request with the same token was quicker; both get its answer.
        now = chain_of(token)
        if now is None or not _just_was(now, token):
            raise _invalid()
    return replace(issued, refresh_token=successor)


def chain_of(token: str) -> RefreshChain | None:
    """The chain that a refresh token says it is of, whether or not it is."""
    identifier, dot, _ = token.partition(".")
    if not dot or len(token) > 200 or not token.isascii():
        return None
    try:
        chain_id = UUID(hex=identifier)
    except ValueError:
        return None
    return with_grant_id(chain_id)


def is_current(chain: RefreshChain, token: str) -> bool:
    return _is_current(chain, token) or _just_was(chain, token)


def _narrowed(chain: RefreshChain, scope: Collection[str]) -> RefreshChain:
    granted = chain.scope.split()
    if not scope:
        return chain
    if not set(understood(scope)) <= set(granted):
        raise Invalid("invalid_scope", "More scope was asked for than was granted.")
    narrowed = copy(chain)
    narrowed.scope = " ".join(name for name in granted if name in scope)
    return narrowed


def _is_current(chain: RefreshChain, token: str) -> bool:
    return hmac.compare_digest(chain.current_hash, _hash(token))


def _just_was(chain: RefreshChain, token: str) -> bool:
    fresh = timezone.now() - chain.rotated_at <= settings.REFRESH_GRACE
    return fresh and hmac.compare_digest(chain.previous_hash, _hash(token)) and chain.revoked_at is None


def _rotate(chain: RefreshChain, token: str, successor: str) -> bool:
    now = timezone.now()
    current = RefreshChain.objects.filter(pk=chain.pk, current_hash=_hash(token), revoked_at=None)
    return bool(
        current.update(
            previous_hash=_hash(token),
            current_hash=_hash(successor),
            rotated_at=now,
            idle_ends_at=now + settings.REFRESH_IDLE_LIFETIME,
        )
    )


@transaction.atomic
def _end(chain: RefreshChain) -> None:
    """The session with it, and by that everything else that came of the sign-in."""
    audit.record("token:reuse", actor=chain.session.user, target=chain.session, result=audit.FAILED, reason="reused")
    revoke_session(actor=SYSTEM, session=chain.session, because="a refresh token was used twice")


def _successor(token: str) -> str:
    chain_id, _, _ = token.partition(".")
    digest = salted_hmac("tokens.refresh.successor", token, algorithm="sha256").digest()
    return _sealed(UUID(hex=chain_id), base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def _sealed(chain_id: UUID, secret: str) -> str:
    return _signer().sign(f"{chain_id.hex}.{secret}")


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="tokens.refresh")


def _is_ours(token: str) -> bool:
    """Return True for what is or was a token of its chain; False for one from before they were signed."""
    try:
        _signer().unsign(token)
    except signing.BadSignature:
        return False
    return True


def _hash(token: str) -> str:
    # 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def _over(chain: RefreshChain) -> Unauthenticated:
    """Say why to who holds the current token, as the sign-in page says it to a browser that was signed out."""
    session = chain.session
    if session.revoked_at is not None:
        return Unauthenticated("invalid_grant", farewell(session.revoked_because))
    if chain.revoked_at is not None:
        return Unauthenticated("invalid_grant", "This sign-in was ended. Sign in again.")
    return Unauthenticated("invalid_grant", "This sign-in was not used for too long. Sign in again.")


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid_grant", "The refresh token is not valid, or no longer. Sign in again.")
