"""Connections that lead only where we may go: as sockets, and as an adapter for requests.

A name is looked up once, and an address that was checked is the one that is connected to; TLS is held to the name.
"""

import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connections
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.poolmanager import PoolManager
from urllib3.util import Timeout
from urllib3.util.ssl_ import create_urllib3_context

from common.calls import Call, recorded
from common.public_addresses import Address, is_public, meant_by

SECONDS = 10


class InTransaction(RuntimeError):
    """Somebody's server is asked while rows are locked: a bug of ours, whatever it answers."""


class NotAllowed(Exception):
    """The host is in a network that is not open to us."""


def refuse_in_transaction() -> None:
    """InTransaction inside an atomic block: everybody who needs its rows, on SQLite everybody, would wait as well.

    Those that tests wrap around each test don't count, as with Django's durable blocks.
    """
    for connection in connections.all(initialized_only=True):
        if not all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise InTransaction("No address is asked inside a transaction.")


def seconds_left(ends_at: float) -> float:
    """Until then, by time.monotonic; TimeoutError when there are none."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def is_allowed(address: Address) -> bool:
    """Public, or listed as ours."""
    return is_public(address) or is_listed(address)


def is_listed(address: Address) -> bool:
    """In OUTBOUND_PRIVATE_NETWORKS; plain http is for these."""
    address = meant_by(address)
    return any(address in network for network in settings.OUTBOUND_PRIVATE_NETWORKS)


def connect(host: str, port: int, is_open: Callable[[Address], bool], *, ends_at: float) -> socket.socket:
    """Connect to the first open address of the host that answers, by `ends_at` (time.monotonic).

    Each address gets its share of the time. OSError says why none answered, NotAllowed that none is open to us.
    """
    places = [where for where, address in _looked_up(host, port) if is_open(address)]
    failure: Exception = NotAllowed(host)
    for index, where in enumerate(places):
        try:
            return _connected(where, ends_at, share=len(places) - index)
        except OSError as error:
            failure = error
    raise failure


def _connect(connection: HTTPConnection, is_open: Callable[[Address], bool]) -> socket.socket:
    seconds = connection.timeout if isinstance(connection.timeout, int | float) else SECONDS
    try:
        return connect(connection._dns_host, connection.port or 0, is_open, ends_at=time.monotonic() + seconds)
    except socket.gaierror:
        raise
    except (OSError, NotAllowed) as failure:
        raise NewConnectionError(connection, str(failure)) from failure


def _connected(where: Any, ends_at: float, *, share: int) -> socket.socket:
    family, kind, protocol, place = where
    tried = socket.socket(family, kind, protocol)
    try:
        tried.settimeout(seconds_left(ends_at) / share)
        tried.connect(place)
        tried.settimeout(seconds_left(ends_at))  # for the TLS handshake
    except OSError:
        tried.close()
        raise
    return tried


def _looked_up(host: str, port: int) -> list[tuple[Any, Address]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from None
    return [
        ((family, kind, protocol, where), ipaddress.ip_address(str(where[0]).partition("%")[0]))
        for family, kind, protocol, _, where in found
    ]


class DeadlineReader(io.RawIOBase):
    """A reader of a socket until `ends_at` (time.monotonic), so that a slow server can't hold it open."""

    def __init__(self, connected: socket.socket, *, ends_at: float) -> None:
        self._connected = connected
        self._raw = connected.makefile("rb", buffering=0)
        self._ends_at = ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connected.settimeout(seconds_left(self._ends_at))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """Its status line, its headers, the sizes of its chunks and its body, all within the one time."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        ends_at = time.monotonic() + (sock.gettimeout() or SECONDS)
        self.fp = io.BufferedReader(DeadlineReader(sock, ends_at=ends_at))


def own_authorities() -> str:
    """Return the certificates of our own CAs, in PEM; empty if there are none."""
    return "\n".join((settings.OUTBOUND_CA, settings.PUBLIC_CA)).strip()


def _trusting() -> ssl.SSLContext | None:
    """Our own CAs; requests adds the public ones. None leaves everything to it."""
    ours = own_authorities()
    if not ours:
        return None
    context = create_urllib3_context()
    context.load_verify_locations(cadata=ours)
    return context


class _CheckedHTTP(HTTPConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _connect(self, is_listed)


class _CheckedHTTPS(HTTPSConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _connect(self, is_allowed)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class Adapter(HTTPAdapter):
    """The transport adapter of a requests.Session. A timeout bounds the whole request, to the response's last byte."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=4, maxsize=4, ssl_context=_trusting())
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        refuse_in_transaction()
        kwargs["timeout"] = Timeout(total=kwargs.get("timeout") or SECONDS)
        parts = urlsplit(str(request.url))
        call = Call(str(request.method), parts.hostname or "", parts.port, headers=request.headers)
        with recorded(call):
            answer = super().send(request, *args, **kwargs)
            call.status = answer.status_code
        return answer
