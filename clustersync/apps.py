from django.apps import AppConfig


class ClustersyncConfig(AppConfig):
    name = "clustersync"
    verbose_name = "Clusters"
