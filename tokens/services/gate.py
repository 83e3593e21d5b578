"""The issuance gate: whether a token may be issued, or still be honoured. Everything that does either asks here.

`why_refused` decides, by facts and the time alone; `tokens.ports.facts` reads the facts, by one statement.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import Session, User
from accounts.services.browser import is_idle
from common.errors import Unauthenticated
from common.locking import try_hold, try_lock
from tokens.models import Application, Grant
from tokens.ports.audiences import ClusterAudience
from tokens.ports.facts import Asked, Facts, facts_of
from tokens.services.clients import is_enabled


class NotAdmitted(Unauthenticated):
    """The gate is shut; the code says why, the message doesn't say it to a stranger."""


@dataclass(frozen=True)
class Admitted:
    """`groups` are those of a person's that the cluster asked about is told of; without a cluster all, if asked for.

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
    groups: bool = False,
) -> Admitted:
    """Read afresh who this is and whether anything speaks against them; raise NotAdmitted if so.

    A person comes with the session that signed them in, through a client; a token of theirs comes with the `grant_id`
    by which it was issued, before the first one there is none. Without a `user_id` the application `client_id` is
    asking for itself; a token comes with the `application_id` it was issued to, so that a later application of that
    name can't be taken for it. A `cluster` admits only principals that an access rule gives something there. What a
    client holds for people is good for the audiences that they agreed to and that it may ask for now; `audience` is
    whom a token is for. Tokens are good while their client is registered for the grant type by which it got them.
    """
    asked = Asked(
        client_id=client_id,
        user_id=user_id,
        session_id=session_id,
        grant_id=grant_id,
        application_id=application_id,
        audience=cluster.audience if cluster else audience,
        cluster_id=cluster.scope.pk if cluster else "",
        groups=groups,
    )
    return admit(facts_of(asked), cluster=cluster)


def gate_grant(grant: Grant, *, cluster: ClusterAudience | None = None, groups: bool = False) -> Admitted:
    """Ask the gate about a grant that is read already, or not saved yet; raise NotAdmitted if it refuses.

    The audience is the cluster's. Without a cluster `tokens.services.issue.target_for` has checked it before.
    """
    asked = Asked(
        client_id=grant.application.client_id,
        user_id=grant.session.user_id,
        session_id=grant.session_id,
        grant_id=None if grant._state.adding else grant.pk,
        audience=cluster.audience if cluster else "",
        cluster_id=cluster.scope.pk if cluster else "",
        groups=groups,
    )
    facts = facts_of(asked)
    return admit(replace(facts, grant=grant) if grant._state.adding else facts, cluster=cluster)


def admit(facts: Facts, *, cluster: ClusterAudience | None = None) -> Admitted:
    """Admit whom these facts describe; raise NotAdmitted if anything speaks against them."""
    if why := why_refused(facts, timezone.now()):
        raise _refused(why)
    application, session = facts.application, facts.session
    assert application is not None  # noqa: S101  it would have been refused
    groups = groups_told(facts, cluster) if cluster else [*facts.groups]
    return Admitted(session.user if session else application, session, application, groups)


def hold_parties(user: User, application: Application, *, begins_session: bool = False) -> None:
    """Hold both until the end of the transaction. Call it before the gate, which refuses who is gone by then."""
    if begins_session:
        try_lock(user)  # starting a session changes the row
    else:
        try_hold(user)
    try_hold(application)


def why_refused(facts: Facts, now: datetime) -> str:
    """Return the code of the first reason to refuse; empty if there is none."""
    why = _why_not_application(facts) if facts.asked.user_id is None else _why_not_person(facts, now)
    return why or _why_not_in_cluster(facts)


def _why_not_application(facts: Facts) -> str:
    application, asked = facts.application, facts.asked
    if application is None or asked.application_id not in (None, application.pk):
        return "application_missing"
    if not application.enabled:
        return "application_disabled"
    if not application.acts_for_itself:
        return "unauthorized_client"
    return ""


def _why_not_person(facts: Facts, now: datetime) -> str:
    session, client, asked = facts.session, facts.application, facts.asked
    if asked.grant_id is not None and (facts.grant is None or not _is_of(asked, facts.grant)):
        return "grant_missing"
    if session is None or session.user_id != asked.user_id:
        return "session_missing"
    if client is None:
        return "application_missing"
    return _why_not_grant(facts, client) or _why_not_session(facts, session, now)


def _is_of(asked: Asked, grant: Grant) -> bool:
    named = (asked.user_id, asked.session_id, asked.client_id)
    return named == (grant.session.user_id, grant.session_id, grant.application.client_id)


def _why_not_grant(facts: Facts, client: Application) -> str:
    """Before there is one, only the client is asked about."""
    grant, audience = facts.grant, facts.asked.audience
    if grant is not None and grant.revoked_at is not None:
        return "grant_revoked"
    if not is_enabled(client):
        return "application_disabled"
    if grant is not None and grant.grant_type and not client.allows(grant.grant_type):
        return "unauthorized_client"
    if audience and not client.may_ask_for(audience):
        return "audience_taken"
    if audience and not (grant or Grant(application=client)).is_for(audience):
        return "audience_not_granted"
    return ""


def _why_not_session(facts: Facts, session: Session, now: datetime) -> str:
    if session.revoked_at is not None:
        return "session_revoked"
    if session.expires_at <= now:
        return "session_over"
    if is_idle(session, facts.idle_timeout, now):
        return "session_idle"
    if facts.why_cut_off:
        return facts.why_cut_off
    if not session.user.enabled:
        return "user_disabled"
    if session.lacks_second_factor:
        return "second_factor_missing"
    if session.waits_for_second_factor(now):
        return "second_factor_due"
    return "must_change_password" if session.user.must_change_password else ""


def _why_not_in_cluster(facts: Facts) -> str:
    if not facts.asked.cluster_id:
        return ""
    if facts.in_cluster is None or not facts.in_cluster.enabled:
        return "cluster_disabled"
    return "" if facts.in_cluster.given.anything else "no_rule_reaches_cluster"


def groups_told(facts: Facts, cluster: ClusterAudience) -> list[str]:
    """Return the groups of somebody that a cluster is told of.

    A group that the cluster lists for bindings of its own is told it, and lets nobody in: a rule does.
    """
    if facts.in_cluster is None:
        return []
    given = facts.in_cluster.given
    groups = (given.groups - facts.in_cluster.extra_groups | facts.in_cluster.extra) - given.unmet
    return cluster.told_of(groups, named=groups)


def _refused(code: str) -> NotAdmitted:
    if code == "must_change_password":
        return NotAdmitted(code, "Choose a password of your own first, on the sign-in page.")
    if code == "second_factor_due":
        return NotAdmitted(code, "Add a second factor first: sign in with a browser, which leads there.")
    if code == "no_rule_reaches_cluster":
        return NotAdmitted(code, "No access rule gives you anything in this cluster. Ask an administrator for one.")
    if code == "unauthorized_client":  # RFC 6749 §5.2
        return NotAdmitted(code, "This client is not registered for this grant type. An administrator can add it.")
    return NotAdmitted(code, "Access was withdrawn or has ended. Sign in again, or ask an administrator.")
