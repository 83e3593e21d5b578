"""The application for a server of ASGI: a slow client waits here, and not in a thread that could answer others.

The server hands over a request as soon as its headers are there. The body is read whole before a thread is taken, and a
request that breaks off on the way is dropped; then the WSGI application answers as behind any other server.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from runai_identity.serve import say_when_ready
from runai_identity.wsgi import application as wsgi_application

logger = logging.getLogger("request")

THREADS = int(os.environ.get("WEB_THREADS", "4"))
BODY_SECONDS = 30
LONGEST_ADDRESS = 17 * 1024  # some clients put into `state` where somebody was (tokens.oauth.LONGEST_QUERY)
LONGEST_BODY = 17 * 1024 * 1024  # the list that is compared with a cluster's RBAC, which is the longest there is
MOST_WAITING = 256  # for a thread; beyond that a later answer would find its client gone

# Bodies of this length always find room: nobody's has to be longer who isn't signed in, but a directory's.
SHORT_BODY = 32 * 1024
# Longer ones share room until they are answered, so that who sends many at once is in the way of the like.
MIDDLE_BODY, MIDDLE_BODIES = 512 * 1024, 128 * 1024 * 1024
LONG_BODIES = 4 * LONGEST_BODY

Scope = dict[str, Any]
Headers = list[tuple[str, str]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, Headers, bytes]


class Refused(Exception):
    """A request that is answered without the application."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        plain = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ]
        self.answer: Answer = (status, [*plain, *headers], f'{{"code": {status}, "message": "{message}"}}'.encode())


class BrokeOff(Exception):
    """The client went before its request was whole (RFC 9112 §8). There is nobody to answer."""


class Room:
    """So many bytes for bodies together."""

    def __init__(self, size: int) -> None:
        self.free = size

    def take(self, size: int) -> None:
        if size > self.free:
            raise Refused(503, "Too many long requests at this moment.", ("retry-after", "5"))
        self.free -= size


class Body:
    """What of a request's body is there, and the room that it takes until the request is answered."""

    def __init__(self, middle: Room, long: Room) -> None:
        self._middle, self._long = middle, long
        self._room: Room | None = None
        self._taken = self.size = 0
        self.parts: list[bytes] = []

    def add(self, part: bytes) -> None:
        self.parts.append(part)
        self.size += len(part)
        if self.size > LONGEST_BODY:
            raise Refused(413, "The request body is too large.", ("connection", "close"))
        if self.size > SHORT_BODY:
            room = self._middle if self.size <= MIDDLE_BODY else self._long
            if room is not self._room:
                self.leave()
                self._room = room
            room.take(self.size - self._taken)
            self._taken = self.size

    def leave(self) -> None:
        if self._room is not None:
            self._room.free += self._taken
        self._room, self._taken = None, 0


class Application:
    """What the server calls for each request."""

    def __init__(self, wsgi: Any, *, threads: int = THREADS) -> None:
        self._wsgi = wsgi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._waiting = 0
        self._middle, self._long = Room(MIDDLE_BODIES), Room(LONG_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = Body(self._middle, self._long)
        try:
            check_head(scope)
            await _read(body, receive)
            await self._answer(environ_of(scope, b"".join(body.parts)), send)
        except Refused as refusal:
            logger.info("%s %s %s: %s", scope["method"], scope["path"][:200], refusal.answer[0], refusal)
            await _send(send, refusal.answer)
        except BrokeOff:
            pass
        finally:
            body.leave()

    async def _answer(self, environ: dict[str, Any], send: Send) -> None:
        if self._waiting >= MOST_WAITING:
            raise Refused(503, "Too many requests at this moment.", ("retry-after", "1"))
        self._waiting += 1
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()

        def tell(status: int, headers: Headers, content: bytes) -> None:
            loop.call_soon_threadsafe(answer.set_result, (status, headers, content))

        try:
            running = loop.run_in_executor(self._threads, self._call, environ, tell)
            await asyncio.wait((running, answer), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                await _send(send, answer.result())
            await running
        finally:
            self._waiting -= 1

    def _call(self, environ: dict[str, Any], tell: Callable[[int, Headers, bytes], None]) -> None:
        """In a thread of the pool. What the application does on `close` comes after the answer."""
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
            begun.append((int(status.partition(" ")[0]), headers))

        parts: Iterable[bytes] = self._wsgi(environ, start_response)
        try:
            tell(*begun[-1], b"".join(parts))
        finally:
            if hasattr(parts, "close"):
                parts.close()


def check_head(scope: Scope) -> None:
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise Refused(414, "The address is too long.")
    if scope["http_version"] == "1.1" and not any(name == b"host" for name, _ in scope["headers"]):
        raise Refused(400, "There is no Host.")  # RFC 9112 §3.2


async def _read(body: Body, receive: Receive) -> None:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BrokeOff
                body.add(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        raise Refused(408, f"The request was not here whole after {BODY_SECONDS} s.") from None


async def _send(send: Send, answer: Answer) -> None:
    status, headers, content = answer
    written = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": content})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            say_when_ready()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it, whose texts have a character for each byte."""
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(scope["server"][0]),
        "SERVER_PORT": str(scope["server"][1]),
        "REMOTE_ADDR": str(scope["client"][0]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _put_header(environ, name.decode("latin-1").lower(), value.decode("latin-1"))
    return environ


def _put_header(environ: dict[str, Any], name: str, value: str) -> None:
    # A name with an underscore would pass for the one with a hyphen: X_Forwarded_For for what a proxy wrote.
    if "_" in name or name in ("content-length", "transfer-encoding"):
        return
    variable = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
    if variable in environ:
        # RFC 9110 §5.3; cookies, which HTTP/2 splits, have a mark of their own (RFC 9113 §8.2.3).
        value = f"{environ[variable]}{'; ' if name == 'cookie' else ','}{value}"
    environ[variable] = value


application = Application(wsgi_application)
