"""Opaque tokens of people for one cluster: made, shown once, honoured when the cluster asks, revoked."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from accounts.models.sessions import Kind as SessionKind
from accounts.services.sessions import start_session
from clustersync.models import Cluster, ClusterToken, Mode
from clustersync.models.tokens import with_token_hash
from clustersync.services.credentials import hash_of
from clustersync.services.reached import clusters_reached_by
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from common.locking import hold, lock
from tokens.models import Application, RefreshChain
from tokens.services.gate import Refused, gate, gate_person
from tokens.services.grants import end
from tokens.services.issue import recording_refusals
from tokens.services.verify import Verified

# By which scanners of code and logs recognise one that was left there.
PREFIX = "rit_"
CLIENT = "runai-cli"

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
USED_EVERY = timedelta(minutes=1)


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
        client = Application.objects.get(client_id=CLIENT)
        lock(actor)  # one at a time, so that nobody has more than they may
        hold(client, cluster.scope)
        _gate(actor, session, cluster)
        if tokens_of(actor).count() >= MOST:
            raise Conflict("too_many_tokens", f"You have {MOST} tokens for clusters already. Revoke one first.")
        secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
        chain = _chain(session, client, cluster, lifetime)
        token = ClusterToken.objects.create(cluster=cluster, chain=chain, name=name, secret_hash=hash_of(secret))
        audit.record(
            "cluster_token:create", actor=actor, target=token, cluster_id=cluster.pk,
            session=str(chain.session_id), expires_at=token.expires_at.isoformat(),
        )  # fmt: skip
        announce(Changed.GRANT, chain)
    return token, secret


@transaction.atomic
def revoke_token(*, actor: User, token: ClusterToken) -> None:
    """Refuse it from now on. For its owner: an administrator ends its session."""
    if token.chain.session.user_id != actor.pk or token.chain.revoked_at is not None:
        raise NotFound("unknown_token", "You have no such token, or it has ended.")
    end(actor=actor, chain=token.chain, because="ended by its owner")
    audit.record("cluster_token:revoke", actor=actor, target=token, cluster_id=token.cluster_id)


def end_tokens_for(*, actor: Actor, cluster: Cluster) -> None:
    """Before the cluster goes: for the verb that has asked whether the actor may."""
    live = cluster.tokens.live().select_related("chain__session__user", "chain__application")
    for token in live.order_by("chain__session"):
        end(actor=actor, chain=token.chain, because="cluster removed")


def clusters_with_tokens_for(user: User) -> QuerySet[Cluster]:
    """Where they can have one."""
    return clusters_reached_by(user).exclude(mode=Mode.OIDC)


def tokens_of(user: User) -> QuerySet[ClusterToken]:
    live = ClusterToken.objects.live().filter(chain__session__user=user)
    return live.select_related("cluster__scope", "chain__session__user", "chain__application")


def verify_token(raw: str, *, cluster: Cluster) -> Verified:
    """Unauthenticated unless this is a token for this cluster whose owner the gate lets in."""
    # Found by its hash: how long that takes says nothing of a token of 256 random bits.
    token = with_token_hash(hash_of(raw))
    if token is None:
        raise Unauthenticated("invalid_token", "No such token.")
    if token.cluster_id != cluster.pk:
        raise Unauthenticated("wrong_audience", "The token is for another cluster.")
    if cluster.mode == Mode.OIDC:
        raise Unauthenticated("cluster_asks_nobody", "The cluster verifies tokens by itself.")
    admitted = gate_person(token.chain, cluster=cluster.as_audience())
    _note_use(token)
    return Verified(
        {"aud": cluster.audience, "jti": str(token.pk)}, admitted.principal, admitted.session, admitted.groups
    )


def _check(session: Session, cluster: Cluster, lifetime: timedelta) -> None:
    if not LEAST <= lifetime <= LONGEST:
        raise Invalid("bad_lifetime", "A token for a cluster lives between a minute and 30 days.")
    if cluster.mode == Mode.OIDC:
        sentence = f"{cluster} verifies tokens by itself and never asks us, so it can't know a token like this."
        raise Conflict("cluster_asks_nobody", f"{sentence} Use the kubeconfig with the sign-in plugin there.")
    if lifetime > USUAL and session.authenticated_at < timezone.now() - FRESH_FOR:
        minutes = int(FRESH_FOR.total_seconds() // 60)
        sentence = f"A token of more than a day takes a sign-in of the last {minutes} minutes."
        raise Forbidden("sign_in_again", f"{sentence} Sign in again, or make a shorter one.")


def _gate(actor: User, session: Session, cluster: Cluster) -> None:
    try:
        gate(user_id=actor.pk, session_id=session.pk, client_id=CLIENT, cluster=cluster.as_audience())
    except Refused as refusal:
        if refusal.code not in ("no_rule_reaches_cluster", "cluster_disabled"):
            raise
        raise _unknown_cluster() from None


def _unknown_cluster() -> NotFound:
    return NotFound("unknown_cluster", "You reach no cluster of this id: an access rule must give you something there.")


def _chain(made_in: Session, client: Application, cluster: Cluster, lifetime: timedelta) -> RefreshChain:
    """A session and a grant of its own, with which the token ends."""
    session = start_session(
        user=made_in.user,
        kind=SessionKind.CLUSTER_TOKEN,
        method=made_in.method,  # type: ignore[arg-type]  # read back from the database
        authenticated_at=made_in.authenticated_at,
        provider_id=made_in.provider_id,
        not_after=made_in.not_after,
        lifetime=lifetime,
    )
    return RefreshChain.objects.create(
        session=session,
        started_from=made_in,
        application=client,
        audience=cluster.audience,
        authenticated_at=made_in.authenticated_at,
        rotated_at=session.created_at,
        idle_ends_at=session.expires_at,
    )


def _note_use(token: ClusterToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - USED_EVERY:
        ClusterToken.objects.filter(pk=token.pk).update(last_used_at=now)
