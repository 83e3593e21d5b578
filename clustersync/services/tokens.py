"""Opaque tokens of people for one cluster: made, shown once, honoured when the cluster asks, revoked."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import derived_from, start_session
from clustersync.models import Cluster, ClusterToken, Mode
from clustersync.models.tokens import with_token_hash
from clustersync.services.reached import clusters_reached_by
from common.actors import Actor
from common.bookkeeping import note_use
from common.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from common.hashes import sha256_of
from common.locking import hold, lock
from common.wording import Wording
from tokens.models import Application, Grant
from tokens.services.clients import COMMAND_LINE
from tokens.services.gate import NotAdmitted, gate, gate_grant
from tokens.services.grants import end, new_grant, save_new
from tokens.services.issue import recording_refusals
from tokens.services.verify import Verified

# By which scanners of code and logs recognise one that was left there.
PREFIX = "rit_"

LEAST, USUAL, LONGEST = timedelta(minutes=1), timedelta(days=1), timedelta(days=30)
# Whoever finds an open browser or an access token shall not make of it what lasts for weeks.
FRESH_FOR = timedelta(minutes=15)
LIFETIMES = (
    (3600, "an hour", False),
    (24 * 3600, "a day", True),
    (7 * 24 * 3600, "7 days", False),
    (30 * 24 * 3600, "30 days", False),
)
"""What people choose from: seconds, in words, the usual one."""

MOST = 20


def create_token(
    *, actor: User, session: Session, cluster: Cluster | None, name: str, lifetime: timedelta = USUAL
) -> tuple[ClusterToken, str]:
    """Make a token for its owner, signed in in this session; it is answered this once.

    Forbidden `sign_in_again` for one of more than a day unless they signed in minutes ago; Conflict where the cluster
    does not ask us, or after the twentieth; NotFound where they reach no such cluster. It ends with its session, which
    is its own, and when their identity provider said that theirs ends.
    """
    if cluster is None:
        raise _unknown_cluster()
    _check(session, cluster, lifetime)
    with recording_refusals(actor), transaction.atomic():
        client = Application.objects.get(client_id=COMMAND_LINE)
        lock(actor)  # one at a time, so that nobody has more than they may
        hold(client, cluster.scope)
        _gate(actor, session, cluster)
        if tokens_of(actor).count() >= MOST:
            raise Conflict(
                "too_many_tokens", Wording("You have {most} tokens for clusters already. Revoke one first.", most=MOST)
            )
        secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
        grant = _grant(session, client, cluster, lifetime)
        token = ClusterToken.objects.create(cluster=cluster, grant=grant, name=name, secret_hash=sha256_of(secret))
        audit.record(
            "cluster_token:create",
            actor=actor,
            target=token,
            cluster_id=cluster.pk,
            session=str(grant.session_id),
            expires_at=token.expires_at.isoformat(),
        )
    return token, secret


@transaction.atomic
def revoke_token(*, actor: User, token: ClusterToken) -> None:
    """Refuse it from now on. For its owner: an administrator ends its session."""
    if token.grant.session.user_id != actor.pk or token.grant.revoked_at is not None:
        raise NotFound("unknown_token", "You have no such token, or it has ended.")
    end(actor=actor, grant=token.grant, because="ended by its owner")
    audit.record("cluster_token:revoke", actor=actor, target=token, cluster_id=token.cluster_id)


def end_tokens_for(*, actor: Actor, cluster: Cluster) -> None:
    """Before the cluster goes: for the verb that has asked whether the actor may."""
    live = cluster.tokens.live().select_related("grant__session__user", "grant__application")
    for token in live.order_by("grant__session"):
        end(actor=actor, grant=token.grant, because="cluster removed")


def clusters_with_tokens_for(user: User) -> QuerySet[Cluster]:
    """Return the clusters for which the user can create a token."""
    return clusters_reached_by(user).exclude(mode=Mode.OIDC)


def tokens_of(user: User) -> QuerySet[ClusterToken]:
    live = ClusterToken.objects.live().filter(grant__session__user=user)
    return live.select_related("cluster__scope", "grant__session__user", "grant__application")


def verify_token(raw: str, *, cluster: Cluster) -> Verified:
    """Unauthenticated unless this is a token for this cluster whose owner the gate lets in."""
    # Found by its hash: how long that takes says nothing of a token of 256 random bits.
    token = with_token_hash(sha256_of(raw))
    if token is None:
        raise Unauthenticated("invalid_token", "No such token.")
    if token.cluster_id != cluster.pk:
        raise Unauthenticated("wrong_audience", "The token is for another cluster.")
    if cluster.mode == Mode.OIDC:
        raise Unauthenticated("cluster_asks_nobody", "The cluster verifies tokens by itself.")
    admitted = gate_grant(token.grant, cluster=cluster.as_audience())
    note_use(token, last=token.last_used_at)
    return Verified(
        {"aud": cluster.audience, "jti": str(token.pk)}, admitted.principal, admitted.session, admitted.groups
    )


def _check(session: Session, cluster: Cluster, lifetime: timedelta) -> None:
    if not LEAST <= lifetime <= LONGEST:
        raise Invalid("bad_lifetime", "A token for a cluster lives between a minute and 30 days.")
    if cluster.mode == Mode.OIDC:
        sentence = Wording(
            "{cluster} verifies tokens by itself and never asks us, so it can't know a token like this.",
            cluster=cluster,
        )
        raise Conflict(
            "cluster_asks_nobody",
            Wording("{sentence} Use the kubeconfig with the sign-in plugin there.", sentence=sentence),
        )
    if lifetime > USUAL and session.authenticated_at < timezone.now() - FRESH_FOR:
        minutes = int(FRESH_FOR.total_seconds() // 60)
        sentence = Wording("A token of more than a day takes a sign-in of the last {minutes} minutes.", minutes=minutes)
        raise Forbidden("sign_in_again", Wording("{sentence} Sign in again, or make a shorter one.", sentence=sentence))


def _gate(actor: User, session: Session, cluster: Cluster) -> None:
    try:
        gate(user_id=actor.pk, session_id=session.pk, client_id=COMMAND_LINE, cluster=cluster.as_audience())
    except NotAdmitted as refusal:
        if refusal.code not in ("no_rule_reaches_cluster", "cluster_disabled"):
            raise
        raise _unknown_cluster() from None


def _unknown_cluster() -> NotFound:
    return NotFound("unknown_cluster", "You reach no cluster of this id: an access rule must give you something there.")


def _grant(made_in: Session, client: Application, cluster: Cluster, lifetime: timedelta) -> Grant:
    """Return a session and a grant of its own, with which the token ends."""
    session = start_session(
        user=made_in.user,
        kind=SessionKind.CLUSTER_TOKEN,
        lifetime=lifetime,
        **derived_from(made_in),
    )
    grant = new_grant(
        session=session,
        started_from=made_in,
        application=client,
        audience=cluster.audience,
        unused_until=session.expires_at,
    )
    save_new(grant)
    return grant
