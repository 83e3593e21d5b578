"""Read entries of which somebody changed a row by hand, so that it can't be read any more: each hides itself alone.

Without this, one such row would hide every list, file and stream that comes upon it. `verifyaudit` compares what is
stored, and reports it as changed.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from django.db import Error
from django.db.models.query import ModelIterable

from common.outages import is_outage

T = TypeVar("T")

UNREADABLE = "audit:unreadable"
WHY = "The row of this entry was changed outside the service, and can't be read. See manage.py verifyaudit."
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FAILURES = (ValueError, TypeError, AttributeError, OverflowError, RecursionError, Error)


def readable(read: Callable[[], T]) -> T | None:
    """Return what `read` gives; None if it comes upon a value that no version of this service writes.

    Databases take more than Python does: the times `infinity` and 44 BC, JSON in a thousand brackets, broken UTF-8.
    """
    try:
        return read()
    except _FAILURES as error:
        if is_outage(error):
            raise
        return None


class ReadableIterable(ModelIterable):  # type: ignore[type-arg]  # Django's stubs name no row here
    """Iterate over entries; where reading fails, go on one by one, with a stand-in for each that can't be read."""

    def __iter__(self) -> Iterator[Any]:
        given = set()
        try:
            for event in super().__iter__():
                given.add(event.pk)
                yield _whole(event)
        except _FAILURES as error:
            if is_outage(error):
                raise
            yield from self._singly(given)

    def _singly(self, given: set[int]) -> Iterator[Any]:
        for pk in list(self.queryset.values_list("pk", flat=True)):
            if pk in given:
                continue
            yield readable(partial(self._alone, pk)) or stand_in(self.queryset.model, pk)

    def _alone(self, pk: int) -> Any:
        return _whole(self.queryset.model._base_manager.using(self.queryset.db).filter(pk=pk).first())


def _whole(event: Any) -> Any:
    """Return the entry, or a stand-in if its time is no time: SQLite then gives none."""
    return stand_in(type(event), event.pk) if event.__dict__.get("at", LONG_AGO) is None else event


def stand_in(model: Any, pk: int) -> Any:
    """Make what is shown in the place of an entry that can't be read."""
    event = model(pk=pk, at=LONG_AGO, action=UNREADABLE, result="Failed", reason=WHY, subject_type="System")
    event._state.adding = False
    return event
