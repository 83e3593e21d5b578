"""As many connections to PostgreSQL as docs/sizing.md says."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.faults.databases import PostgreSQL
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WORKERS, THREADS, STREAMS = 2, 3, 1


def test_a_server_takes_one_for_each_thread_and_stream(postgresql: PostgreSQL, tmp_path: Path) -> None:
    database, start = postgresql.another("counted"), Start(tmp_path / "data")
    start.data.mkdir()
    start.begin(
        DATABASE_URL=database.url,
        WEB_CONCURRENCY=str(WORKERS),
        WEB_THREADS=str(THREADS),
        AUDIT_STREAM_FILE=str(tmp_path / "audit.log"),
    )
    try:
        start.wait_until_served()
        with ThreadPoolExecutor(30) as clients:
            list(clients.map(lambda _: requests.get(f"{start.url}/login", timeout=60), range(300)))
        (open_now,) = database.column(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        start.kill()

    assert WORKERS * THREADS <= open_now <= WORKERS * (THREADS + STREAMS)
