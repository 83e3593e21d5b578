"""What tokens must ask of the layer above it, which holds the clusters: whose audience is this?

Wired by the setting TOKENS_AUDIENCES, a dotted path to a function of this shape (`clustersync.audiences.cluster_of`).
"""

from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from access.models import Scope
from tokens.claims import KEPT_BY_KUBERNETES


class ClusterAudience(NamedTuple):
    """What a cluster wants of tokens; without a `lifetime` they live as long as the server says."""

    audience: str
    scope: Scope
    enabled: bool
    lifetime: timedelta | None = None
    extra_groups: frozenset[str] = frozenset()

    def told_of(self, groups: Collection[str], *, named: Collection[str]) -> list[str]:
        """Of somebody's groups those that the cluster is told of: `named` by access rules there, or by itself."""
        matter = {*named, *self.extra_groups}
        return sorted(name for name in groups if name in matter and not name.startswith(KEPT_BY_KUBERNETES))


def cluster_of(audience: str) -> ClusterAudience | None:
    """The cluster that accepts this audience; None when there is none."""
    found: ClusterAudience | None = import_string(settings.TOKENS_AUDIENCES)(audience)
    return found
