"""How the agent waits: between passes, while one side is out of reach, and where somebody works against it."""

from collections.abc import Iterable

import pytest
from prometheus_client import generate_latest

from clustersync.agent import loop
from clustersync.agent.kube import APIServerUnreachable
from clustersync.agent.metrics import Metrics
from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import ReconcileResult
from clustersync.agent.source import Unanswered
from clustersync.rbac.desired import Desired, ObjectKey
from tests.clustersync.held import Held

DRIFT = ReconcileResult(applied=1, drift=["ClusterRole runai-viewer has get on secrets besides"])


class Enough(Exception):
    """The test has seen what it came for."""


class Source:
    """Whose passes end as told, one after the other."""

    def __init__(self, passes: Iterable[ReconcileResult | Exception]) -> None:
        self.passes = iter(passes)
        self.reported: list[ReconcileResult] = []

    def wanted(self) -> Wanted:
        return Wanted("c", Desired())

    def outcome(self, *_: object, **__: object) -> ReconcileResult:
        coming = next(self.passes)
        if isinstance(coming, Exception):
            raise coming
        return coming

    def report(self, outcome: ReconcileResult, *, seconds: float, agent: str) -> None:
        self.reported.append(outcome)


def waits(
    monkeypatch: pytest.MonkeyPatch, *passes: ReconcileResult | Exception, metrics: Metrics | None = None
) -> list[int]:
    """The seconds between the passes, without the jitter."""
    source, slept = Source([*passes, Enough()]), list[int]()
    monkeypatch.setattr(loop, "reconcile", source.outcome)
    monkeypatch.setattr(loop, "jittered", lambda seconds: seconds)
    with pytest.raises(Enough):
        loop.for_ever(
            source, Held(), agent="test", interval=30, metrics=metrics, sleep=lambda pause: slept.append(int(pause))
        )
    return slept


def test_it_waits_for_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waits(monkeypatch, ReconcileResult(), ReconcileResult()) == [30, 30]


def test_it_waits_longer_each_time_while_one_side_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [APIServerUnreachable("no API server"), Unanswered("no server")] * 5

    assert waits(monkeypatch, *gone) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert waits(monkeypatch, gone[0], gone[1], ReconcileResult(), gone[0]) == [1, 2, 30, 1]


def test_it_looks_again_soon_where_somebody_changed_ours_and_fights_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waits(monkeypatch, *[DRIFT] * 6, ReconcileResult(), DRIFT) == [2, 4, 8, 16, 30, 30, 30, 2]


def test_agents_come_at_different_times() -> None:
    waited = {loop.jittered(10) for _ in range(100)}

    assert len(waited) > 90
    assert min(waited) >= 8 and max(waited) <= 12


def test_its_metrics_say_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    failed = ReconcileResult(
        applied=3, pruned=2, failed={ObjectKey("ClusterRole", "", "runai-viewer"): "no"}, drift=["one"]
    )

    waits(monkeypatch, failed, APIServerUnreachable("no API server"), metrics=metrics)

    log = generate_latest(metrics.registry).decode().splitlines()
    for line in (
        "passes_total 1.0",
        'objects_total{result="applied"} 3.0',
        'objects_total{result="pruned"} 2.0',
        "failing_objects 1.0",
        "drift_total 1.0",
        "outages_total 1.0",
    ):
        assert f"runai_identity_agent_{line}" in log
