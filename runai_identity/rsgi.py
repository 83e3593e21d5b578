"""The application for granian: a slow client waits here, and not in a thread that could answer others.

Granian hands over a request as soon as its headers are there (RSGI, https://github.com/emmett-framework/granian). The
body is read whole before a thread is taken; then the WSGI application answers as it does behind any other server.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import Any

from runai_identity.serve import say_when_ready
from runai_identity.wsgi import application as wsgi_application

THREADS = int(os.environ.get("WEB_THREADS", "4"))
BODY_SECONDS = 30
LONGEST_ADDRESS = 17 * 1024  # some clients put into `state` where somebody was (tokens.oauth.LONGEST_QUERY)
LONGEST_BODY = 17 * 1024 * 1024  # the list that is compared with a cluster's RBAC, which is the longest there is
# Bodies of this size always find room. Longer ones share LONG_BODIES: in the way of those, and of nothing else, is
# whoever sends many at once.
SHORT_BODY = 512 * 1024
LONG_BODIES = 4 * LONGEST_BODY
MOST_WAITING = 256  # for a thread; beyond that a later answer would find its client gone

Headers = list[tuple[str, str]]
Send = Callable[..., Any]  # of a status, headers and a body


class Refused(Exception):
    """A request that is answered without the application: its status, and why."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        body = f'{{"code": {status}, "message": "{message}"}}'.encode()
        plain = [("content-type", "application/json"), ("cache-control", "no-store")]
        self.answer: tuple[int, Headers, bytes] = (status, [*plain, *headers], body)


class Application:
    """What granian calls (`__rsgi__`) for each request."""

    def __init__(self, wsgi: Any, *, threads: int = THREADS) -> None:
        self._wsgi = wsgi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._waiting = 0
        self._long_bytes = 0

    def __rsgi_init__(self, loop: object) -> None:
        say_when_ready()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        try:
            if len(scope.path) + len(scope.query_string) > LONGEST_ADDRESS:
                raise Refused(414, "The address is too long.")
            body = await self._read(protocol) if scope.method not in ("GET", "HEAD") else b""
            await self._answer(environ_of(scope, body), protocol.response_bytes)
        except Refused as refusal:
            protocol.response_bytes(*refusal.answer)

    async def _read(self, protocol: Any) -> bytes:
        parts: list[bytes] = []
        size = held = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in protocol:
                    parts.append(part)
                    size += len(part)
                    if size > LONGEST_BODY:
                        raise Refused(413, "The request body is too large.", ("connection", "close"))
                    if size > SHORT_BODY:
                        self._long_bytes += size - held
                        held = size
                        if self._long_bytes > LONG_BODIES:
                            raise Refused(503, "Too many long requests at this moment.", ("retry-after", "5"))
        except TimeoutError:
            raise Refused(408, f"The request was not here whole after {BODY_SECONDS} s.") from None
        finally:
            self._long_bytes -= held
        return b"".join(parts)

    async def _answer(self, environ: dict[str, Any], send: Send) -> None:
        if self._waiting >= MOST_WAITING:
            raise Refused(503, "Too many requests at this moment.", ("retry-after", "1"))
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._call, environ, partial(loop.call_soon_threadsafe, send))
        finally:
            self._waiting -= 1

    def _call(self, environ: dict[str, Any], send: Send) -> None:
        """In a thread of the pool. What the application does on `close` comes after the answer."""
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
            begun.append((int(status.partition(" ")[0]), headers))

        parts: Iterable[bytes] = self._wsgi(environ, start_response)
        try:
            content = b"".join(parts)
            send(*begun[-1], content)
        finally:
            if hasattr(parts, "close"):
                parts.close()


def environ_of(scope: Any, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI has bytes in the form of Latin-1 characters.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        _put_header(environ, name, value)
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
