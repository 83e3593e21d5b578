import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from clustersync.models.clusters import Cluster
from common.lookup import LookUp
from tokens.models import Grant


class ClusterTokenQuerySet(models.QuerySet["ClusterToken"]):
    def live(self) -> "ClusterTokenQuerySet":
        return self.filter(
            grant__revoked_at=None, grant__session__revoked_at=None, grant__session__expires_at__gt=timezone.now()
        )


class ClusterToken(models.Model):
    """An opaque token of a person for one cluster, which asks us about it each time.

    It hangs on a session and a grant of its own: whatever ends those ends it, and the session's end is its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="tokens")
    grant = models.OneToOneField(Grant, on_delete=models.CASCADE, related_name="cluster_token")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ClusterTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def expires_at(self) -> datetime:
        return self.grant.session.expires_at


with_token_hash = LookUp(
    ClusterToken, "grant", "grant__session", "grant__session__user", "grant__application", by="secret_hash"
)
