"""Port: the groups that clusters bind themselves.

Wired by the setting SSO_EXTRA_GROUPS, the dotted path to a function of this shape
(`clustersync.adapters.extra_groups.groups_bound_by_clusters`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def groups_bound_by_clusters() -> frozenset[str]:
    """Return the groups that role bindings of clusters name, and no access rule does."""
    groups: frozenset[str] = import_string(settings.SSO_EXTRA_GROUPS)()
    return groups
