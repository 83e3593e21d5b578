"""Bodies of requests on their way in: how long one may be, how long it may take, and the room that all share."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from runai_identity.environ import Scope, most_bytes_at
from runai_identity.refusals import CLOSE, TOO_LARGE, RefusedRequest

BODY_SECONDS = 30
LONGEST_BODY = 17 * 1024 * 1024  # at an address that takes so much: what is compared with a cluster's RBAC

# Bodies of this length always find room: nobody's has to be longer who isn't signed in, but a directory's.
SHORT_BODY = 32 * 1024
# Longer ones share room until they are answered, so that who sends many at once is in the way of the like.
MIDDLE_BODY, MIDDLE_BODIES = 512 * 1024, 128 * 1024 * 1024
LONG_BODIES = 4 * LONGEST_BODY

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Room:
    """A number of bytes that bodies share."""

    def __init__(self, size: int) -> None:
        self.free = size

    def take(self, size: int) -> None:
        if size > self.free:
            raise RefusedRequest(503, "Too many long requests at this moment.", ("retry-after", "5"))
        self.free -= size


def rooms() -> tuple[Room, Room]:
    """Return the room of a process for bodies of up to MIDDLE_BODY, and the one for longer bodies."""
    return Room(MIDDLE_BODIES), Room(LONG_BODIES)


class Body:
    """A request's body as far as it is there, and the room that it takes until the request is answered."""

    def __init__(self, middle: Room, long: Room, most: int = LONGEST_BODY) -> None:
        self._middle, self._long, self.most = middle, long, most
        self._room: Room | None = None
        self._taken = self.size = 0
        self.parts: list[bytes] = []

    def add(self, part: bytes) -> None:
        self.parts.append(part)
        self.size += len(part)
        if self.size > self.most:
            raise RefusedRequest(413, TOO_LARGE, CLOSE)
        if self.size > SHORT_BODY:
            room = self._middle if self.size <= MIDDLE_BODY else self._long
            if room is not self._room:
                self.leave()
                self._room = room
            room.take(self.size - self._taken)
            self._taken = self.size

    async def read(self, receive: Receive) -> None:
        """Read the body to its end; raise RefusedRequest if it breaks off, takes too long or finds no room."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":  # or its chunks can't be told apart
                        raise RefusedRequest(400, "The body broke off.", CLOSE)
                    self.add(message.get("body", b""))
                    if not message.get("more_body"):
                        return
        except TimeoutError:
            raise RefusedRequest(408, f"The request was not here whole after {BODY_SECONDS} s.") from None

    def leave(self) -> None:
        if self._room is not None:
            self._room.free += self._taken
        self._room, self._taken = None, 0


def most_bytes_of(scope: Scope) -> int:
    """Return how many bytes the body may have, by the address and by who may send as much to it; no more is read.

    Raise RefusedRequest if the head declares more.
    """
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"0").lstrip(b"0") or b"0"
    size = int(declared[:18]) if declared.isdigit() else 0
    most = MIDDLE_BODY
    if b"authorization" in headers and (size > most or b"transfer-encoding" in headers):
        most = min(LONGEST_BODY, max(most, most_bytes_at(scope)))
    if size > most:
        raise RefusedRequest(413, TOO_LARGE, CLOSE)
    return most
