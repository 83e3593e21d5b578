"""Requests that bring a password take turns before they take a thread, so that a burst of sign-ins leaves threads free.

Hashing a password takes a core for twenty milliseconds. At nine o'clock forty people sign in within a second: they wait
here, where waiting costs no thread and no connection to the database, and tokens are answered meanwhile. Addresses are
served by turns, so that a flood from one address keeps nobody else from signing in.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

AT_ONCE = 2  # one computes a hash while the other waits for the database
MOST_WAITING = 100
LONGEST_WAIT = 5.0  # seconds; a browser or a script waits longer than that
QUIET = 10.0  # seconds without a turn
LONGEST_FORM = 32 * 1024  # no form with a password is longer

Place = asyncio.Future[bool]


class BrokeOff(Exception):
    """The client went before it was answered. There is nobody to answer."""


def brings_a_password(method: str, body: bytes) -> bool:
    """Return True for what may be a sign-in by password. A wrong guess costs time: the request is begun anew, or waits
    for nothing.
    """
    return method == "POST" and len(body) <= LONGEST_FORM and b"password" in body


class Turns:
    """The turns of one process: by turns for each source, and for those of one source in the order of their coming.

    `when_quiet` is called when no turn has ended for QUIET seconds.
    """

    def __init__(self, at_once: int = AT_ONCE, *, when_quiet: Callable[[], object] = lambda: None) -> None:
        self._free = at_once
        self._when_quiet = when_quiet
        self._quiet: asyncio.TimerHandle | None = None
        self._waiting: dict[str, deque[Place]] = {}  # whose turn is next comes first

    @asynccontextmanager
    async def turn(self, source: str, receive: Callable[[], Awaitable[dict[str, Any]]]) -> AsyncIterator[bool]:
        """Hold a turn. False when the queue is full or none came in time; then the request holds none.

        BrokeOff if the client goes meanwhile, as `receive` tells (ASGI); its place is free at once.
        """
        place = self._place_for(source)
        try:
            if not place.done():
                await _wait(place, receive)
            yield place.done() and place.result()
        finally:
            self._leave(source, place)

    def _place_for(self, source: str) -> Place:
        place: Place = asyncio.get_running_loop().create_future()
        if self._free:
            self._free -= 1
            place.set_result(True)
        elif self._make_room_for(source):
            self._waiting.setdefault(source, deque()).append(place)
        else:
            place.set_result(False)
        return place

    def _make_room_for(self, source: str) -> bool:
        """Return True if one more may wait. In a full queue the latest of the source with most requests is refused."""
        if sum(map(len, self._waiting.values())) < MOST_WAITING:
            return True
        most = max(self._waiting, key=lambda one: len(self._waiting[one]))
        if len(self._waiting[most]) <= len(self._waiting.get(source, ())) + 1:
            return False
        self._waiting[most].pop().set_result(False)
        return True

    def _leave(self, source: str, place: Place) -> None:
        if not place.done():
            self._waiting[source].remove(place)
            if not self._waiting[source]:
                del self._waiting[source]
        elif place.result():
            self._pass_on()
            if self._quiet is not None:
                self._quiet.cancel()
            self._quiet = asyncio.get_running_loop().call_later(QUIET, self._when_quiet)

    def _pass_on(self) -> None:
        if not self._waiting:
            self._free += 1
            return
        source = next(iter(self._waiting))
        places = self._waiting.pop(source)
        places.popleft().set_result(True)
        if places:
            self._waiting[source] = places


async def _wait(place: Place, receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    leaving = asyncio.create_task(_gone(receive))
    try:
        first: set[asyncio.Future[Any]] = {place, leaving}
        await asyncio.wait(first, timeout=LONGEST_WAIT, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            raise BrokeOff
    finally:
        leaving.cancel()


async def _gone(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """Return when the client goes: the body was read, and nothing else can come."""
    while (await receive())["type"] != "http.disconnect":
        pass
