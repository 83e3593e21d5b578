from clustersync.models import Cluster
from tokens.audiences import ClusterAudience


def cluster_of(audience: str) -> ClusterAudience | None:
    """Whose audience this is; what `tokens` asks (`tokens.audiences`)."""
    cluster = Cluster.objects.select_related("scope").filter(audience=audience).first()
    return ClusterAudience(cluster.audience, cluster.scope, cluster.enabled) if cluster else None
