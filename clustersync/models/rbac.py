from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When

from access.models import AccessRule
from clustersync.models.clusters import Cluster


class Phase(models.TextChoices):
    """The phases of a rule in a cluster, spelt as in the published API."""

    CREATING = "Creating", "Creating…"
    READY = "Ready", "No issues found"
    NOT_READY = "NotReady", "Issues found"
    DELETING = "Deleting", "Deleting…"


NOT_CARRIED = (
    "The agent applied it. But some members of the group are refused, because their tokens do not name it: they are in"
    " too many groups. The page of the rule says who, and what to do."
)


class RuleStatusQuerySet(models.QuerySet["RuleStatus"]):
    def as_shown(self) -> models.QuerySet[Any]:
        """Annotate `shown` and `said`: phase and message, of which the agent knows no tokens."""
        uncarried = Q(phase=Phase.READY, carried=False)
        return self.annotate(
            shown=Case(When(uncarried, then=Value(Phase.NOT_READY)), default=F("phase")),
            said=Case(When(uncarried, then=Value(NOT_CARRIED)), default=F("message")),
        )


class RuleStatus(models.Model):
    """The status of an access rule in one cluster, as its agent reported it last."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="rule_statuses", editable=False)
    rule = models.ForeignKey(AccessRule, on_delete=models.CASCADE, related_name="statuses", editable=False)
    phase = models.CharField(max_length=10, choices=Phase.choices, editable=False)
    message = models.CharField(max_length=500, blank=True, editable=False)
    updated_at = models.DateTimeField(editable=False)
    carried = models.BooleanField(
        default=True, editable=False, help_text="False: the tokens of some members do not name its group."
    )

    objects: ClassVar = RuleStatusQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cluster", "rule"), name="one_status_per_cluster_and_rule"),)

    def __str__(self) -> str:
        return f"{self.rule_id} in {self.cluster_id}: {self.phase}"


class SyncReport(models.Model):
    """The agent's last report: how many objects, and in words what drifted and what it could not do."""

    cluster = models.OneToOneField(Cluster, on_delete=models.CASCADE, related_name="sync_report", editable=False)
    at = models.DateTimeField(editable=False)
    measured_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was last looked at whose tokens leave groups out."
    )
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
