"""Nine o'clock, at the service as it runs: forty people sign in at once, and clusters are answered meanwhile."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.databases import SQLite
from tests.faults.served import EMAIL, PASSWORD, Served

pytestmark = [pytest.mark.slow, pytest.mark.either_database]

PEOPLE = 40


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    patient = {"DATABASE_STATEMENT_SECONDS": "20", "DATABASE_LOCK_SECONDS": "10"}
    service = Served(tmp_path, SQLite(tmp_path / "rows.sqlite3"), **patient)
    yield service
    service.stop()


def sign_in(served: Served) -> int:
    body = {"grantType": "password", "username": EMAIL, "password": PASSWORD}
    return served.ask("POST", "/api/v1/token", json=body).status_code


def reviews_until(stop: threading.Event, served: Served) -> list[float]:
    """How long each took, in seconds."""
    took = []
    while not stop.is_set():
        begun = time.monotonic()
        answer = served.review()
        took.append(time.monotonic() - begun)
        assert answer.json()["status"]["authenticated"] is True
    return sorted(took)


def test_everybody_gets_in_and_no_cluster_waits(served: Served) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        reviewing = pool.submit(reviews_until, stop, served)
        begun = time.monotonic()
        statuses = list(pool.map(lambda _: sign_in(served), range(PEOPLE)))
        took = time.monotonic() - begun
        stop.set()
        reviews = reviewing.result()

    assert statuses == [200] * PEOPLE
    # With all threads waiting for passwords a review would take as long as the burst.
    assert reviews[len(reviews) * 99 // 100] < max(0.25, took / 3)
