from clustersync.models import with_audience
from tokens.ports.audiences import ClusterAudience


def cluster_of(audience: str) -> ClusterAudience | None:
    """Return whose audience this is; what `tokens` asks (`tokens.ports.audiences`)."""
    cluster = with_audience(audience)
    return cluster.as_audience() if cluster else None
