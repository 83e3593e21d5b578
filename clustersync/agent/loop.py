"""Pass after pass, with patience for outages on either side."""

import logging
import random
import time
from collections.abc import Callable
from typing import Protocol

from clustersync.agent.kube import Unreachable
from clustersync.agent.metrics import Metrics
from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import Cluster, Outcome, reconcile
from clustersync.agent.source import Unanswered

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0


class Source(Protocol):
    """Where the wish comes from and the report goes: the server over HTTP, or its services at hand."""

    def wanted(self) -> Wanted: ...

    def report(self, outcome: Outcome, *, seconds: float, agent: str) -> None: ...


def once(source: Source, cluster: Cluster, *, agent: str, metrics: Metrics | None = None) -> Outcome:
    """One pass and its report. Raises Unreachable or Unanswered."""
    began = time.monotonic()
    wanted = source.wanted()
    outcome = reconcile(wanted, cluster)
    seconds = time.monotonic() - began
    say(outcome, seconds)
    if metrics:
        metrics.note(outcome, seconds)
    source.report(outcome, seconds=seconds, agent=agent)
    return outcome


def for_ever(
    source: Source,
    cluster: Cluster,
    *,
    agent: str,
    interval: float,
    metrics: Metrics | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    pause = soon = FIRST_PAUSE
    while True:
        try:
            outcome = once(source, cluster, agent=agent, metrics=metrics)
        except (Unreachable, Unanswered) as error:
            logger.warning("%s Trying again in %.0f s.", error, pause)
            if metrics:
                metrics.outages.inc()
            sleep(jittered(pause))
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            pause = FIRST_PAUSE
            # Who changes ours may do so again at once: look soon, but fight nobody without end.
            soon = min(soon * 2, interval) if outcome.drift else FIRST_PAUSE
            sleep(jittered(soon if outcome.drift else interval))


def jittered(seconds: float) -> float:
    """A thousand agents shall not come all at once after an outage."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  no secret


def say(outcome: Outcome, seconds: float) -> None:
    for line in outcome.problems:
        logger.error("%s", line)
    if not outcome.idle:
        logger.info("%s", in_words(outcome, seconds))


def in_words(outcome: Outcome, seconds: float) -> str:
    return (
        f"{outcome.applied} applied, {outcome.pruned} pruned, {outcome.unchanged} unchanged,"
        f" {outcome.trouble} failed in {seconds:.1f} s"
    )
