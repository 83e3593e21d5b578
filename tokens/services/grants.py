"""What a sign-in gives a client: begun by a password, a code or a device code, ended by its owner or by misuse."""

from collections.abc import Collection
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from accounts.models.sessions import Kind
from accounts.services.sessions import revoke_session, start_session
from common.actors import SYSTEM, Actor
from common.announcements import Changed, announce
from common.context import acting_by
from common.locking import hold, try_hold, try_lock
from tokens.models import Application, RefreshChain
from tokens.models.applications import Grant
from tokens.services.gate import gate, hold_parties
from tokens.services.issue import Issued, issue_to_person, recording_refusals
from tokens.services.refresh import first_refresh_token


def begin(
    *,
    session: Session,
    application: Application,
    scope: str,
    audience: str = "",
    first_audience: str = "",
    nonce: str = "",
    grant_type: Grant = Grant.AUTHORIZATION_CODE,
) -> tuple[Issued, RefreshChain]:
    """The first tokens that a client gets of a sign-in; Refused, and nothing begun, when the gate is shut.

    What runs on a device of its own, or may go on when its user leaves, gets a session of its own; anything else
    ends with the browser session that approved it.
    """
    acting_by(client_id=application.client_id, session_id=session.pk)
    own = grant_type == Grant.DEVICE_CODE or has_own_session(application, scope.split())
    with recording_refusals(session.user), transaction.atomic():
        hold_parties(session.user, application, begins_session=own)
        gate(user_id=session.user_id, session_id=session.pk, client_id=application.client_id)
        now = timezone.now()
        chain = RefreshChain(
            session=_device_session(session) if own else session,
            started_from=session,
            application=application,
            scope=scope,
            audience=audience,
            grant_type=grant_type,
            authenticated_at=session.authenticated_at,
            rotated_at=now,
            idle_ends_at=now + settings.REFRESH_IDLE_LIFETIME,
        )
        issued = issue_to_person(chain=chain, audience=first_audience, nonce=nonce)
        if application.allows(Grant.REFRESH_TOKEN):
            issued = replace(issued, refresh_token=first_refresh_token(chain))
        chain.save(force_insert=True)
        _note_begin(chain)
    return issued, chain


def begin_on_device(*, user: User, application: Application, scope: str, audience: str = "") -> Issued:
    """Tokens for a person who just showed their password to the token API: a session, or nothing."""
    acting_by(client_id=application.client_id)
    with recording_refusals(user), transaction.atomic():
        session = start_session(user=user, kind=Kind.DEVICE)
        hold(application)
        now = timezone.now()
        chain = RefreshChain(
            session=session,
            application=application,
            scope=scope,
            audience=audience,
            authenticated_at=now,
            rotated_at=now,
            idle_ends_at=now + settings.REFRESH_IDLE_LIFETIME,
        )
        issued = replace(issue_to_person(chain=chain), refresh_token=first_refresh_token(chain))
        chain.save(force_insert=True)
        announce(Changed.GRANT, chain)
    return issued


def has_own_session(application: Application, scope: Collection[str]) -> bool:
    """Whether what it gets outlives the browser session in which it was approved."""
    return application.is_native or "offline_access" in scope


@transaction.atomic
def end(*, actor: Actor, chain: RefreshChain, because: str) -> None:
    """No token of this grant is honoured from now on; a session that it has for itself ends with it."""
    try_hold(chain.application)
    try_lock(chain.session)  # before its grants, as whoever ends the session does
    ended = RefreshChain.objects.filter(pk=chain.pk, revoked_at=None).update(revoked_at=timezone.now())
    if not ended:
        return
    audit.record("grant:end", actor=actor, target=chain.session, because=because, client_id=chain.application.client_id)
    announce(Changed.GRANT, chain)
    if chain.session.kind != Kind.BROWSER:
        revoke_session(actor=SYSTEM, session=chain.session, because=because)


def _note_begin(chain: RefreshChain) -> None:
    audit.record(
        "grant:begin", actor=chain.session.user, target=chain.session,
        client_id=chain.application.client_id, scope=chain.scope, audience=chain.audience,
    )  # fmt: skip
    announce(Changed.GRANT, chain)


def _device_session(browser: Session) -> Session:
    """A session of its own for who is signed in in this browser, as long as the browser's is not over."""
    return start_session(
        user=browser.user,
        kind=Kind.DEVICE,
        method=browser.method,  # type: ignore[arg-type]  # read back from the database
        authenticated_at=browser.authenticated_at,
        provider_id=browser.provider_id,
        not_after=browser.not_after,
    )
