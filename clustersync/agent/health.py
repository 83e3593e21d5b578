"""Tell the pod's probes whether the agent does its work; served beside its metrics."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LIVE, READY = "/healthz", "/readyz"

# Between two signs of life: twice the longest pause, and what a request may take. Nothing waits longer unless it hangs.
STUCK_AFTER: Final = 700.0

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Health:
    """`ready` says whether the last pass came to an end, whatever it found."""

    def __init__(self, *, interval: float = 30, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._patience = clock, STUCK_AFTER + 2 * interval
        self._beat = clock()
        self.ready = False

    def beat(self, *_: object) -> None:
        """Say that something was done just now."""
        self._beat = self._clock()

    @property
    def live(self) -> bool:
        return self._clock() - self._beat < self._patience

    def beside(self, other: Application) -> Application:
        """Answer the two probes, and leave everything else to another."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            well = {LIVE: self.live, READY: self.live and self.ready}.get(environ["PATH_INFO"])
            if well is None:
                return other(environ, start_response)
            start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"ok\n" if well else b"not well: see the log\n"]

        return answer


def serve(application: Application, port: int) -> int:
    """In a thread of its own, to IPv4 and IPv6 where there is both; answers the port."""
    server = make_server("", port, application, _Server, _Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_port)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: object) -> None:
        """Log nothing: a probe comes every few seconds."""
