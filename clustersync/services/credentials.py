"""What a cluster shows us: made, replaced with an overlap, ended."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import audit.services as audit
from access.services import require
from clustersync.models import Cluster, ClusterCredential, Kind
from clustersync.models.credentials import with_secret_hash
from common.actors import Actor
from common.announcements import Changed, announce
from common.context import acting_by
from common.errors import Conflict
from common.locking import hold, lock

# Long enough to bring the new one to every API server of a cluster, one after the other.
OVERLAP = timedelta(hours=1)
NO_OVERLAP = timedelta(0)

USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def new_credential(*, actor: Actor, cluster: Cluster, kind: Kind, overlap: timedelta = OVERLAP) -> str:
    """Make a credential, which is answered this once. Those before it are good for `overlap` more."""
    require(actor, "update", "cluster", cluster.scope)
    hold(cluster.scope)
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


@transaction.atomic
def end_credential(*, actor: Actor, credential: ClusterCredential) -> None:
    """Refuse it from now on."""
    cluster = lock(credential).cluster
    require(actor, "update", "cluster", cluster.scope)
    now = timezone.now()
    if not ClusterCredential.objects.live().filter(pk=credential.pk).update(ends_at=now):
        raise Conflict("credential_ended", "This credential has ended already.")
    audit.record(f"cluster:{credential.kind}-credential:end", actor=actor, target=cluster, cluster_id=cluster.pk)
    announce(Changed.CLUSTER, cluster)


def first_credential(*, actor: Actor, cluster: Cluster, kind: Kind) -> str:
    """For the verbs that have asked whether the actor may."""
    token = secrets.token_urlsafe(32)
    ClusterCredential.objects.create(cluster=cluster, kind=kind, secret_hash=hash_of(token), created_by=str(actor))
    return token


def caller_of(uuid: UUID, token: str, kind: Kind) -> Cluster | None:
    """The cluster with this id and a live credential of this kind; None when either is not right."""
    # Found by its hash: how long that takes says nothing of a token of 256 random bits.
    credential = with_secret_hash(hash_of(token))
    if credential is None or credential.kind != kind or credential.cluster_id != str(uuid) or not credential.is_live:
        return None
    acting_by(client_id=f"{kind}:{credential.cluster_id}")
    _note_use(credential)
    return credential.cluster


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note_use(credential: ClusterCredential) -> None:
    now = timezone.now()
    if credential.last_used_at is None or credential.last_used_at < now - USED_EVERY:
        ClusterCredential.objects.filter(pk=credential.pk).update(last_used_at=now)
