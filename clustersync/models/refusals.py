from django.db import models

from clustersync.models.clusters import Cluster


class Reason(models.TextChoices):
    """The reason why a webhook request was refused, in the words of the cluster's page."""

    NO_HEADER = "no header", "without Authorization: Bearer. The webhook's kubeconfig gives its user no token"
    UNKNOWN = "unknown", "with a token that is none of this service's webhook tokens"
    ENDED = "ended", "with a webhook token of this cluster that has ended. Give it the new one"
    OTHER_CLUSTER = "other cluster", "with the webhook token of another cluster. Its webhook's kubeconfig is another's"
    AGENT = "agent", "with an agent's token in place of the webhook token"


class WebhookRefusal(models.Model):
    """When somebody asked about a token as this cluster last and was refused: a row for each reason."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="webhook_refusals", editable=False)
    reason = models.CharField(max_length=15, choices=Reason.choices, editable=False)
    at = models.DateTimeField(editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)

    class Meta:
        ordering = ("-at",)
        constraints = (models.UniqueConstraint(fields=("cluster", "reason"), name="one_refusal_per_reason"),)

    def __str__(self) -> str:
        return f"{self.cluster_id} at {self.at:%Y-%m-%d %H:%M} UTC: {Reason(self.reason).label}"
