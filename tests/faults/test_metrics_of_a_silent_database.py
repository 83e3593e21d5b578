"""Prometheus is told of a database that does not answer, before it gives up asking."""

import time
from pathlib import Path

import pytest

from tests.faults.databases import PostgreSQL
from tests.faults.served import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

SCRAPE_TIMEOUT = 10  # Prometheus's own, by default
TOKEN = {"Authorization": f"Bearer {'m' * 40}"}


def test_a_scrape_ends_in_time_while_the_database_is_silent(tmp_path: Path, postgresql: PostgreSQL) -> None:
    defaults = {"DATABASE_STATEMENT_SECONDS": "20", "DATABASE_CONNECT_SECONDS": "5"}
    served = Served(tmp_path, postgresql, METRICS_TOKEN="m" * 40, WEB_CONCURRENCY="1", **defaults)
    try:
        for _ in range(8):  # so that each thread has a connection
            assert "runai_identity_database_up 1.0" in served.ask("GET", "/metrics", headers=TOKEN).text
        with postgresql.silent():
            began = time.monotonic()
            told = served.ask("GET", "/metrics", headers=TOKEN)
            took = time.monotonic() - began
    finally:
        served.stop()

    assert told.status_code == 200 and "runai_identity_database_up 0.0" in told.text
    assert took < SCRAPE_TIMEOUT
