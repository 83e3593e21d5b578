"""/metrics of a server of several processes."""

from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import Start, start

pytestmark = pytest.mark.slow
__all__ = ["start"]

TOKEN = "t" * 40


def counted(start: Start) -> float:
    answer = requests.get(f"{start.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert answer.status_code == 200
    wanted = 'runai_identity_request_seconds_count{method="GET",route="/login",status="200"}'
    return sum(float(line.rpartition(" ")[2]) for line in answer.text.splitlines() if line.startswith(wanted))


def test_it_counts_what_each_process_answered_and_begins_anew(start: Start, tmp_path: Path, migrated: Path) -> None:
    start.with_tables(migrated).begin(METRICS_TOKEN=TOKEN, WEB_CONCURRENCY="3")
    start.wait_until_served()
    for _ in range(30):  # a connection each, so that no process answers them all
        requests.get(f"{start.url}/login", timeout=10)
    first = counted(start)
    start.kill()
    start.begin(METRICS_TOKEN=TOKEN)
    start.wait_until_served()

    assert (first, counted(start)) == (30, 0)
