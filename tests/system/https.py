"""The live server under https, without which kube-apiserver trusts no issuer and sends no webhook token."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import requests

from tests.system.kubernetes import write_certificate

PASSED_ON = ("Authorization", "Content-Type", "Accept", "If-None-Match")
PASSED_BACK = ("Content-Type", "Cache-Control", "ETag", "Location", "WWW-Authenticate")

DOWN = Event()


def forward_to(origin: str) -> type[BaseHTTPRequestHandler]:
    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if DOWN.is_set():
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            answer = requests.request(
                self.command, origin + self.path, headers=given, data=body, timeout=10, allow_redirects=False
            )
            self.send_response(answer.status_code)
            for name in PASSED_BACK:
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Forward


@contextmanager
def under_https(origin: str, folder: Path) -> Iterator[str]:
    """Answers the https origin; `folder`/tls.crt is the CA to trust for it."""
    crt, key = write_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), forward_to(origin))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextmanager
def outage() -> Iterator[None]:
    """Answer nobody meanwhile: each connection ends without a word."""
    DOWN.set()
    try:
        yield
    finally:
        DOWN.clear()
