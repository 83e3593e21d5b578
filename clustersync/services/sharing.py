"""Clusters that take each other's tokens."""

from datetime import datetime

from accounts.models import User
from clustersync.models import Cluster
from clustersync.services.reached import clusters_reached_by


def sharing_clusters_of(user: User, *, since: datetime | None = None) -> list[Cluster]:
    """Those that an access rule reaches; with `since` those alone that began later. The newest comes first."""
    sharing = clusters_reached_by(user).exclude(shared_since=None)
    if since is not None:
        sharing = sharing.filter(shared_since__gt=since)
    return list(sharing.order_by("-shared_since"))
