"""Make a cluster's credentials, replace them with an overlap, end them."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from access.services import require
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from clustersync.models.credentials import with_secret_hash
from common.actors import Actor
from common.announcements import Changed, announce
from common.bookkeeping import note_use
from common.context import acting_by
from common.errors import Conflict
from common.hashes import sha256_of
from common.locking import lock
from common.replacing import NamedSecret, Secrets, only_named, replacing
from common.wording import Wording

# Long enough to bring the new one to every API server of a cluster, one after the other.
OVERLAP = timedelta(hours=1)


@transaction.atomic
def new_credential(*, actor: Actor, cluster: Cluster, kind: CredentialKind, overlap: timedelta = OVERLAP) -> str:
    """Make a credential, which is answered this once. Those before it are good for `overlap` more."""
    require(actor, "update", "cluster", cluster.scope)
    # Of one kind; two at once would also each make one that no later one ends.
    with replacing(SECRETS[kind], cluster):
        lock(cluster.scope)
    now = timezone.now()
    before = cluster.credentials.live().filter(kind=kind)
    before.filter(ends_at=None).update(ends_at=now + overlap)
    before.filter(ends_at__gt=now + overlap).update(ends_at=now + overlap)
    token = first_credential(actor=actor, cluster=cluster, kind=kind)
    audit.record(
        f"cluster:{kind}-credential:rotate",
        actor=actor,
        target=cluster,
        cluster_id=cluster.pk,
        overlap_seconds=int(overlap.total_seconds()),
    )
    announce(Changed.CLUSTER, cluster)
    return token


def overlap_ends_at(cluster: Cluster, kind: CredentialKind) -> datetime | None:
    """Until when a credential before the newest is good; None where none is."""
    ending = replaced().filter(cluster=cluster, kind=kind)
    return ending.order_by("-ends_at").values_list("ends_at", flat=True).first()


def replaced() -> QuerySet[ClusterCredential]:
    """Return those that are good still, though a newer one was made."""
    return ClusterCredential.objects.live().exclude(ends_at=None)


def _replaced_of(cluster: Cluster) -> QuerySet[ClusterCredential]:
    return replaced().filter(cluster=cluster)


@transaction.atomic
def end_replaced(*, actor: Actor, cluster: Cluster) -> None:
    """End the replaced credentials that the page which asks named; all of them if no page asks."""
    require(actor, "update", "cluster", cluster.scope)
    lock(cluster.scope)
    for credential in only_named(_replaced_of(cluster)):
        end_credential(actor=actor, credential=credential)


@transaction.atomic
def end_credential(*, actor: Actor, credential: ClusterCredential) -> None:
    """Refuse it from now on."""
    cluster = credential.cluster
    require(actor, "update", "cluster", cluster.scope)
    lock(credential)
    now = timezone.now()
    if not ClusterCredential.objects.live().filter(pk=credential.pk).update(ends_at=now):
        raise Conflict("credential_ended", "This credential has ended already.")
    audit.record(f"cluster:{credential.kind}-credential:end", actor=actor, target=cluster, cluster_id=cluster.pk)
    announce(Changed.CLUSTER, cluster)


def first_credential(*, actor: Actor, cluster: Cluster, kind: CredentialKind) -> str:
    """For the verbs that have asked whether the actor may."""
    token = secrets.token_urlsafe(32)
    ClusterCredential.objects.create(cluster=cluster, kind=kind, secret_hash=sha256_of(token), created_by=str(actor))
    return token


def caller_of(uuid: UUID, token: str, kind: CredentialKind) -> Cluster | None:
    """Return the cluster with this id and a live credential of this kind; None when either is not right."""
    # Found by its hash: how long that takes says nothing of a token of 256 random bits.
    credential = with_secret_hash(sha256_of(token))
    if credential is None or credential.kind != kind or credential.cluster_id != str(uuid) or not credential.is_live:
        return None
    acting_by(client_id=f"{kind}:{credential.cluster_id}")
    note_use(credential, last=credential.last_used_at)
    return credential.cluster


def _ids(credentials: QuerySet[ClusterCredential]) -> QuerySet[ClusterCredential, Any]:
    return credentials.order_by("pk").values_list("pk")


def _named(credential: ClusterCredential) -> NamedSecret:
    names = {CredentialKind.WEBHOOK: Wording("Webhook token"), CredentialKind.AGENT: Wording("Agent token")}
    return NamedSecret(
        names[CredentialKind(credential.kind)],
        made_at=credential.created_at,
        made_by=credential.created_by,
        used_at=credential.last_used_at,
        is_unused=credential.last_used_at is None,
        ends_at=credential.ends_at,
    )


def _of_kind(kind: CredentialKind) -> Secrets[Cluster]:
    return Secrets(
        of=lambda cluster: _ids(cluster.credentials.filter(kind=kind)),
        named=lambda cluster: [_named(one) for one in cluster.credentials.live().filter(kind=kind)],
    )


SECRETS = {kind: _of_kind(kind) for kind in CredentialKind}
REPLACED = Secrets[Cluster](
    of=lambda cluster: _ids(_replaced_of(cluster)),
    named=lambda cluster: [_named(one) for one in _replaced_of(cluster)],
)
