"""Bound the share of a process that hashing passwords may take: a flood of them must not keep tokens waiting.

A hash takes a core for twenty milliseconds, and a request a thread meanwhile. One password at a time is looked at in a
process, and two more wait for it in their threads; who comes then is asked to come back. Of four threads one is left
for all else. Our own server lets many more wait, before they take a thread (`runai_identity/turns.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from threading import BoundedSemaphore

from common.errors import TooMany

AT_ONCE = 1
WAITING = 2
LONGEST_WAIT = 3.0
COME_BACK_AFTER = 1

_queue = BoundedSemaphore(AT_ONCE + WAITING)
_places = BoundedSemaphore(AT_ONCE)


class Turn(Enum):
    """The state of a request in the queue of a server that lets requests wait before they take a thread."""

    NOT_ASKED = auto()  # nothing told the server that the request brings a password
    REFUSED = auto()
    GIVEN = auto()  # also behind a server without such a queue


_turn = ContextVar("turn", default=Turn.GIVEN)


class NeedsTurn(BaseException):
    """The request computes a hash and was not in the queue. The server begins it anew when its turn comes.

    No Exception, so that nothing between here and the server makes an answer of it, and transactions are rolled back.
    """


@contextmanager
def place_to_hash() -> Iterator[None]:
    """Hold one of the places; TooMany when the queue for them is full, or doesn't move on.

    To be asked for before anything is written: NeedsTurn begins the request anew.
    """
    if _turn.get() is Turn.NOT_ASKED:
        raise NeedsTurn
    if _turn.get() is Turn.REFUSED or not _queue.acquire(blocking=False):
        raise _busy()
    try:
        if not _places.acquire(timeout=LONGEST_WAIT):
            raise _busy()
        try:
            yield
        finally:
            _places.release()
    finally:
        _queue.release()


@contextmanager
def in_queue(turn: Turn) -> Iterator[None]:
    """Say for what runs inside how far its request came in the server's queue."""
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)


def _busy() -> TooMany:
    return TooMany("slow_down", "Many people are signing in at this moment. Try again.", retry_after=COME_BACK_AFTER)
