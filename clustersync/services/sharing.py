"""Clusters that take each other's tokens, and what the people who use them are told of it."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from clustersync.models import Cluster
from clustersync.services.reached import clusters_reached_by

MOST_NAMED = 10


def sharing_clusters_of(user: User, *, since: datetime | None = None) -> list[Cluster]:
    """Those that an access rule reaches; with `since` those alone that began later. The newest comes first."""
    sharing = clusters_reached_by(user).exclude(shared_since=None)
    if since is not None:
        sharing = sharing.filter(shared_since__gt=since)
    return list(sharing.order_by("-shared_since"))


def news(user: User, *, since: datetime | None) -> list[str]:
    """For `accounts.news`."""
    began = sharing_clusters_of(user, since=since)
    return [_sentence(began)] if began else []


def _sentence(clusters: Sequence[Cluster]) -> str:
    named = [f"{cluster} (since {cluster.shared_since:%Y-%m-%d %H:%M} UTC)" for cluster in clusters[:MOST_NAMED]]
    more = [f"{len(clusters) - MOST_NAMED} more"] if len(clusters) > MOST_NAMED else []
    return (
        f"These clusters share tokens: {', '.join(named + more)}. A token that kubectl sends to one of them is good in"
        " all that do: whoever runs one can act as you in the others until the token ends. Use kubectl only in clusters"
        " whose administrators you trust, or ask an administrator to give these an audience of their own."
    )
