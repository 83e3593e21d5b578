"""Begin and end grants: by a password, a code or a device code; ended by their owner or after misuse."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import derived_from, revoke_session, start_session
from accounts.services.throttle import Try, forget_tries
from common.actors import SYSTEM, Actor
from common.announcements import Changed, announce
from common.context import acting_by
from common.errors import Unavailable
from common.locking import try_hold, try_lock
from common.wording import Wording
from tokens.models import Application, Grant
from tokens.models.applications import GrantType
from tokens.ports.facts import Asked, facts_of
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
    grant_type: GrantType = GrantType.AUTHORIZATION_CODE,
) -> tuple[Issued, Grant]:
    """Issue the first tokens of a client at a sign-in. Nothing begins if the gate refuses.

    What runs on a device of its own, or may go on when its user leaves, gets a session of its own; anything else
    ends with the browser session that approved it.
    """
    acting_by(client_id=application.client_id, session_id=session.pk)
    own = grant_type == GrantType.DEVICE_CODE or has_own_session(application, scope.split())
    with recording_refusals(session.user), transaction.atomic():
        hold_parties(session.user, application, begins_session=own)
        gate(user_id=session.user_id, session_id=session.pk, client_id=application.client_id)
        grant = new_grant(
            session=_device_session(session) if own else session,
            started_from=session,
            application=application,
            scope=scope,
            audience=audience,
            grant_type=grant_type,
        )
        acting_by(grant_id=grant.pk)
        issued = issue_to_person(grant=grant, audience=first_audience, nonce=nonce)
        if application.allows(GrantType.REFRESH_TOKEN):
            issued = replace(issued, refresh_token=first_refresh_token(grant))
        save_new(grant)
    return issued, grant


def begin_on_device(*, user: User, client_id: str, scope: str, audience: str = "", tried: Try) -> Issued:
    """Start a session for a person who just gave their password to the token API, and issue its first tokens.

    The same transaction forgets the tries that were counted.
    """
    acting_by(client_id=client_id)
    # Scripts sign in by the hundred: the two entries of the audit log cost one statement.
    with recording_refusals(user), transaction.atomic(), audit.in_one_statement():
        session = start_session(user=user, kind=SessionKind.DEVICE)
        facts = facts_of(
            Asked(client_id=client_id, user_id=user.pk, session_id=session.pk, groups=not audience, holds_client=True)
        )
        application = facts.application
        if application is None:
            raise Unavailable(
                "no_built_in_clients",
                Wording("The client {client_id} is missing. Run: manage.py bootstrap", client_id=client_id),
            )
        grant = new_grant(session=session, application=application, scope=scope, audience=audience)
        acting_by(grant_id=grant.pk)
        issued = replace(issue_to_person(grant=grant, facts=facts), refresh_token=first_refresh_token(grant))
        save_new(grant)
        forget_tries(tried)
    return issued


def new_grant(
    *,
    session: Session,
    application: Application,
    started_from: Session | None = None,
    scope: str = "",
    audience: str = "",
    grant_type: GrantType | Literal[""] = "",
    unused_until: datetime | None = None,
) -> Grant:
    """Make a grant of this session. It is not saved: `save_new` does that, once its tokens could be issued.

    `unused_until` is when it ends if it is not refreshed, which is the usual time from now unless it is given.
    """
    now = timezone.now()
    return Grant(
        session=session,
        started_from=started_from,
        application=application,
        scope=scope,
        audience=audience,
        grant_type=grant_type,
        authenticated_at=session.authenticated_at,
        rotated_at=now,
        idle_ends_at=unused_until or now + settings.REFRESH_IDLE_LIFETIME,
    )


def save_new(grant: Grant) -> None:
    """Save what `new_grant` made, and say so in the audit log: in the transaction of the verb that began it."""
    grant.save()
    audit.record(
        "grant:begin",
        actor=grant.session.user,
        target=grant.session,
        client_id=grant.application.client_id,
        scope=grant.scope,
        audience=grant.audience,
    )
    announce(Changed.GRANT, grant)


def has_own_session(application: Application, scope: Collection[str]) -> bool:
    """Return whether what it gets outlives the browser session in which it was approved."""
    return application.is_native or "offline_access" in scope


@transaction.atomic
def end(*, actor: Actor, grant: Grant, because: str) -> None:
    """No token of this grant is honoured from now on; a session that it has for itself ends with it."""
    try_hold(grant.application)
    try_lock(grant.session)  # before its grants, as whoever ends the session does
    ended = Grant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=timezone.now())
    if not ended:
        return
    audit.record("grant:end", actor=actor, target=grant.session, because=because, client_id=grant.application.client_id)
    announce(Changed.GRANT, grant)
    if grant.session.kind != SessionKind.BROWSER:
        revoke_session(actor=SYSTEM, session=grant.session, because=because)


def _device_session(browser: Session) -> Session:
    """Return a new session for who is signed in in this browser, as long as the browser's is not over."""
    return start_session(user=browser.user, kind=SessionKind.DEVICE, **derived_from(browser))
