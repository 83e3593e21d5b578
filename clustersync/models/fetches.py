from django.db import models

from clustersync.models.clusters import Cluster


class FetchSource(models.TextChoices):
    DISCOVERY_URL = "discovery url", "by its own discovery URL"
    ADDRESS = "address", "from an address of its API servers"


class KeyFetch(models.Model):
    """When a cluster last fetched our public keys, and which ones it got."""

    cluster = models.OneToOneField(Cluster, on_delete=models.CASCADE, related_name="key_fetch", editable=False)
    at = models.DateTimeField(editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    source = models.CharField(max_length=15, choices=FetchSource.choices, editable=False)
    kids = models.JSONField(default=list, editable=False)

    def __str__(self) -> str:
        return f"{self.cluster_id} at {self.at:%Y-%m-%d %H:%M} UTC"
