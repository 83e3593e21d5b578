"""Expectations of a row: a verb that locks the row compares it with what the row's editor saw.

Compared before the lock, the row could change between the comparison and the verb: the later of two savers would undo
what the earlier one saved, and nobody would know.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

Check = Callable[[Any], None]
"""Gets the row as it is under its lock, and raises a refusal where that is not what was seen."""

_expected: ContextVar[tuple[Model, Check] | None] = ContextVar("expected_row", default=None)


@contextmanager
def expecting() -> Iterator[None]:
    """Keep what `expect` is told within, and nothing of it afterwards."""
    token = _expected.set(None)
    try:
        yield
    finally:
        _expected.reset(token)


def expect(row: Model, check: Check) -> None:
    """Let the next verb that locks this row check it before it changes anything."""
    _expected.set((row, check))


def compare(current: Model) -> None:
    """Check a row that was just locked, if anybody expects something of it.

    Once: what the caller itself changes under the lock, where several verbs share a transaction, is no surprise.
    """
    expected = _expected.get()
    if expected is None or not _is_same(expected[0], current):
        return
    _expected.set(None)
    expected[1](current)


def _is_same(one: Model, other: Model) -> bool:
    """Return True for the same row, also through a proxy model."""
    return one._meta.concrete_model is other._meta.concrete_model and one.pk == other.pk
