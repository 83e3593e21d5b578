"""/metrics of a server of several processes."""

import subprocess
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import Start, start
from tests.walking import Step, steps, walk

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


def test_it_is_asked_as_the_page_says(start: Start) -> None:
    setting, asking = [step.commands for step in steps("docs/observe.md")]
    made = subprocess.run(
        ["bash", "-ec", setting.replace("make run", "printenv METRICS_TOKEN")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    start.begin(METRICS_TOKEN=made)
    start.wait_until_served()

    typed = [Step(asking.replace("http://127.0.0.1:8000", start.url), "")]
    (printed,) = walk("bash", typed, cwd=start.data.parent, environment={"METRICS_TOKEN": made})

    assert "runai_identity_database_up 1.0" in printed
