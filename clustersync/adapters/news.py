"""Answers to the port `accounts.ports.news`: clusters that began to share tokens."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from clustersync.models import Cluster
from clustersync.services.sharing import began_to_share, sharing_clusters_of
from common.wording import Wording

MOST_NAMED = 10


def news(user: User, *, since: datetime | None) -> list[str]:
    """Name the clusters that began to share tokens since the last sign-in."""
    if not began_to_share(since):
        return []
    began = sharing_clusters_of(user, since=since)
    return [_sentence(began)] if began else []


def _sentence(clusters: Sequence[Cluster]) -> str:
    named = [
        Wording(
            "{cluster} (since {since} UTC)",
            cluster=cluster,
            since=f"{cluster.shared_since:%Y-%m-%d %H:%M}",
        )
        for cluster in clusters[:MOST_NAMED]
    ]
    more = [f"{len(clusters) - MOST_NAMED} more"] if len(clusters) > MOST_NAMED else []
    return Wording(
        "These clusters share tokens: {named}. A token that kubectl sends to one of them is "
        "good in all that do: whoever runs one can act as you in the others until the token "
        "ends. Use kubectl only in clusters whose administrators you trust, or ask an "
        "administrator to give these an audience of their own.",
        named=Wording.joined(", ", named + more),
    )
