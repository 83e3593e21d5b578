from importlib import import_module

from django.apps import AppConfig


class ClustersyncConfig(AppConfig):
    name = "clustersync"
    verbose_name = "Clusters"

    def ready(self) -> None:
        import_module("clustersync.receivers")
