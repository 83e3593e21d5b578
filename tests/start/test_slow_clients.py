"""The server as it runs: clients that are slow, idle or many keep nobody waiting, and a stop loses nothing."""

import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MANY = 300
LINE = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF_A_BODY = 'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"gran'
SLOW = {
    "says nothing": "",
    "stops in its headers": LINE.format(method="GET", path="/healthz") + "X-Slow: ",
    "stops in a body": LINE.format(method="POST", path="/api/v1/token") + HALF_A_BODY,
    "stops in a chunk": LINE.format(method="POST", path="/login") + "Transfer-Encoding: chunked\r\n\r\n400\r\nabc",
    "reads nothing": LINE.format(method="GET", path="/api/docs/openapi.json") + "\r\n",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Start]:
    started = Start(tmp_path_factory.mktemp("served") / "data").with_tables(migrated)
    started.begin()
    started.wait_until_served()
    yield started
    started.kill()


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_many_slow_clients_keep_nobody_waiting(served: Start, sent: str) -> None:
    with ExitStack() as stack:
        for _ in range(MANY):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            slow.sendall(sent.encode())
        took = [_seconds_of(lambda: requests.get(f"{served.url}/login", timeout=10)) for _ in range(5)]

    assert sorted(took)[2] < 1


def _seconds_of(ask: Callable[[], requests.Response]) -> float:
    began = time.monotonic()
    assert ask().status_code == 200
    return time.monotonic() - began


def test_a_connection_takes_one_request_after_another(served: Start) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        answers = connection.makefile("rb")
        for path in ("/healthz", "/login", "/nowhere"):
            connection.sendall((LINE.format(method="GET", path=path) + "\r\n").encode())
            headers = {}
            status = answers.readline()
            while (line := answers.readline().strip()) != b"":
                name, _, value = line.partition(b": ")
                headers[name.lower()] = value
            answers.read(int(headers[b"content-length"]))
            assert status.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(("length", "expected"), [(16_000, {200, 302, 400}), (80_000, {414, 431})])
def test_a_query_of_16_kb_is_read_and_one_without_end_is_not(served: Start, length: int, expected: set[int]) -> None:
    path = f"{served.url}/auth/realms/runai/protocol/openid-connect/auth?state={'x' * length}"

    assert requests.get(path, timeout=10, allow_redirects=False).status_code in expected


@pytest.mark.parametrize(("name", "kept"), [("X-Request-ID", "by-its-name"), ("X_Request_ID", "")])
def test_a_header_with_an_underscore_passes_for_none_with_a_hyphen(served: Start, name: str, kept: str) -> None:
    body = {"grantType": "password", "username": "admin@runai.local", "password": served.password()}
    answer = requests.post(f"{served.url}/api/v1/token", json=body, headers={name: "by-its-name"}, timeout=10)

    asked = "SELECT caller_request_id FROM audit_event WHERE request_id = ?"
    with closing(sqlite3.connect(served.data / "runai-identity.sqlite3")) as database:
        noted = database.execute(asked, [answer.headers["X-Request-ID"]]).fetchall()
    assert set(noted) == {(kept,)}


@pytest.mark.parametrize("length", ["Content-Length: 500", "Transfer-Encoding: chunked"])
def test_a_form_that_breaks_off_is_dropped(served: Start, length: str) -> None:
    body = '{"grantType": "password", "username": "a", "password": "b"}'
    sent = body if length.startswith("Content") else f"{len(body):x}\r\n{body}\r\n"
    head = f"POST /api/v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as cut:
        cut.sendall((head + sent).encode())
        cut.shutdown(socket.SHUT_WR)

        assert b"bad_credentials" not in cut.recv(1000)


def test_a_worker_that_was_killed_is_replaced(served: Start) -> None:
    assert served.process is not None
    found = subprocess.run(["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True, check=True)
    workers = [int(pid) for pid in found.stdout.split()]
    os.kill(workers[0], signal.SIGKILL)
    time.sleep(3)

    for _ in range(10):
        assert requests.get(f"{served.url}/healthz", timeout=10).status_code == 200


def test_a_stop_answers_what_was_asked_before(tmp_path: Path) -> None:
    start = Start(tmp_path / "data")
    start.begin()
    start.wait_until_served()
    answers: list[int] = []
    asking = [threading.Thread(target=lambda: answers.append(_status_of_a_wrong_password(start))) for _ in range(8)]

    for one in asking:
        one.start()
    time.sleep(0.3)  # all of them are there, and the first is not done yet
    assert start.process is not None
    start.process.send_signal(signal.SIGTERM)
    for one in asking:
        one.join()

    assert len(answers) == 8
    assert start.process.wait(30) == 0


def _status_of_a_wrong_password(start: Start) -> int:
    body = {"grantType": "password", "username": "admin@example.com", "password": "wrong"}
    return requests.post(f"{start.url}/api/v1/token", json=body, timeout=30).status_code


def test_gunicorn_serves_it_as_well(tmp_path: Path) -> None:
    start = Start(tmp_path / "data")
    start.begin(WEB_SERVER="gunicorn")
    try:
        start.wait_until_served()
        page, long = f"{start.url}/login", iter([b"x" * 1024] * 513)
        assert requests.get(page, timeout=10).headers["Server"] == "gunicorn"
        statuses = [requests.get(page, headers={"X-Long": "x" * size}, timeout=10).status_code for size in (8170, 8200)]
        assert [*statuses, requests.post(page, data=long, timeout=10).status_code] == [200, 431, 413]
    finally:
        start.kill()
