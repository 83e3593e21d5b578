"""Clearing away what is over, a small batch at a time: no long lock, and several replicas may do it at once."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet


def delete(rows: Sequence[Any]) -> None:
    """Cascades bring with them what hangs on these rows."""
    type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows]).delete()


@dataclass(frozen=True)
class Chore:
    """The rows that are `due`, and what is done to a locked batch of them, after which they are due no more.

    `queue` comes before the rows are locked: who takes along what hangs on them waits for other removals.

    A batch should take a tenth of a second at most: SQLite lets nobody else write meanwhile.
    """

    name: str
    due: Callable[[], QuerySet[Any]]
    do: Callable[[Sequence[Any]], None] = delete
    batch: int = 200
    queue: Callable[[], None] | None = None


@dataclass
class Done:
    """The number of pruned rows of each kind; `finished` is False when the time ran out first."""

    counts: dict[str, int] = field(default_factory=dict)
    finished: bool = True


def work_off(chores: Iterable[Chore], *, seconds: float = float("inf")) -> Done:
    """Do the chores in their order, until nothing is due or the time is over."""
    ends_at, done = time.monotonic() + seconds, Done()
    for chore in chores:
        done.counts[chore.name] = 0
        more = True
        while more:
            if time.monotonic() >= ends_at:
                done.finished = False
                return done
            count = _one_batch(chore)
            done.counts[chore.name] += count
            more = count == chore.batch
    return done


def _one_batch(chore: Chore) -> int:
    """Lock rows and delete them, so that none was renewed meanwhile. Another replica deletes those that it holds."""
    with transaction.atomic():
        if chore.queue:
            chore.queue()
        rows = list(chore.due().order_by().select_for_update(skip_locked=True)[: chore.batch])
        if rows:
            chore.do(rows)
    return len(rows)
