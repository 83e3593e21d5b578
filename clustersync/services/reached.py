"""Which clusters somebody reaches: where an access rule gives them anything, above, in or below the cluster."""

from django.db.models import QuerySet

from access.models import TENANT_PATH, ScopeType
from access.namespaces import namespace_of, owner_of
from access.services.standing import rules_of
from clustersync.models import Cluster
from common.actors import Principal

EVERYWHERE = ""


def clusters_reached_by(principal: Principal) -> QuerySet[Cluster]:
    """Return the enabled clusters that a principal reaches, or would reach if it were not disabled."""
    enabled = Cluster.objects.filter(enabled=True).select_related("scope")
    paths = rules_of(principal).values_list("scope__path", flat=True).distinct()
    ids = {cluster_in(path) for path in paths}
    return enabled if EVERYWHERE in ids else enabled.filter(pk__in=ids)


def namespaces_of(principal: Principal) -> dict[str, str]:
    """Return by cluster id the namespace of the only project for which a principal has rules there.

    It is empty, or the cluster left out, where rules are for several projects, a department, the cluster or above.
    """
    told: dict[str, set[str]] = {}
    for path, type_, name in rules_of(principal).values_list("scope__path", "scope__type", "scope__name").distinct():
        namespace = namespace_of(name) if type_ == ScopeType.PROJECT else ""
        told.setdefault(cluster_in(path), set()).add("" if owner_of(namespace) else namespace)
    if EVERYWHERE in told:
        return {}
    return {cluster: namespaces.pop() for cluster, namespaces in told.items() if len(namespaces) == 1}


def cluster_in(path: str) -> str:
    """Return the id of the cluster that a scope with this path is or is in; EVERYWHERE for one above all clusters."""
    ids = path.split("/")
    return ids[len(TENANT_PATH)] if len(ids) > len(TENANT_PATH) else EVERYWHERE
