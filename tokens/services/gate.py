"""The issuance gate: whether a token may be issued, or still be honoured. Everything that does either asks here."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from access.services.standing import around, named_groups_of
from accounts.models import Session, User
from accounts.models.sessions import with_session_id
from accounts.providers import why_cut_off
from accounts.services.browser import is_idle
from common.errors import Unauthenticated
from common.locking import try_hold, try_lock
from tokens.audiences import ClusterAudience
from tokens.models import Application, RefreshChain
from tokens.models.applications import Grant, with_client_id
from tokens.models.chains import with_grant_id
from tokens.services.clients import is_enabled


class Refused(Unauthenticated):
    """The gate is shut; the code says why, the message doesn't say it to a stranger."""


@dataclass(frozen=True)
class Admitted:
    """`groups` are those of a person's that the cluster asked about is told of; without a cluster none.

    `client` is who has the token.
    """

    principal: User | Application
    session: Session | None
    client: Application
    groups: list[str] = field(default_factory=list)


def gate(
    *,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    client_id: str,
    grant_id: UUID | None = None,
    application_id: UUID | None = None,
    audience: str = "",
    cluster: ClusterAudience | None = None,
) -> Admitted:
    """Read afresh who this is and whether anything speaks against them; raise Refused if so.

    A person comes with the session that signed them in, through a client; a token of theirs comes with the `grant_id`
    by which it was issued, before the first one there is none. Without a `user_id` the application `client_id` is
    asking for itself; a token comes with the `application_id` it was issued to, so that a later application of that
    name can't be taken for it. A `cluster` admits only principals that an access rule gives something there. What a
    client holds for people is good for the audiences that they agreed to and that it may ask for now; `audience` is
    whom a token is for. Tokens are good while their client is registered for the grant type by which it got them.
    """
    if user_id is not None:
        return gate_person(_found(user_id, session_id, client_id, grant_id), audience=audience, cluster=cluster)
    return _within(_application(client_id, application_id), cluster)


def hold_parties(user: User, application: Application, *, begins_session: bool = False) -> None:
    """Keep both until the end of the transaction, before the gate is asked: who is gone by then is refused by it."""
    if begins_session:
        try_lock(user)  # starting a session changes the row
    else:
        try_hold(user)
    try_hold(application)


def gate_person(chain: RefreshChain, *, audience: str = "", cluster: ClusterAudience | None = None) -> Admitted:
    """The same, for what was read a moment ago: a chain with its session, user and application."""
    audience = cluster.audience if cluster else audience
    if chain.revoked_at is not None:
        raise _refused("grant_revoked")
    if not is_enabled(chain.application):
        raise _refused("application_disabled")
    if chain.grant_type and not chain.application.allows(chain.grant_type):
        raise _refused("unauthorized_client")
    if audience and not chain.application.may_ask_for(audience):
        raise _refused("audience_taken")
    if audience and not chain.is_for(audience):
        raise _refused("audience_not_granted")
    return _within(_person(chain.session, chain.application), cluster)


def _found(user_id: UUID, session_id: UUID | None, client_id: str, grant_id: UUID | None) -> RefreshChain:
    """The chain of a token; before there is one, what it would be made of."""
    if grant_id is not None:
        chain = with_grant_id(grant_id)
        if chain is None or _of(chain) != (user_id, session_id, client_id):
            raise _refused("grant_missing")
        return chain

    session = with_session_id(session_id) if session_id else None
    if session is None or session.user_id != user_id:
        raise _refused("session_missing")
    application = with_client_id(client_id)
    if application is None:
        raise _refused("application_missing")
    return RefreshChain(session=session, application=application)


def _of(chain: RefreshChain) -> tuple[UUID, UUID, str]:
    return chain.session.user_id, chain.session_id, chain.application.client_id


def _person(session: Session, client: Application) -> Admitted:
    if session.revoked_at is not None:
        raise _refused("session_revoked")
    if session.is_over:
        raise _refused("session_over")
    if is_idle(session):
        raise _refused("session_idle")
    if why := why_cut_off(session):
        raise _refused(why)
    if not session.user.enabled:
        raise _refused("user_disabled")
    if session.user.must_change_password:
        raise _refused("must_change_password")
    return Admitted(session.user, session, client)


def _application(client_id: str, application_id: UUID | None) -> Admitted:
    application = with_client_id(client_id)
    if application is None or application_id not in (None, application.pk):
        raise _refused("application_missing")
    if not application.enabled:
        raise _refused("application_disabled")
    if application.is_public or not application.allows(Grant.CLIENT_CREDENTIALS):
        raise _refused("unauthorized_client")
    return Admitted(application, None, application)


def _within(admitted: Admitted, cluster: ClusterAudience | None) -> Admitted:
    """A group that the cluster lists for bindings of its own is told it, and lets nobody in: a rule does."""
    if cluster is None:
        return admitted
    if not cluster.enabled:
        raise _refused("cluster_disabled")
    given = around(admitted.principal, cluster.scope)
    if not given.anything:
        raise _refused("no_rule_reaches_cluster")
    extra = named_groups_of(admitted.principal, cluster.extra_groups) if cluster.extra_groups else frozenset()
    groups = (given.groups - cluster.extra_groups | extra) - given.unmet
    return replace(admitted, groups=cluster.told_of(groups, named=groups))


def _refused(code: str) -> Refused:
    if code == "must_change_password":
        return Refused(code, "Choose a password of your own first, on the sign-in page.")
    if code == "unauthorized_client":  # RFC 6749 §5.2
        return Refused(code, "This client is not registered for this grant type. An administrator can add it.")
    return Refused(code, "Access was withdrawn or has ended. Sign in again, or ask an administrator.")
