"""A server that is stopped under load answers all it took, and leaves nothing behind when its master is killed."""

import http.client
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from runai_identity.local import SERVERS
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DRAIN_SECONDS = 2


@pytest.fixture
def served(start: Start) -> Start:
    start.begin(DRAIN_SECONDS=str(DRAIN_SECONDS))
    start.wait_until_served()
    return start


def client(port: int, path: str, *, kept: bool) -> Counter[str]:
    """Ask until nobody listens any more, on one connection or on many; count what became of each request."""
    seen: Counter[str] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    while True:
        try:
            if connection.sock is None:
                connection.connect()
        except ConnectionRefusedError:
            return seen
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            seen[str(answer.status)] += 1
            if not kept:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            seen[type(error).__name__] += 1
            connection.close()


def test_nothing_that_was_sent_is_lost_by_a_stop(served: Start) -> None:
    assert served.process is not None
    with ThreadPoolExecutor(16) as clients:
        asked = [
            clients.submit(client, served.port, path, kept=kept)
            for path in ("/login", "/healthz")
            for kept in (True, False)
            for _ in range(4)
        ]
        time.sleep(1)
        served.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        seen = sum((each.result() for each in asked), Counter[str]())

    assert served.process.wait(30) == 0
    assert time.monotonic() - began >= DRAIN_SECONDS
    assert seen["200"] > 100 and set(seen) == {"200"}


def test_load_balancers_are_told_before(served: Start) -> None:
    assert served.process is not None
    served.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    answers = {}
    for path in ("/readyz", "/readyz?for=reads", "/login"):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        answers[path] = (answer.status, answer.headers["Connection"])

    assert answers == {"/readyz": (503, "close"), "/readyz?for=reads": (503, "close"), "/login": (200, "close")}
    assert served.process.wait(30) == 0


def test_workers_end_when_their_master_is_killed(served: Start) -> None:
    assert served.process is not None
    found = subprocess.run(["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True, check=True)
    served.process.kill()
    served.process.wait()

    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in found.stdout.split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", served.port))


def leases(start: Start) -> list[str]:
    with closing(sqlite3.connect(start.data / "runai-identity.sqlite3")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM runai_identity_lease ORDER BY name")]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_next_start_waits_for_no_lease_of_the_last(start: Start, server: str, how: signal.Signals) -> None:
    """Or what a restart is for, such as another collector, would show only a minute and a half later."""
    start.begin(DRAIN_SECONDS="0", WEB_SERVER=server, AUDIT_STREAM_FILE=str(start.data / "audit.log"))
    start.wait_until_served()
    while "audit stream: file" not in leases(start):
        time.sleep(0.1)
    assert start.process is not None

    start.process.send_signal(how)

    start.process.wait(timeout=60)
    assert leases(start) == []
