from django.db import models

from access.models import AccessRule
from clustersync.models.clusters import Cluster


class Phase(models.TextChoices):
    """As the published API spells them."""

    CREATING = "Creating", "Creating…"
    READY = "Ready", "No issues found"
    NOT_READY = "NotReady", "Issues found"
    DELETING = "Deleting", "Deleting…"


class RuleStatus(models.Model):
    """What became of an access rule in one cluster, as the agent there reported it last."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="rule_statuses", editable=False)
    rule = models.ForeignKey(AccessRule, on_delete=models.CASCADE, related_name="statuses", editable=False)
    phase = models.CharField(max_length=10, choices=Phase.choices, editable=False)
    message = models.CharField(max_length=500, blank=True, editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cluster", "rule"), name="one_status_per_cluster_and_rule"),)

    def __str__(self) -> str:
        return f"{self.rule_id} in {self.cluster_id}: {self.phase}"


class SyncReport(models.Model):
    """The agent's last report: how many objects, and in words what drifted and what it could not do."""

    cluster = models.OneToOneField(Cluster, on_delete=models.CASCADE, related_name="sync_report", editable=False)
    at = models.DateTimeField(editable=False)
    seconds = models.FloatField(editable=False)
    applied = models.PositiveIntegerField(default=0, editable=False)
    unchanged = models.PositiveIntegerField(default=0, editable=False)
    pruned = models.PositiveIntegerField(default=0, editable=False)
    failed = models.PositiveIntegerField(default=0, editable=False)
    drift = models.JSONField(default=list, editable=False)
    problems = models.JSONField(default=list, editable=False)
    agent = models.CharField(max_length=100, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.cluster_id} at {self.at:%Y-%m-%d %H:%M} UTC"
