"""A server that an agent talks to in place of ours, and that says what a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Liar:
    """`says` is what GET …/rbac answers; `told` is what the agent reported, in order."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.says: object = {"objects": [], "rules": [], "problems": [], "notes": []}
        self.headers: dict[str, str] = {}
        self.status = 200
        self.told: list[dict[str, Any]] = []

    def say(self, *objects: object) -> None:
        rules = [{"ruleIds": [at + 1], "objects": [at]} for at in range(len(objects))]
        self.says = {"objects": list(objects), "rules": rules, "problems": [], "notes": []}


@contextmanager
def lying() -> Iterator[Liar]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = liar.says if isinstance(liar.says, bytes) else json.dumps(liar.says).encode()
            self.send_response(liar.status)
            for name, value in {"Content-Length": str(len(said)), **liar.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def do_PUT(self) -> None:
            liar.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar = Liar(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
