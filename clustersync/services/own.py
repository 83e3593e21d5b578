"""Answer people about themselves in a cluster that they reach and may not see."""

import base64
import json

from access.services import permitted
from accounts.models import User
from clustersync.models import Cluster
from clustersync.models.tokens import with_token_hash
from clustersync.services.clusters import visible_clusters
from clustersync.services.reached import clusters_reached_by
from clustersync.services.tokens import PREFIX
from common.actors import Actor
from common.errors import Forbidden, NotFound
from common.hashes import sha256_of


def reads(actor: Actor, cluster: Cluster) -> bool:
    """Return whether they may look into this cluster, whoever it is about."""
    return permitted(actor, "read", "cluster").filter(pk=cluster.pk).exists()


def reaches(actor: Actor, cluster: Cluster) -> bool:
    return isinstance(actor, User) and clusters_reached_by(actor).filter(pk=cluster.pk).exists()


def cluster_seen_or_reached(actor: Actor, uuid: str) -> Cluster:
    """NotFound for all others, whether they are there or not."""
    seen = visible_clusters(actor).filter(pk=uuid).first()
    if seen is None and isinstance(actor, User):
        seen = clusters_reached_by(actor).filter(pk=uuid).first()
    if seen is None:
        raise NotFound("not_found", "No cluster has this uuid, or none that you may see or reach.")
    return seen


def require_own(actor: Actor, token: str) -> None:
    """Forbidden, in the same words whatever it is, for what is no token of this very person.

    A JWT that claims to be theirs and is not signed by us is refused for its signature, and tells nothing of anybody.
    """
    if not isinstance(actor, User) or _owner_said(token) != str(actor.pk):
        raise Forbidden("not_your_token", "This is no token of yours. Others' are for who may read the cluster.")


def _owner_said(token: str) -> str:
    if token.startswith(PREFIX):
        found = with_token_hash(sha256_of(token))
        return str(found.grant.session.user_id) if found else ""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return ""
    return str(claims.get("sub", "")) if isinstance(claims, dict) else ""
