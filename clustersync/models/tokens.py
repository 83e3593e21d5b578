import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from clustersync.models.clusters import Cluster
from common.lookup import LookUp
from tokens.models import RefreshChain


class ClusterTokenQuerySet(models.QuerySet["ClusterToken"]):
    def live(self) -> "ClusterTokenQuerySet":
        return self.filter(
            chain__revoked_at=None, chain__session__revoked_at=None, chain__session__expires_at__gt=timezone.now()
        )


class ClusterToken(models.Model):
    """An opaque token of a person for one cluster, which asks us about it each time.

    It hangs on a session and a grant of its own: whatever ends those ends it, and the session's end is its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="tokens")
    chain = models.OneToOneField(RefreshChain, on_delete=models.CASCADE, related_name="cluster_token")
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
        return self.chain.session.expires_at


with_token_hash = LookUp(
    lambda: ClusterToken.objects.select_related("chain__session__user", "chain__application"), by="secret_hash", like=""
)
