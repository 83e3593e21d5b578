"""Servers that take audit streams: for syslog by UDP, TCP and TLS, and for HTTP; each can be told to misbehave."""

import json
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

# RFC 5424 §6: PRI VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S+) (\S+) (\S+) (\S+) - (\{.*\})", re.DOTALL
)


def unframed(content: bytes) -> list[bytes]:
    """Take octet-counted messages apart (RFC 6587 §3.4.1)."""
    messages = []
    while content:
        length, _, rest = content.partition(b" ")
        messages.append(rest[: int(length)])
        content = rest[int(length) :]
    return messages


class SyslogServer:
    """Reads each connection to its end. `behaves` has what it does with the next ones: reset, hang or cut."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.tls, self.messages, self.behaves = tls, list[bytes](), list[str]()
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        behaves = self.behaves.pop(0) if self.behaves else ""
        if behaves == "hang":
            time.sleep(30)
        if behaves == "reset":
            connection.recv(100)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return
        with (
            suppress(OSError),
            connection if not self.tls else self.tls.wrap_socket(connection, server_side=True) as one,
        ):
            content = b""
            while part := one.recv(65536):
                content += part
            self.messages += unframed(content)

    def records(self) -> list[dict[str, Any]]:
        found = [MESSAGE.fullmatch(message) for message in self.messages]
        return [json.loads(one[7]) for one in found if one]


@contextmanager
def syslog_by_udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        yield server


class Collector(ThreadingHTTPServer):
    """Takes lines of JSON by HTTP. `behaves` has what it does next: a status, hang, or die before it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        self.taken, self.behaves, self.seen = list[dict[str, Any]](), list[str](), list[tuple[str, str]]()
        self.lengths = list[int]()
        super().__init__(("127.0.0.1", 0), _Handler)
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/audit"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those who hang up are meant to."""


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.lengths.append(len(body))
        self.server.seen.append((self.headers["Authorization"] or "", self.headers["Content-Type"]))
        behaves = self.server.behaves.pop(0) if self.server.behaves else "200"
        if behaves == "hang":
            time.sleep(30)
        if behaves == "die":
            self.connection.close()
            return
        if behaves in ("200", "taken, and die"):
            self.server.taken += [json.loads(line) for line in body.splitlines()]
        if behaves == "taken, and die":
            self.connection.close()
            return
        self.send_response(int(behaves))
        if behaves == "429":
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


def tls_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
