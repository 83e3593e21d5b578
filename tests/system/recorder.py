"""An API server in a stranger's hands: it notes what kubectl sends it, and answers nothing."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.system.kubernetes import write_certificate


@dataclass
class Recorder:
    url: str
    ca: str
    tokens: list[str] = field(default_factory=list)


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    tokens: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    folder.mkdir()
    crt, key = write_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Note)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Recorder(f"https://127.0.0.1:{server.server_address[1]}", crt.read_text(), tokens)
    server.shutdown()
    server.server_close()
