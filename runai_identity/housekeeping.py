"""What the server does for itself between requests, so that it needs neither cron nor another daemon.

It begins when a response has gone out, and holds the worker that sent it for half a second at most. Every process of
every replica does its share; health checks are requests too, so that a server without people keeps house as well.
"""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

import accounts.services.pruning as accounts
import audit.pruning as audit
import clustersync.services.pruning as clustersync
import sso.services.pruning as sso
import tokens.services.pruning as tokens
from common.pruning import Done, work_off
from sso.services.refreshing import is_due, refresh_soon
from tokens.services.backchannel import are_due, deliver_soon

logger = logging.getLogger(__name__)

# What hangs on a session goes before it, and sessions that ended are ended before anything is deleted.
CHORES = (
    *sso.ENDING, *accounts.ENDING, *tokens.ENDING,
    *clustersync.DELETING, *tokens.DELETING, *sso.DELETING, *accounts.DELETING, *audit.DELETING,
)  # fmt: skip

BEGINS_WITHIN = 60
PRUNE_EVERY = 600
TELL_EVERY = 60
ASK_EVERY = 60
AGAIN_AFTER = 5  # when there was more to do than the time allowed: a tenth of this process's time
AT_MOST = 0.5


@dataclass
class Task:
    """Something done again and again; `work` answers in how many seconds, `every` counts when it failed.

    Processes begin at different times.
    """

    work: Callable[[], float]
    every: int
    due_at: float | None = None

    def is_due(self) -> bool:
        if self.due_at is None:
            self.due_at = time.monotonic() + secrets.randbelow(BEGINS_WITHIN)
        return time.monotonic() >= self.due_at

    def run(self) -> None:
        self.due_at = time.monotonic() + self.every
        self.due_at = time.monotonic() + self.work()


def prune() -> float:
    done = work_off(CHORES, seconds=AT_MOST)
    if any(done.counts.values()):
        logger.info("cleared away: %s", ", ".join(f"{count} {name}" for name, count in done.counts.items() if count))
    return PRUNE_EVERY if done.finished else AGAIN_AFTER


def prune_all() -> Done:
    return work_off(CHORES)


def tell_clients() -> float:
    if are_due():
        deliver_soon()
    return TELL_EVERY


def ask_providers() -> float:
    if is_due():
        refresh_soon()
    return ASK_EVERY


TASKS = [Task(prune, PRUNE_EVERY), Task(tell_clients, TELL_EVERY), Task(ask_providers, ASK_EVERY)]

_one_at_a_time = Lock()


def keep_house(sender: object, **facts: Any) -> None:
    """Receives Django's `request_finished`. Nothing that fails here may reach the server: it is logged, tried again."""
    if not settings.HOUSEKEEPING or not any(task.is_due() for task in TASKS):
        return
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        for task in TASKS:
            if task.is_due():
                task.run()
    except DatabaseError:
        logger.exception("housekeeping failed; it will be tried again")
    finally:
        _one_at_a_time.release()
        if not connection.in_atomic_block:  # but for tests, none is open here
            close_old_connections()
