"""Work off an outbox: rows that a transaction wrote down, to be delivered to somebody after it.

A short-lived thread delivers at once; the periodic work tries again, of whichever replica comes first.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Lock, Thread

from django.db import Error, connection

from common.outages import log_failure

logger = logging.getLogger(__name__)

# The time between a failed try and the next one; after the last one the row is given up.
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)


def deliver_in_thread(deliver_due: Callable[[], int], *, one_at_a_time: Lock, name: str) -> None:
    """Call `deliver_due` in a thread of its own until it returns 0; `name` is the plural of what it delivers."""
    Thread(target=_deliver, args=(deliver_due, one_at_a_time, name), name=name, daemon=True).start()


def _deliver(deliver_due: Callable[[], int], one_at_a_time: Lock, name: str) -> None:
    if not one_at_a_time.acquire(blocking=False):
        return  # the thread that is at it finds this row too, or the periodic work does
    try:
        while deliver_due():
            pass
    except Error as error:
        log_failure(logger, f"{name} wait for the database", error)
    finally:
        one_at_a_time.release()
        connection.close()
