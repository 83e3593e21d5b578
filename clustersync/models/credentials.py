from django.db import models
from django.db.models import Q
from django.utils import timezone

from clustersync.models.clusters import Cluster
from common.lookup import LookUp


class CredentialKind(models.TextChoices):
    WEBHOOK = "webhook", "Webhook: has tokens reviewed"
    AGENT = "agent", "Agent: reads the desired RBAC, reports what it did"


class ClusterCredentialQuerySet(models.QuerySet["ClusterCredential"]):
    def live(self) -> "ClusterCredentialQuerySet":
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


class ClusterCredential(models.Model):
    """The hash of a secret by which a cluster authenticates. During a rotation the old and the new are valid."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="credentials", editable=False)
    kind = models.CharField(max_length=10, choices=CredentialKind.choices, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ClusterCredentialQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{CredentialKind(self.kind).label}, made {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_live(self) -> bool:
        return self.ends_at is None or self.ends_at > timezone.now()


with_secret_hash = LookUp(ClusterCredential, "cluster", "cluster__scope", by="secret_hash")
