from datetime import timedelta

from django.utils import timezone

from accounts.cutting import Cut, Ended, LivesOn
from clustersync.services.bounds import HOW, bounds, bounds_in_words

MOST_NAMED = 100


def cut_off_in_clusters() -> list[str]:
    """How soon access that is withdrawn ends in the clusters; what `accounts` asks (`accounts.cut_off`)."""
    return bounds_in_words()


def end_in_clusters(cut: Cut) -> Ended:
    """Nothing is kept here that sessions and grants don't end; each cluster learns of it by its mode (`Cut`)."""
    now, slowest = timezone.now(), bounds()
    lives_on = [
        LivesOn(f"Cluster {cluster}", now + timedelta(seconds=seconds), HOW[cluster.mode], cluster.pk)
        for seconds, cluster in slowest[:MOST_NAMED]
    ]
    if rest := slowest[MOST_NAMED:]:
        until = now + timedelta(seconds=rest[0][0])
        lives_on.append(LivesOn(f"{len(rest)} more clusters", until, "at the latest"))
    return Ended({}, lives_on)
