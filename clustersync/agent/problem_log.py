"""Log problems of the passes: once when something begins to be wrong, and once when it is over."""

import logging
import re
import time
from collections.abc import Iterator

from clustersync.agent.reconcile import ReconcileResult
from clustersync.rbac.desired import ObjectKey

logger = logging.getLogger(__name__)

VARYING = re.compile(r"0x[0-9a-f]+|\d+")  # of two errors that are the same otherwise
MOST_KINDS = 100
EVENTS_LAST = 3600.0  # seconds: as long as an API server keeps them, unless told otherwise
MOST_EVENTS = 50  # of one pass


class ProblemLog:
    """The problems logged before, in one loop of passes."""

    def __init__(self) -> None:
        self._outage: set[str] = set()
        self._failed, self._since = 0, 0.0
        self._problems: list[str] = []
        self._told: dict[tuple[str, str], float] = {}

    def outage(self, error: Exception, *, longest_pause: float) -> None:
        if not self._failed:
            self._since = time.monotonic()
        self._failed += 1
        kind = VARYING.sub("", str(error))
        if kind in self._outage or len(self._outage) >= MOST_KINDS:
            return
        self._outage.add(kind)
        logger.warning("%s Trying again, at least every %.0f s.", error, longest_pause)

    def passed(self, outcome: ReconcileResult, seconds: float) -> None:
        if self._failed:
            lasted = time.monotonic() - self._since
            logger.info("Going on, after %d passes in %.0f s that came to nothing.", self._failed, lasted)
        self._failed, self._outage = 0, set()
        problems = outcome.problems
        for line in problems:
            if line not in self._problems:
                logger.error("%s", line)
        for line in self._problems:
            if line not in problems:
                logger.info("No longer: %s", line)
        if outcome.applied or outcome.pruned or problems != self._problems:
            logger.info("%s", in_words(outcome, seconds))
        self._problems = problems

    def events(self, outcome: ReconcileResult) -> Iterator[tuple[ObjectKey, str]]:
        """Return a namespace's Events to make: each reason once, and again when the API server has forgotten it."""
        now = time.monotonic()
        failing: dict[tuple[str, str], ObjectKey] = {}
        for key, why in outcome.failed.items():
            if key.namespace:
                failing.setdefault((key.namespace, why), key)
        self._told = {what: at for what, at in self._told.items() if what in failing and at > now - EVENTS_LAST}
        fresh = [(what, key) for what, key in failing.items() if what not in self._told]
        for what, key in fresh[:MOST_EVENTS]:
            self._told[what] = now
            yield key, what[1]


def in_words(outcome: ReconcileResult, seconds: float) -> str:
    return (
        f"{outcome.applied} applied, {outcome.pruned} pruned, {outcome.unchanged} unchanged,"
        f" {outcome.trouble} failed in {seconds:.1f} s"
    )
