"""HTTP connections whose answers end: neither a server that drips nor one that never stops holds anybody up."""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
import urllib.request
from typing import Any, NoReturn

TIMEOUT = 10  # seconds: to connect, and again from the first byte of an answer to its last
LONGEST_NUMBER = 18  # digits

Found = dict  # a JSON object


class TooLong(http.client.HTTPException):
    """The answer has more bytes than any that we expect."""


class _Bounded(io.RawIOBase):
    """A reader of a socket with one bound of time, however many reads it takes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._ends_at = time.monotonic() + TIMEOUT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Bounded(sock))


class HTTPConnection(http.client.HTTPConnection):
    response_class = _Response


class HTTPSConnection(http.client.HTTPSConnection):
    response_class = _Response


class HTTPHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(HTTPConnection, request)


class HTTPSHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(HTTPSConnection, request, context=self._context)  # type: ignore[attr-defined]


def read(answer: Any, longest: int) -> bytes:
    """Return the body, or TooLong."""
    body: bytes = answer.read(longest + 1)
    if len(body) > longest:
        raise TooLong(f"more than {longest // 1024} KiB")
    return body


def json_object(body: bytes) -> Found[str, Any]:
    """Return the JSON object; ValueError where it is none, or one that was made to hurt."""
    try:
        found = json.loads(body, parse_int=_number, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _refuse(digits)


def _refuse(digits: str) -> NoReturn:
    raise ValueError("a number that is none")
