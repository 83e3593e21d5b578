from clustersync.models import Cluster


def groups_bound_by_clusters() -> frozenset[str]:
    """Return the groups that some cluster is told of for bindings of its own.

    It answers a question of `sso` (`sso.ports.extra_groups`).
    """
    lists = Cluster.objects.exclude(extra_groups=[]).values_list("extra_groups", flat=True)
    return frozenset(name for names in lists for name in names)
