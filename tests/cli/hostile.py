"""A server that lies, as a process of its own.

It answers everything that the command line asks, rightly, and then does what the plan says. The plan is a JSON file,
read again at each request: `spoil` names the texts that get escape sequences ("texts" or "everything"), `put` replaces
a value by its path ("/api/v1/me/clusters clusters.0.apiUrl"), `status` and `location` are of every answer of the API,
`slow` is "head", "body", "continue" or "endless", and `raw` is the body of every answer.
"""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

UUID = "c0000000-0000-4000-8000-000000000001"
FACES = "b0000000-0000-4000-8000-000000000001"
# Colours, a window's title, a bell, C1, lines, and what turns text around or hides it.
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\nowned: yes\u202e\u2066\u200b\u2028\ud800"
# Values that mean something to the command line. Spoilt they are refused, which is tried by "everything".
MEANT = {"uuid", "audience", "access_token", "refresh_token", "id_token", "device_code", "user_code", "issuer", "kid"}

FINDING = {"rule": "a", "severity": "error", "line": 1, "found": "b", "write": "c", "place": "d", "why": "e"}
RULE = {"rule": "a", "title": "b", "answer": "ok", "reason": "c"}


API: dict[str, Any] = {
    "/api/v1/me": {"id": "1", "type": "User", "username": "bob@example.com", "groups": ["researchers"]},
    "/api/v1/me/clusters": {
        "clusters": [
            {
                "uuid": UUID,
                "name": "prod",
                "audience": "runai-prod",
                "mode": "both",
                "tokenSeconds": 600,
                "apiUrl": "https://127.0.0.1:1",
                "certificateAuthority": "",
            }
        ]
    },
    f"/api/v1/clusters/{UUID}/verify-token": {
        "verdict": "accepted",
        "acceptedForSeconds": 300,
        "rules": [RULE],
        "user": {"username": "bob", "uid": "1", "groups": ["g"], "extra": {"sid": ["x"]}},
    },
    f"/api/v1/clusters/{UUID}/doctor": {
        "verdict": "broken",
        "first": FINDING,
        "recognised": ["x"],
        "findings": [FINDING],
        "rules": [RULE],
    },
    "/api/v1/authorization/why": {"allowed": True, "explanation": ["a rule"]},
    "/api/v1/authorization/permitted-scopes": {
        "create": {"system": False, "tenants": [], "clusters": [UUID], "departments": [], "projects": [FACES]}
    },
    "/api/v1/org-unit/projects": {"projects": [{"id": FACES, "name": "faces"}]},
}


def answers(origin: str) -> dict[str, Any]:
    """An honest server's, by path."""
    return {**oauth_answers(origin), **deepcopy(API)}


def oauth_answers(origin: str) -> dict[str, Any]:
    claims = base64.urlsafe_b64encode(json.dumps({"email": "bob@example.com", "sub": "1"}).encode()).decode()
    ends = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint")
    return {
        "/.well-known/openid-configuration": {
            "issuer": f"{origin}/r",
            "jwks_uri": f"{origin}/certs",
            **{end: f"{origin}/{end}" for end in ends},
        },
        "/r/.well-known/openid-configuration": {"issuer": f"{origin}/r", "jwks_uri": f"{origin}/certs"},
        "/certs": {"keys": [{"kid": "a", "kty": "RSA"}]},
        "/device_authorization_endpoint": {
            "device_code": "d",
            "user_code": "BCDF-GHJK",
            "verification_uri": f"{origin}/device",
            "verification_uri_complete": f"{origin}/device?user_code=BCDF-GHJK",
            "expires_in": 600,
            "interval": 1,
        },
        "/token_endpoint": {
            "access_token": "eyJ.a.b",
            "expires_in": 600,
            "refresh_token": "r",
            "token_type": "Bearer",
            "id_token": f"eyJ.{claims.rstrip('=')}.x",
        },
        "/revocation_endpoint": {},
    }


def spoilt(found: Any, what: str, key: str = "") -> Any:
    if isinstance(found, dict):
        more = {ESCAPES: ["x"]} if key == "extra" else {}
        return {name: spoilt(value, what, name) for name, value in found.items()} | more
    if isinstance(found, list):
        return [spoilt(one, what, key) for one in found]
    is_left = what == "texts" and (key in MEANT or key.endswith(("_endpoint", "_uri", "_complete")))
    return found + ESCAPES if isinstance(found, str) and not is_left else found


def put(found: Any, way: str, value: Any) -> None:
    steps: list[Any] = [int(step) if step.isdigit() else step for step in way.split(".")]
    last = steps.pop()
    for step in steps:
        found = found[step]
    found[last] = value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan_file: Path

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.plan_file.with_suffix(".log").open("a") as log:
            log.write(f"{self.command} {self.path} {sent.decode()}\n")
        plan = json.loads(self.plan_file.read_text())
        origin, path = f"http://127.0.0.1:{self.connection.getsockname()[1]}", self.path.partition("?")[0]
        body = answers(origin).get(path, {"message": "no such thing", "clusters": []})
        for way, value in plan.get("put", {}).items():
            if way.partition(" ")[0] == path:
                put(body, way.partition(" ")[2], value)
        status = plan.get("status", 200) if path.startswith(plan.get("under", "/api/")) else 200
        if status >= 300:
            body = {"message": "refused", "error": "invalid_grant", "error_description": "because", **body}
        self._answer(status, spoilt(body, plan["spoil"]) if plan.get("spoil") else body, plan)

    do_POST = do_GET

    def _answer(self, status: int, body: Any, plan: dict[str, Any]) -> None:
        escapes = ESCAPES[:16].encode("latin-1") if plan.get("spoil") else b""
        head = [b"HTTP/1.1 %d Said%s" % (status, escapes), b"Content-Type: application/json", b"Server: x" + escapes]
        head += [f"Location: {plan['location']}".encode()] if "location" in plan else []
        content = plan["raw"].encode("latin-1") if "raw" in plan else json.dumps(body).encode()
        if plan.get("slow"):
            self._never_end(plan["slow"], head)
        head += [b"Content-Length: %d" % len(content), b"Connection: close"]
        self.wfile.write(b"\r\n".join(head) + b"\r\n\r\n" + content)
        self.close_connection = True

    def _never_end(self, how: str, head: list[bytes]) -> None:
        first, piece, pause = {
            "head": (head[0] + b"\r\nX: ", b"x", 0.5),
            "body": (b"\r\n".join(head) + b"\r\n\r\n", b" ", 8),
            "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
            "endless": (b"\r\n".join(head) + b'\r\n\r\n{"a": "', b"x" * 65536, 0),
        }[how]
        self.wfile.write(first)
        while True:
            self.wfile.write(piece)
            time.sleep(pause)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Liar:
    def __init__(self, folder: Path) -> None:
        self.plan_file, self.origin = folder / "plan", ""
        self.plan()

    def plan(self, **plan: Any) -> None:
        self.plan_file.write_text(json.dumps(plan))

    @property
    def asked(self) -> list[str]:
        log = self.plan_file.with_suffix(".log")
        return log.read_text().splitlines() if log.exists() else []


@contextmanager
def lying(folder: Path) -> Iterator[Liar]:
    folder.mkdir(parents=True, exist_ok=True)
    liar = Liar(folder)
    process = subprocess.Popen([sys.executable, __file__, str(liar.plan_file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    liar.origin = f"http://127.0.0.1:{process.stdout.readline().strip()}"
    try:
        yield liar
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def main() -> None:
    Handler.plan_file = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]  # whoever was cut off
    print(server.server_address[1], flush=True)  # noqa: T201  the port, for who started it
    server.serve_forever()


if __name__ == "__main__":
    main()
