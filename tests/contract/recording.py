"""The recorded contract: a server's answers to tests/contract/asked.py, and the codes, actions and URLs of its code.

    python -m tests.contract.recording            compare the tree with tests/contract/recorded.txt
    python -m tests.contract.recording --write    write that file
    python -m tests.contract.recording COMMIT     compare the tree with a commit, served by the same environment

Identifiers, secrets, times and versions differ from run to run and are written as <uuid 1>, <secret>, <time>.
"""

import ast
import base64
import difflib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.contract.asked import ASKED, NOBODY, REMOVING, Ask
from tests.sso.idp import IdP
from tests.start.test_make_run import Start

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("recorded.txt")
EMAIL, PASSWORD = "root@example.com", "Given-by-hand-1"
APPS = ("runai_identity", "common", "audit", "accounts", "access", "sso", "tokens", "clustersync")
REFUSALS = {"Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooMany", "Unavailable"}
WITH_BODY = {"post", "put", "patch"}
WHOLE = 1_000_000
MISSING = "no-such-field-was-answered"
SHOWN = ("Location", "WWW-Authenticate", "Retry-After", "Cache-Control")
URLS = """
from django.urls import get_resolver
def walk(patterns, before=""):
    for one in patterns:
        at = before + str(one.pattern)
        if not at.startswith("admin/"):
            walk(one.url_patterns, at) if hasattr(one, "url_patterns") else print("url", at)
walk(get_resolver().url_patterns)
"""
VARYING = [
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), "<jwt>"),
    (re.compile(r"-----BEGIN [^-]+-----.+?-----END [^-]+-----", re.DOTALL), "<pem>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b1[789]\d{8}(\.\d+)?\b"), "<time>"),
    (re.compile(r'(?<="acceptedForSeconds":)\d+'), "<seconds>"),
    (re.compile(r"\b\d+ min( \d+ s)?\b"), "<minutes>"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43,}(?![\w-])"), "<secret>"),
    (re.compile(r"\b[0-9a-f]{32,}\b"), "<hex>"),
    (re.compile(r"\brunai-gpu-(\d)-[0-9a-f]{8}\b"), r"runai-gpu-\1-<part of uuid>"),
    (re.compile(r"\b[A-Z]{4}-[A-Z]{4}\b"), "<user code>"),
    (re.compile(r"\b[a-zA-Z2-9]{4}(-[a-z2-9]{4}){3}\b"), "<password>"),
    # YAML puts a UUID into quotes if it could be a number.
    (re.compile(r'(?<=[:-] )"(<uuid \d+>)"$', re.MULTILINE), r"\1"),
]
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Recorder:
    """Asks one server, and writes each request with its answer."""

    def __init__(self, url: str, longest: int) -> None:
        self.longest = longest
        self.url, self.uuids = url, {NOBODY: "<no uuid>"}
        metadata = base64.b64encode(IdP().metadata().encode()).decode()
        self.kept = {"given": {"password": PASSWORD}, "idp": {"file": metadata}}
        self.session = requests.Session()
        self.session.trust_env = False
        self.kept["admin"] = self._answer(
            Ask("POST", "/api/v1/token", {"grantType": "password", "username": EMAIL, "password": PASSWORD}, by="")
        ).json()

    def exchange(self, ask: Ask) -> str:
        answer = self._answer(ask)
        if ask.keep:
            self.kept[ask.keep] = answer.json()
        whom = {"": "", "$admin.accessToken": " by admin"}.get(ask.by, f" by {ask.by[1:]}")
        asked = f"{ask.method} {ask.path}{whom} {json.dumps(ask.body or ask.form or '')}".removesuffix(' ""')
        headers = [f"{name}: {answer.headers[name]}" for name in SHOWN if name in answer.headers]
        body = answer.text if "html" not in answer.headers.get("Content-Type", "") else "(a page)"
        first = f"{answer.status_code} {answer.headers.get('Content-Type', '')}".strip()
        return "\n".join([f"## {asked}", *map(self.settled, (first, *headers)), self.shortened(self.settled(body)), ""])

    def shortened(self, body: str) -> str:
        """Describe a long answer: a hundred kilobytes of roles in a file are read by nobody."""
        if len(body) <= self.longest:
            return body
        return f"({len(body)} characters, SHA-256 {sha256(body.encode()).hexdigest()})"

    def audited(self) -> list[str]:
        """Return what the audit log says of all requests so far."""
        events = self._answer(Ask("GET", "/api/v1/audit/log?numberOfSamples=1000&sortOrder=asc")).json()["audit_logs"]
        return [self.settled(f"audited {one['action']} {one['result']} {one['reason']}".strip()) for one in events]

    def _answer(self, ask: Ask) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.filled(ask.by)}"} if ask.by else {}
        body = json.loads(self.filled(json.dumps(ask.body))) if ask.body is not None else None
        form = {name: self.filled(value) for name, value in ask.form.items()} if ask.form is not None else None
        url = f"{self.url}{self.filled(ask.path)}"
        return self.session.request(
            ask.method, url, json=body, data=form, headers=headers, timeout=20, allow_redirects=False
        )

    def filled(self, text: str) -> str:
        return re.sub(r"\$(\w+)\.(\w+)", lambda found: str(self.kept[found[1]].get(found[2], MISSING)), text)

    def settled(self, text: str) -> str:
        """Replace values that are different in each run."""
        text = text.replace(self.url, "http://server").replace(quote(self.url, safe=""), "http%3A%2F%2Fserver")
        text = UUID.sub(lambda found: self.uuids.setdefault(found[0], f"<uuid {len(self.uuids)}>"), text)
        for pattern, name in VARYING:
            text = pattern.sub(name, text)
        return text


def of_each_operation(description: dict[str, Any]) -> Iterator[Ask]:
    """Ask for each published operation without a token, with one that may do nothing, and as the administrator.

    The objects in paths do not exist, and bodies are empty.
    """
    for path, methods in sorted(description["paths"].items()):
        at = re.sub(r"\{(\w*id|\w*pk)\}", NOBODY, path).replace("{", "no-").replace("}", "")
        for method in sorted(methods):
            body: Any = {} if method in WITH_BODY else None
            for by in ("", "$robots.accessToken", "$admin.accessToken"):
                yield Ask(method.upper(), at, body, by=by)


def in_the_code(tree: Path) -> Iterator[str]:
    """Find the error codes and audit actions that the code names."""
    for path in (one for app in APPS for one in (tree / app).rglob("*.py") if "migrations" not in one.parts):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func).rpartition(".")[2]
                first = ast.unparse(node.args[0])
                if called in REFUSALS and re.fullmatch(r"'\w+'", first):
                    yield f"error code {first}"
                elif called == "record" and re.search(r"[a-z}]:[a-z{]", first):
                    yield f"audit action {first}"


def record(tree: Path, longest: int = 2_000) -> str:
    """Serve a tree in an empty folder, and return its contract, in which longer answers are described."""
    with tempfile.TemporaryDirectory() as folder:
        server = Start(Path(folder) / "data")
        server.code = tree
        given = {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD}
        try:
            server.begin(**given)
            server.wait_until_served()
            recorder = Recorder(server.url, longest)
            exchanges = [recorder.exchange(one) for one in ASKED]
            description = recorder.session.get(f"{server.url}/api/docs/openapi.json", timeout=20).json()
            exchanges += [recorder.exchange(one) for one in of_each_operation(description)]
            exchanges += [recorder.exchange(one) for one in REMOVING]
            audited = recorder.audited()
        finally:
            server.kill()
        server.begin("-m", "runai_identity.local", "manage", "shell", "-c", URLS)
        assert server.process
        server.process.wait(100)
        urls = [line for line in server.output.read_text().splitlines() if line.startswith("url ")]
    return "\n".join([*sorted({*urls, *in_the_code(tree)}), "", *exchanges, *audited, ""])


def record_commit(commit: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        return record(Path(folder), WHOLE)


def differences(before: str, after: str) -> str:
    """Return what differs, a field a line."""
    was, has = (text.replace(',"', ',\n"').splitlines() for text in (before, after))
    return "\n".join(difflib.unified_diff(was, has, "before", "now", n=2, lineterm=""))


def main(arguments: list[str]) -> None:
    if arguments == ["--write"]:
        FILE.write_text(record(ROOT))
        return
    found = (
        differences(record_commit(arguments[0]), record(ROOT, WHOLE))
        if arguments
        else differences(FILE.read_text(), record(ROOT))
    )
    sys.exit(found or 0)


if __name__ == "__main__":
    main(sys.argv[1:])
