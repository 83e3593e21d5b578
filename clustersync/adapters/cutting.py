"""Answers to the port `accounts.ports.cutting`: how long access lives on in clusters."""

from datetime import timedelta

from django.utils import timezone

from accounts.ports.cutting import Cut, Ended, LivesOn
from clustersync.models import ClusterCredential
from clustersync.services.bounds import HOW, bounds
from common.wording import Wording

MOST_NAMED = 100


def end_in_clusters(cut: Cut) -> Ended:
    """End nothing: sessions and grants end cluster tokens. Return by when each cluster refuses the user."""
    now, slowest = timezone.now(), bounds()
    lives_on = [
        LivesOn(
            Wording("Cluster {cluster}", cluster=cluster),
            now + timedelta(seconds=seconds),
            HOW[cluster.mode],
            cluster.pk,
        )
        for seconds, cluster in slowest[:MOST_NAMED]
    ]
    if rest := slowest[MOST_NAMED:]:
        until = now + timedelta(seconds=rest[0][0])
        lives_on.append(LivesOn(Wording("{count} more clusters", count=len(rest)), until, Wording("at the latest")))
    return Ended({}, [*lives_on, *_credentials(cut)])


def _credentials(cut: Cut) -> list[LivesOn]:
    why = Wording("they made it and may know it: replace it")
    made = ClusterCredential.objects.live().filter(created_by=cut.user.email).select_related("cluster")
    named = [
        LivesOn(
            Wording("Credential of cluster {cluster} ({kind})", cluster=one.cluster, kind=one.kind),
            one.ends_at,
            why,
            one.cluster.pk,
        )
        for one in made[:MOST_NAMED]
    ]
    more = made.count() - len(named)
    return [*named, *([LivesOn(Wording("{more} more credentials of clusters", more=more), None, why)] if more else [])]
