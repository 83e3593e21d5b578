"""What tokens must ask of the layer above it, which holds the clusters: whose audience is this?

Wired by the setting TOKENS_AUDIENCES, a dotted path to a function of this shape (`clustersync.audiences.cluster_of`).
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from access.models import Scope


class ClusterAudience(NamedTuple):
    audience: str
    scope: Scope
    enabled: bool


def cluster_of(audience: str) -> ClusterAudience | None:
    """The cluster that accepts this audience; None when there is none."""
    found: ClusterAudience | None = import_string(settings.TOKENS_AUDIENCES)(audience)
    return found
