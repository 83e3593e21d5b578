"""Pass after pass, with patience for outages on either side."""

import random
import time
from collections.abc import Callable
from typing import Protocol

from clustersync.agent.kube import APIServerUnreachable
from clustersync.agent.metrics import Metrics
from clustersync.agent.plan import Wanted
from clustersync.agent.problem_log import ProblemLog
from clustersync.agent.reconcile import KubernetesAPI, ReconcileResult, reconcile
from clustersync.agent.source import Unanswered
from clustersync.rbac.desired import ObjectKey

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0


class DesiredState(Protocol):
    """The source of the wish and the receiver of the report: the server over HTTP, or its services at hand."""

    def wanted(self) -> Wanted: ...

    def report(self, outcome: ReconcileResult, *, seconds: float, agent: str) -> None: ...


class AgentAPI(KubernetesAPI, Protocol):
    def tell(self, key: ObjectKey, why: str) -> None: ...


def once(
    source: DesiredState,
    cluster: AgentAPI,
    *,
    agent: str,
    metrics: Metrics | None = None,
    log: ProblemLog | None = None,
) -> ReconcileResult:
    """One pass and its report. Raises Unreachable or Unanswered."""
    metrics, log = metrics or Metrics(), log or ProblemLog()
    began = time.monotonic()
    wanted = source.wanted()
    outcome = reconcile(wanted, cluster, progress=metrics.health.beat)
    seconds = time.monotonic() - began
    log.passed(outcome, seconds)
    for key, why in log.events(outcome):
        cluster.tell(key, why)
    metrics.note(outcome, seconds)
    source.report(outcome, seconds=seconds, agent=agent)
    return outcome


def for_ever(
    source: DesiredState,
    cluster: AgentAPI,
    *,
    agent: str,
    interval: float,
    metrics: Metrics | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    metrics, log = metrics or Metrics(), ProblemLog()
    pause = soon = FIRST_PAUSE
    while True:
        metrics.health.beat()
        try:
            outcome = once(source, cluster, agent=agent, metrics=metrics, log=log)
        except (APIServerUnreachable, Unanswered) as error:
            log.outage(error, longest_pause=LONGEST_PAUSE)
            metrics.health.ready = False
            metrics.outages.inc()
            sleep(jittered(pause))
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            metrics.health.ready = True
            pause = FIRST_PAUSE
            # Who changes ours may do so again at once: look soon, but fight nobody without end.
            soon = min(soon * 2, interval) if outcome.drift else FIRST_PAUSE
            sleep(jittered(soon if outcome.drift else interval))


def jittered(seconds: float) -> float:
    """Vary a pause, so that a thousand agents do not come all at once after an outage."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  no secret
