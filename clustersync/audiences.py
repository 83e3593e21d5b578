from clustersync.models import with_audience
from tokens.audiences import ClusterAudience


def cluster_of(audience: str) -> ClusterAudience | None:
    """Whose audience this is; what `tokens` asks (`tokens.audiences`)."""
    cluster = with_audience(audience)
    return cluster.as_audience() if cluster else None
