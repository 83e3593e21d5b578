"""Notes that nobody waits for, such as when something was last used: no answer hangs on their being written.

A note of a request is kept in memory and written after its response. Where the database takes no writes it is lost,
with a line in the log, and taken again at the next use.
"""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db import Error, models, transaction
from django.utils import timezone

from common import context
from common.outages import drop_connection, log_failure

logger = logging.getLogger(__name__)

USES_EVERY = timedelta(minutes=1)
PAUSE = 10.0  # seconds without a try after one failed
MOST = 10_000

_notes: dict[Hashable, tuple[str, Callable[[], object]]] = {}
_one_at_a_time = Lock()
_paused_until = 0.0
_rehearsing = ContextVar("rehearsing", default=False)


def note(what: str, about: Hashable, write: Callable[[], object]) -> None:
    """Call `write` after the response to this request, at once where there is none; of several about the same the last.

    `what` names it in the log where it fails. It is called in a transaction of its own.
    """
    if _rehearsing.get():
        return
    if len(_notes) < MOST:
        _notes[what, about] = (what, write)
    if context.current() is context.NO_REQUEST:
        write_down()


def note_columns(row: models.Model, **values: Any) -> None:
    """Set columns of a row in the same way."""
    model = type(row)
    note(
        f"the last use of {model._meta.verbose_name}",
        row.pk,
        lambda: model._base_manager.filter(pk=row.pk).update(**values),
    )


def note_use(row: models.Model, *, last: datetime | None) -> None:
    """Note that this row was used just now, if its `last` use isn't within a minute: set its `last_used_at`."""
    now = timezone.now()
    if last is None or last <= now - USES_EVERY:
        note_columns(row, last_used_at=now)


def write_down(sender: object = None, **facts: Any) -> None:
    """Receive Django's `request_finished`. Where another thread is writing, the next request writes the rest."""
    global _paused_until
    if not _notes or not _one_at_a_time.acquire(blocking=False):
        return
    try:
        while _notes:
            what, write = _notes.pop(next(iter(_notes)))
            if time.monotonic() < _paused_until:
                continue
            with best_effort(what) as done:
                write()
            if not done:
                _paused_until = time.monotonic() + PAUSE
    finally:
        _one_at_a_time.release()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Try what is inside and undo it: rows as well as notes, which outlive the transaction that they were taken in."""
    token = _rehearsing.set(True)
    try:
        with transaction.atomic():
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        _rehearsing.reset(token)


@contextmanager
def best_effort(what: str) -> Iterator[list[bool]]:
    """Go on when the database refuses what is written inside; the list that is handed out is empty then."""
    done: list[bool] = []
    try:
        with transaction.atomic():
            yield done
        done.append(True)
    except Error as error:
        log_failure(logger, f"{what} could not be written down", error)
        drop_connection()
