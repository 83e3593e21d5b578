"""Which clusters somebody reaches: where an access rule gives them anything, above, in or below the cluster."""

from django.db.models import QuerySet

from access.models import TENANT_PATH
from access.services.standing import rules_of
from clustersync.models import Cluster
from common.actors import Principal

EVERYWHERE = ""


def clusters_reached_by(principal: Principal) -> QuerySet[Cluster]:
    """The enabled ones; for a disabled principal those that it would reach."""
    enabled = Cluster.objects.filter(enabled=True).select_related("scope")
    paths = rules_of(principal).values_list("scope__path", flat=True).distinct()
    ids = {cluster_in(path) for path in paths}
    return enabled if EVERYWHERE in ids else enabled.filter(pk__in=ids)


def cluster_in(path: str) -> str:
    """The id of the cluster that a scope with this path is or is in; EVERYWHERE for one above all clusters."""
    ids = path.split("/")
    return ids[len(TENANT_PATH)] if len(ids) > len(TENANT_PATH) else EVERYWHERE
