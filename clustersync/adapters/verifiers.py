from django.urls import reverse

from clustersync.models import Cluster
from clustersync.models.fetches import FetchSource
from clustersync.services.clusters import visible_clusters
from clustersync.services.fetches import NOTED_EVERY
from common.actors import SYSTEM, Actor
from common.wording import Wording
from tokens.ports.verifiers import Verifier


def verifiers(reader: Actor = SYSTEM) -> list[Verifier]:
    """Return the enabled clusters and what they have of our keys; what `tokens` asks (`tokens.ports.verifiers`)."""
    clusters = visible_clusters(reader).filter(enabled=True).select_related("scope", "key_fetch").order_by("slug")
    return [_verifier(cluster) for cluster in clusters]


def _verifier(cluster: Cluster) -> Verifier:
    path = reverse("admin:clustersync_cluster_change", args=[cluster.pk])
    fetch = getattr(cluster, "key_fetch", None)
    if fetch is None:
        return Verifier(str(cluster), path, cluster.verifies_by_itself)
    how = Wording.joined(", ", filter(None, (Wording(str(FetchSource(fetch.source).label)), fetch.address)))
    return Verifier(
        str(cluster),
        path,
        cluster.verifies_by_itself,
        fetched_at=fetch.at,
        fetched_by=fetch.at + NOTED_EVERY,
        how=how,
        kids=frozenset(fetch.kids),
    )
