"""Send the audit log on while the server runs: a thread for each sink, of which the one that has the lease sends.

No request waits for a sink, and no sink for another one.
"""

import logging
import time
from threading import Lock, Thread
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connection

from audit.streams.sending import send_batch
from audit.streams.sinks import LONGEST_PAUSE, NotDelivered, Sink, configured
from common.outages import log_failure
from runai_identity.leases import hold

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds, when there is nothing to send
ASK_EVERY = 5.0  # where another process has the lease
# Longer than the slowest sink takes for a batch, or a pause; short enough for when the process dies.
LEASED_FOR = 90

_started: set[str] = set()
_one_at_a_time = Lock()


def start_streams(sender: object, **facts: Any) -> None:
    """Receive Django's `request_finished`: threads begin in the processes that serve, after they were forked."""
    if not settings.HOUSEKEEPING or _started:
        return
    with _one_at_a_time:
        for name, sink in configured().items():
            if name not in _started:
                _started.add(name)
                Thread(target=_go_on, args=(name, sink), name=f"audit stream to {name}", daemon=True).start()


def _go_on(name: str, sink: Sink) -> None:
    stream = Stream(name, sink)
    while settings.HOUSEKEEPING:
        pause = stream.step()
        close_old_connections()
        time.sleep(pause)
    connection.close()


class Stream:
    """A sink and how often it has failed in a row."""

    def __init__(self, name: str, sink: Sink) -> None:
        self.name, self.sink, self.failures = name, sink, 0

    def step(self) -> float:
        """Send a batch if this process has the lease; return for how many seconds to wait then."""
        try:
            if not hold(f"audit stream: {self.name}", seconds=LEASED_FOR):
                return ASK_EVERY
            sent = send_batch(self.name, self.sink)
        except NotDelivered as failure:
            return self._failed(failure)
        except Error as error:
            log_failure(logger, f"the audit stream to {self.name} waits for the database", error)
            return ASK_EVERY
        except Exception:  # a thread that ends would send nothing any more, and nobody would notice
            logger.exception("the audit stream to %s failed; it will be tried again", self.name)
            return LONGEST_PAUSE
        if self.failures:
            logger.info("the audit stream to %s goes on", self.name)
        self.failures = 0
        return 0 if sent else EVERY

    def _failed(self, failure: NotDelivered) -> float:
        if not self.failures:
            logger.warning("the audit stream to %s is held up: %s", self.name, failure)
        self.failures += 1
        return max(failure.pause, min(2.0 ** (self.failures - 1), LONGEST_PAUSE))
