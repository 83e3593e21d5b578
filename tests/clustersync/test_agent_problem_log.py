"""What the agent's log, its probes and its events say: that something is wrong once, and once that it is over."""

import logging
from collections.abc import Iterator
from itertools import count

import pytest
import requests

from clustersync.agent import problem_log
from clustersync.agent.health import STUCK_AFTER, Health
from clustersync.agent.kube import APIServerUnreachable
from clustersync.agent.loop import once
from clustersync.agent.metrics import Metrics
from clustersync.agent.reconcile import ReconcileResult
from clustersync.agent.source import Unanswered
from clustersync.rbac.desired import ObjectKey
from tests.clustersync.held import Held
from tests.clustersync.test_agent_loop import Source, waits

FAILED = ReconcileResult(failed={ObjectKey("RoleBinding", "runai-faces", "runai-viewer-ns", "faces"): "is in the way"})
MORE = ReconcileResult(failed={ObjectKey("ClusterRole", "", "runai-viewer"): "is missing", **FAILED.failed})


def unreachable() -> Iterator[Exception]:
    """The client's own words differ each time."""
    for number in count():
        yield APIServerUnreachable(
            f"can't be reached: <HTTPSConnection object at {id(number) + number:#x}>, port {number}"
        )


@pytest.mark.parametrize("times", [1, 2, 30])
def test_an_outage_takes_two_lines_however_long_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    caplog.set_level(logging.INFO, logger="clustersync.agent")
    gone = unreachable()

    waits(monkeypatch, ReconcileResult(), *(next(gone) for _ in range(times)), ReconcileResult(), ReconcileResult())

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert f"after {times} passes" in caplog.messages[1]


def test_each_reason_of_an_outage_is_said_and_the_next_outage_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone, no_server = APIServerUnreachable("no API server"), Unanswered("no server")

    waits(monkeypatch, gone, no_server, gone, no_server, ReconcileResult(), gone)

    begun = [message.split(" Trying")[0] for message in caplog.messages if "Trying" in message]
    assert begun == ["no API server", "no server", "no API server"]


def test_a_problem_is_said_when_it_begins_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="clustersync.agent")

    waits(monkeypatch, *[FAILED] * 5, *[MORE] * 5, *[FAILED] * 5, *[ReconcileResult()] * 5)

    viewer, faces = "ClusterRole runai-viewer: is missing", "RoleBinding runai-faces/runai-viewer-ns: is in the way"
    told = [message for message in caplog.messages if "failed in" not in message]
    assert told == [faces, viewer, f"No longer: {viewer}", f"No longer: {faces}"]
    assert len(caplog.messages) == 8


def test_a_namespace_is_told_once_and_again_when_events_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now, kept, cluster = [0.0], problem_log.ProblemLog(), Held()
    monkeypatch.setattr("clustersync.agent.problem_log.time.monotonic", lambda: now[0])

    for at in (1, 2, problem_log.EVENTS_LAST + 2):
        now[0] = at
        source = Source([MORE])
        monkeypatch.setattr("clustersync.agent.loop.reconcile", source.outcome)
        once(source, cluster, agent="test", log=kept)

    assert cluster.told == [(key, why) for key, why in FAILED.failed.items()] * 2


def test_a_pass_leaves_so_many_events_and_no_more() -> None:
    many = {ObjectKey("RoleBinding", f"runai-{number}", "runai-viewer-ns"): "no" for number in range(1000)}
    same = {ObjectKey("RoleBinding", "runai-one", f"runai-viewer-ns-{number}"): "no" for number in range(1000)}

    assert len(list(problem_log.ProblemLog().events(ReconcileResult(failed=many)))) == problem_log.MOST_EVENTS
    assert len(list(problem_log.ProblemLog().events(ReconcileResult(failed=same)))) == 1


def test_it_is_alive_while_something_is_done_and_ready_after_a_pass() -> None:
    now = [0.0]
    health = Health(interval=30, clock=lambda: now[0])
    port = Metrics(health).serve(0)

    def probed() -> tuple[int, int, int]:
        paths = ("healthz", "readyz", "metrics")
        asked = [requests.get(f"http://127.0.0.1:{port}/{path}", timeout=5).status_code for path in paths]
        return asked[0], asked[1], asked[2]

    assert probed() == (200, 503, 200)
    health.ready = True
    assert probed() == (200, 200, 200)
    now[0] = STUCK_AFTER + 61
    assert probed() == (503, 503, 200)
    health.beat()
    assert probed() == (200, 200, 200)


def test_an_outage_makes_it_unready_and_the_next_pass_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    for passes, ready in (
        ([ReconcileResult()], True),
        ([ReconcileResult(), Unanswered("no")], False),
        ([FAILED], True),
    ):
        metrics = Metrics()

        waits(monkeypatch, *passes, metrics=metrics)

        assert metrics.health.ready is ready
