"""SQLite that somebody else locks, and a disk that is full, under a real server."""

import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.faults.databases import SQLite
from tests.faults.served import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    return SQLite(tmp_path_factory.mktemp("rows") / "rows.sqlite3")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, database: SQLite) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"), database)
    yield served
    served.stop()


@contextmanager
def full_disk(served: Served) -> Iterator[None]:
    """Let no process of the server write to any file, its log included."""
    assert served.start.process is not None
    found = subprocess.run(["pgrep", "-P", str(served.start.process.pid)], capture_output=True, text=True, check=True)
    workers = [int(pid) for pid in found.stdout.split()]
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in workers:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_reads_go_on_while_the_disk_is_full(served: Served, database: SQLite) -> None:
    served.forget_uses(database)
    with full_disk(served):
        read = [served.review(), served.robos_token(), served.account()]
        written = served.ask("POST", "/api/v1/users", json={"email": "rosa@example.com"}, headers=served.bearer)
        time.sleep(5)  # a write is tried once in so long
        ready = served.ask("GET", "/readyz")
    again = served.ask("POST", "/api/v1/users", json={"email": "rosa@example.com"}, headers=served.bearer)

    assert [answer.status_code for answer in read] == [200, 200, 200]
    assert written.status_code == 503 and int(written.headers["Retry-After"]) > 0
    assert (ready.status_code, ready.json()["reason"]) == (503, "the database takes no writes")
    assert again.status_code == 201


def test_reads_wait_for_nobody_who_writes_and_writes_a_second(served: Served, database: SQLite) -> None:
    served.forget_uses(database)
    with closing(sqlite3.connect(database.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        read = [served.review(), served.robos_token()]
        took = time.monotonic() - began
        written = served.ask("POST", "/api/v1/users", json={"email": "ruth@example.com"}, headers=served.bearer)
        other.rollback()

    assert [answer.status_code for answer in read] == [200, 200] and took < 1
    assert written.status_code == 503 and 1 <= time.monotonic() - began < 6
