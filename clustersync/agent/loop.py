"""Pass after pass, with patience for outages on either side."""

import random
import time
from collections.abc import Callable
from typing import Protocol

from clustersync.agent.kube import Unreachable
from clustersync.agent.metrics import Metrics
from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import Cluster, Outcome, reconcile
from clustersync.agent.said import Said
from clustersync.agent.source import Unanswered
from clustersync.rbac.desired import Key

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0


class Source(Protocol):
    """Where the wish comes from and the report goes: the server over HTTP, or its services at hand."""

    def wanted(self) -> Wanted: ...

    def report(self, outcome: Outcome, *, seconds: float, agent: str) -> None: ...


class Place(Cluster, Protocol):
    def tell(self, key: Key, why: str) -> None: ...


def once(
    source: Source, cluster: Place, *, agent: str, metrics: Metrics | None = None, said: Said | None = None
) -> Outcome:
    """One pass and its report. Raises Unreachable or Unanswered."""
    metrics, said = metrics or Metrics(), said or Said()
    began = time.monotonic()
    wanted = source.wanted()
    outcome = reconcile(wanted, cluster, progress=metrics.health.beat)
    seconds = time.monotonic() - began
    said.passed(outcome, seconds)
    for key, why in said.events(outcome):
        cluster.tell(key, why)
    metrics.note(outcome, seconds)
    source.report(outcome, seconds=seconds, agent=agent)
    return outcome


def for_ever(
    source: Source,
    cluster: Place,
    *,
    agent: str,
    interval: float,
    metrics: Metrics | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    metrics, said = metrics or Metrics(), Said()
    pause = soon = FIRST_PAUSE
    while True:
        metrics.health.beat()
        try:
            outcome = once(source, cluster, agent=agent, metrics=metrics, said=said)
        except (Unreachable, Unanswered) as error:
            said.outage(error, longest_pause=LONGEST_PAUSE)
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
    """A thousand agents shall not come all at once after an outage."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  no secret
