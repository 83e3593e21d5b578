from prometheus_client import CollectorRegistry, Counter, Gauge, make_wsgi_app

from clustersync.agent.health import Health, serve
from clustersync.agent.reconcile import ReconcileResult


class Metrics:
    """The figures of an agent's /metrics, and its probes."""

    def __init__(self, health: Health | None = None) -> None:
        self.health = health or Health()
        self.registry = CollectorRegistry()
        self.passes = Counter("runai_identity_agent_passes", "Passes that came to an end.", registry=self.registry)
        self.outages = Counter(
            "runai_identity_agent_outages", "Passes that an outage of either side stopped.", registry=self.registry
        )
        self.objects = Counter(
            "runai_identity_agent_objects", "Objects by what was done.", ["result"], registry=self.registry
        )
        self.drift = Counter("runai_identity_agent_drift", "Objects that others had changed.", registry=self.registry)
        self.failing = Gauge(
            "runai_identity_agent_failing_objects",
            "Objects that are not as they should be, or refused.",
            registry=self.registry,
        )
        self.last = Gauge(
            "runai_identity_agent_last_pass_timestamp_seconds", "When the last pass ended.", registry=self.registry
        )
        self.seconds = Gauge(
            "runai_identity_agent_last_pass_seconds", "How long the last pass took.", registry=self.registry
        )

    def note(self, outcome: ReconcileResult, seconds: float) -> None:
        self.passes.inc()
        self.objects.labels("applied").inc(outcome.applied)
        self.objects.labels("pruned").inc(outcome.pruned)
        self.drift.inc(len(outcome.drift))
        self.failing.set(outcome.trouble)
        self.last.set_to_current_time()
        self.seconds.set(seconds)

    def serve(self, port: int) -> int:
        return serve(self.health.beside(make_wsgi_app(self.registry)), port)
