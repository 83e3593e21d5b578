"""What sso must ask of the layer above it, which holds the clusters: which groups do clusters bind by themselves?

Wired by the setting SSO_EXTRA_GROUPS, a dotted path to a function of this shape
(`clustersync.extra_groups.groups_bound_by_clusters`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def groups_bound_by_clusters() -> frozenset[str]:
    """Return the groups whose power is in role bindings of clusters, and so in no access rule."""
    groups: frozenset[str] = import_string(settings.SSO_EXTRA_GROUPS)()
    return groups
