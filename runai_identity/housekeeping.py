"""Do between requests what the server owes itself, so that it needs neither cron nor another daemon.

It begins when a response has gone out, and holds the worker that sent it for half a second at most. Of all processes of
all replicas one does it, by a lease; health checks are requests too, so a server without people keeps house as well.
"""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connection

import accounts.services.pruning as accounts
import audit.pruning as audit
import clustersync.services.pruning as clustersync
import sso.services.pruning as sso
import tokens.services.pruning as tokens
from accounts.services import mail
from audit.sealing import seal_settled
from clustersync.services.left_out import note_where_due
from common.outages import log_failure
from common.pruning import Done, work_off
from runai_identity.first_page.attention_mail import mail_what_needs_attention
from runai_identity.leases import hold
from sso.services.refreshing import is_due, refresh_soon
from tokens.services.backchannel import are_due, deliver_soon

logger = logging.getLogger(__name__)

# What hangs on a session goes before it, and sessions that ended are ended before anything is deleted.
CHORES = (
    *sso.ENDING,
    *accounts.ENDING,
    *tokens.ENDING,
    *clustersync.DELETING,
    *tokens.DELETING,
    *sso.DELETING,
    *accounts.DELETING,
    *audit.DELETING,
)

BEGINS_WITHIN = 60
PRUNE_EVERY = 600
TELL_EVERY = 60
MAIL_EVERY = 30
ATTENTION_EVERY = 3600
ASK_EVERY = 60
NOTE_EVERY = 60
SEAL_EVERY = 20
AGAIN_AFTER = 5  # when there was more to do than the time allowed: a tenth of this process's time
AT_MOST = 0.5
# Longer than the tasks are apart, so that it stays with one process, and short enough for when that process dies.
LEASE, LEASED_FOR = "housekeeping", 150


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

    def wait(self, seconds: float) -> None:
        self.due_at = time.monotonic() + seconds

    def run(self) -> None:
        self.due_at = time.monotonic() + self.every
        self.due_at = time.monotonic() + self.work()


def prune() -> float:
    done = work_off(CHORES, seconds=AT_MOST)
    if any(done.counts.values()):
        logger.info("cleared away: %s", ", ".join(f"{count} {name}" for name, count in done.counts.items() if count))
    return PRUNE_EVERY if done.finished else AGAIN_AFTER


def prune_all() -> Done:
    """Prune every table. Audit entries are sealed before they are deleted."""
    seal_settled()
    return work_off(CHORES)


def tell_clients() -> float:
    if are_due():
        deliver_soon()
    return TELL_EVERY


def send_mails() -> float:
    if mail.are_due():
        mail.deliver_soon()
    return MAIL_EVERY


def tell_administrators() -> float:
    mail_what_needs_attention()
    return ATTENTION_EVERY


def ask_providers() -> float:
    if is_due():
        refresh_soon()
    return ASK_EVERY


def note_left_out() -> float:
    return NOTE_EVERY if note_where_due(seconds=AT_MOST) else AGAIN_AFTER


def seal_audit_log() -> float:
    return SEAL_EVERY if seal_settled(seconds=AT_MOST) else AGAIN_AFTER


TASKS = [
    Task(seal_audit_log, SEAL_EVERY),
    Task(prune, PRUNE_EVERY),
    Task(tell_clients, TELL_EVERY),
    Task(send_mails, MAIL_EVERY),
    Task(tell_administrators, ATTENTION_EVERY),
    Task(ask_providers, ASK_EVERY),
    Task(note_left_out, NOTE_EVERY),
]

_one_at_a_time = Lock()


def keep_house(sender: object, **facts: Any) -> None:
    """Receives Django's `request_finished`. Nothing that fails here may reach the server: it is logged, tried again."""
    if not settings.HOUSEKEEPING or not _is_anything_due():
        return
    if not _one_at_a_time.acquire(blocking=False):
        return
    try:
        mine = hold(LEASE, seconds=LEASED_FOR)
        for task in filter(Task.is_due, TASKS):
            if mine:
                task.run()
            else:
                task.wait(ASK_EVERY)
    except Error as error:
        log_failure(logger, "housekeeping failed; it will be tried again", error)
        for task in filter(Task.is_due, TASKS):  # not after each request of an outage
            task.wait(ASK_EVERY)
    finally:
        _one_at_a_time.release()
        if not connection.in_atomic_block:  # but for tests, none is open here
            close_old_connections()


def _is_anything_due() -> bool:
    """Asked after each response, so that a task is called only when it may be due."""
    now = time.monotonic()
    for task in TASKS:
        if task.due_at is not None and now < task.due_at:
            continue
        if task.is_due():
            return True
    return False
