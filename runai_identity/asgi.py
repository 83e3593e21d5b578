"""The application for a server of ASGI: a slow client waits here, and not in a thread that could answer others.

The server hands over a request as soon as its headers are there. The body is read whole before a thread is taken, and a
request that breaks off on the way is dropped; then the WSGI application answers as behind any other server. An answer
is sent when it is whole; but one that streams (an export) part by part, as fast as its client takes them, in at most
half of the threads.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from django.core.signals import request_finished

from accounts.hashing import NeedsTurn, Turn, in_queue
from common.forwarding import nearest_address, network_of
from runai_identity.draining import is_draining
from runai_identity.environ import Scope, environ_of, has_body
from runai_identity.memory import give_back
from runai_identity.refusals import PLAIN, Answer, Headers, RefusedRequest
from runai_identity.request_bodies import Body, Receive, most_bytes_of, rooms
from runai_identity.serve import say_when_ready
from runai_identity.tracing import send_the_rest
from runai_identity.turns import BrokeOff, Turns, brings_a_password
from runai_identity.wsgi import application as wsgi_application

logger = logging.getLogger("request")

THREADS = int(os.environ.get("WEB_THREADS", "4"))
PART_SECONDS = 30  # in which a client takes the next part of a download
LONGEST_ADDRESS = 17 * 1024  # some clients put into `state` where somebody was (tokens.oauth.LONGEST_QUERY)
MOST_WAITING = 256  # for a thread; beyond that a later answer would find its client gone

Send = Callable[[dict[str, Any]], Awaitable[None]]
Environ = dict[str, Any]
# None for an answer that was streamed, and is sent already.
Tell = Callable[[Answer | BaseException | None], None]
PassOn = Callable[[dict[str, Any]], None]

HEALTH = "/healthz"
ALIVE: Answer = (200, [*PLAIN], b'{"status": "ok"}')


class ASGIApplication:
    """The application that the server calls for each request."""

    def __init__(self, wsgi: Any, *, threads: int = THREADS) -> None:
        self._wsgi = wsgi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._streams = BoundedSemaphore(max(1, threads // 2))
        self._turns = Turns(when_quiet=lambda: self._threads.submit(give_back))
        self._waiting = 0
        self._rooms = rooms()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD"):
            await self._say_that_it_lives(send)
            return
        body = Body(*self._rooms)
        try:
            body.most = check_head(scope)
            if has_body(scope):
                await body.read(receive)
            await self._answer_in_turn(scope, b"".join(body.parts), receive, send)
        except RefusedRequest as refusal:
            logger.info("%s %s %s: %s", scope["method"], scope["path"][:200], refusal.answer[0], refusal)
            await _send(send, refusal.answer)
        except BrokeOff:
            pass
        finally:
            body.leave()

    async def _say_that_it_lives(self, send: Send) -> None:
        """Without a thread: all of them may wait for a database that is silent, and to restart would help nobody."""
        await _send(send, ALIVE)
        if not self._waiting:
            # A server that nobody uses keeps house as well (runai_identity/housekeeping.py).
            self._threads.submit(request_finished.send, sender=type(self))

    async def _answer_in_turn(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if not brings_a_password(scope["method"], body):
            with suppress(NeedsTurn):
                await self._answer(environ_of(scope, body), send, Turn.NOT_ASKED)
                return
        async with self._turns.turn(_source(environ_of(scope, b"")), receive) as has_turn:
            await self._answer(environ_of(scope, body), send, Turn.GIVEN if has_turn else Turn.REFUSED)

    async def _answer(self, environ: Environ, send: Send, turn: Turn) -> None:
        if self._waiting >= MOST_WAITING:
            raise RefusedRequest(503, "Too many requests at this moment.", ("retry-after", "1"))
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer | None] = loop.create_future()

        def tell(told: Answer | BaseException | None) -> None:
            loop.call_soon_threadsafe(_settle, answer, told)

        def pass_on(message: dict[str, Any]) -> None:
            asyncio.run_coroutine_threadsafe(_pass(send, message), loop).result(PART_SECONDS)

        self._waiting += 1
        try:
            self._threads.submit(self._call, environ, turn, tell, pass_on)
            if told := await answer:
                await _send(send, told)
        finally:
            self._waiting -= 1

    def _call(self, environ: Environ, turn: Turn, tell: Tell, pass_on: PassOn) -> None:
        """In a thread of the pool. What the application does on `close` comes after the answer.

        The event loop is woken once: that takes a system call and the interpreter's lock, each time.
        """
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
            begun.append((int(status.partition(" ")[0]), headers))

        try:
            with in_queue(turn):
                parts = self._wsgi(environ, start_response)
            try:
                if _is_streamed(parts, begun[-1][1]):
                    self._stream(*begun[-1], parts, tell, pass_on)
                else:
                    tell((*begun[-1], b"".join(parts)))
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        except NeedsTurn as needed:
            tell(needed)
        except Exception as error:
            logger.exception("the application failed, or what it does after an answer")
            tell(error)

    def _stream(
        self,
        status: int,
        headers: Headers,
        parts: Iterable[bytes],
        tell: Tell,
        pass_on: PassOn,
    ) -> None:
        if not self._streams.acquire(blocking=False):
            tell(RefusedRequest(503, "Too many downloads at this moment.", ("retry-after", "10")).answer)
            return
        try:
            pass_on(_start(status, headers))
            for part in filter(None, parts):
                pass_on({"type": "http.response.body", "body": part, "more_body": True})
            pass_on({"type": "http.response.body", "body": b""})
            tell(None)
        except TimeoutError:
            logger.info("A download was given up: its client took nothing for %s s.", PART_SECONDS)
            tell(None)
        finally:
            self._streams.release()


def _source(environ: Environ) -> str:
    return network_of(nearest_address(environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", "")))


def _settle(answer: asyncio.Future[Answer | None], told: Answer | BaseException | None) -> None:
    if answer.done():  # a fault after the answer
        return
    if isinstance(told, BaseException):
        answer.set_exception(told)
    else:
        answer.set_result(told)


def _is_streamed(parts: Any, headers: Headers) -> bool:
    """Return True for a StreamingHttpResponse of Django's, unless it says how long it is, as a file does."""
    return getattr(parts, "streaming", False) and not any(name.lower() == "content-length" for name, _ in headers)


def check_head(scope: Scope) -> int:
    """Return how many bytes the body may have; raise RefusedRequest if the head alone is reason to refuse."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise RefusedRequest(414, "The address is too long.")
    most = most_bytes_of(scope)
    if scope["http_version"] == "1.1" and b"host" not in dict(scope["headers"]):
        raise RefusedRequest(400, "There is no Host.")  # RFC 9112 §3.2
    return most


async def _send(send: Send, answer: Answer) -> None:
    status, headers, content = answer
    await send(_start(status, headers))
    await send({"type": "http.response.body", "body": content})


async def _pass(send: Send, message: dict[str, Any]) -> None:
    await send(message)


def _start(status: int, headers: Headers) -> dict[str, Any]:
    if is_draining():
        headers = [*headers, ("connection", "close")]
    written = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": written}


async def _live(receive: Receive, send: Send) -> None:
    from runai_identity.leases import give_up_all  # has a model, and Django is set up by the WSGI application alone

    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            say_when_ready()
        if message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(give_up_all)
            await asyncio.to_thread(send_the_rest)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = ASGIApplication(wsgi_application)
