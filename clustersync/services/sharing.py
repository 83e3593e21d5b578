"""Clusters that take each other's tokens."""

from datetime import datetime

from accounts.models import User
from clustersync.models import Cluster
from clustersync.services.reached import clusters_reached_by


def began_to_share(since: datetime | None) -> bool:
    """Return True if any cluster shares tokens that did not at that time; None is before all times."""
    sharing = Cluster.objects.filter(enabled=True, shared_since__isnull=False)
    return (sharing if since is None else sharing.filter(shared_since__gt=since)).exists()


def sharing_clusters_of(user: User, *, since: datetime | None = None) -> list[Cluster]:
    """Those that an access rule reaches; with `since` those alone that began later. The newest comes first."""
    sharing = clusters_reached_by(user).exclude(shared_since=None)
    if since is not None:
        sharing = sharing.filter(shared_since__gt=since)
    return list(sharing.order_by("-shared_since"))
