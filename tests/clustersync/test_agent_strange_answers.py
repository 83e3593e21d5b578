"""An API server that answers strangely, or something in between that does: the agent waits, and goes on."""

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kubernetes import client

from clustersync.agent import kube
from clustersync.agent.kube import APIServerUnreachable, Kubernetes, RequestRefused

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ROLE = {"metadata": {"name": "a"}}
GROUP = "rbac.authorization.k8s.io/v1"


def json_of(value: object) -> bytes:
    body = json.dumps(value).encode()
    return OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def listing(*items: object, **metadata: object) -> bytes:
    return json_of({"apiVersion": GROUP, "kind": "ClusterRoleList", "metadata": metadata, "items": items})


STRANGE = {
    "a page of a proxy": OK + b"Content-Length: 15\r\n\r\n<html>hello</p>",
    "nothing": OK + b"Content-Length: 0\r\n\r\n",
    "a list": json_of([]),
    "a number": json_of(1),
    "nesting": OK + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
    "no items": json_of({"apiVersion": GROUP, "metadata": {}}),
    "items that are none": listing("a", 1),
    "items that are no list": json_of({"apiVersion": GROUP, "metadata": {}, "items": {"a": "b"}}),
    "no metadata of an item": listing({"rules": []}),
    "no name of an item": listing({"metadata": {"labels": {}}}),
    "labels that are a list": listing({"metadata": {"name": "a", "labels": ["b"]}}),
    "rules that are a text": listing({**ROLE, "rules": "all"}),
    "a half": OK + b"Content-Length: 100000\r\n\r\n{",
    "a list without end": listing(ROLE, **{"continue": "more"}),
    "a status that is none": b"HTTP/1.1 700 Strange\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\n{}",
    "busy": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n[]",
}


@contextmanager
def answering(answer: Callable[[socketserver.StreamRequestHandler], object]) -> Iterator[Kubernetes]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            answer(self)

        do_POST = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    configuration = client.Configuration()
    configuration.host, configuration.retries = f"http://127.0.0.1:{server.server_address[1]}", False
    try:
        yield Kubernetes(client.ApiClient(configuration))
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", STRANGE)
def test_it_is_taken_for_an_outage(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube, "MOST_PAGES", 20)

    with (
        answering(lambda request: request.wfile.write(STRANGE[name])) as kubernetes,
        pytest.raises(APIServerUnreachable),
    ):
        kubernetes.live()


def test_an_answer_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube, "LONGEST_ANSWER", 1)

    def drip(request: socketserver.StreamRequestHandler) -> None:
        request.wfile.write(OK + b"Content-Length: 100000\r\n\r\n")
        for _ in range(100):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.1)

    began = time.monotonic()
    with answering(drip) as kubernetes, pytest.raises(APIServerUnreachable):
        kubernetes.live()
    assert time.monotonic() - began < 5


def test_an_answer_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube, "MOST_BYTES", 100_000)
    blanks = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    endless = OK + b"Transfer-Encoding: chunked\r\n\r\n" + blanks * 10

    with answering(lambda request: request.wfile.write(endless)) as kubernetes, pytest.raises(APIServerUnreachable):
        kubernetes.live()


def test_what_it_says_is_one_line_of_the_log() -> None:
    said = json.dumps({"message": "no\n2026-01-01 INFO all is well\r\n" + "x" * 1000}).encode()
    refusal = f"HTTP/1.1 422 No\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said
    manifest = {"kind": "ClusterRoleBinding", "metadata": {"name": "a", "uid": "b"}}

    with answering(lambda request: request.wfile.write(refusal)) as kubernetes, pytest.raises(RequestRefused) as raised:
        kubernetes.delete(manifest)

    assert "\n" not in str(raised.value) and "\r" not in str(raised.value)
    assert len(str(raised.value)) < 600
