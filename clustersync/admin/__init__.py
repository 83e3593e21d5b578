from clustersync.admin import cluster

__all__ = ["cluster"]
