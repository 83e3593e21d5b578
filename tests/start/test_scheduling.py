"""How the system's scheduler treats the threads of a server."""

import os
import sys
from pathlib import Path

import pytest

from tests.start.test_make_run import Start, start

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_BATCH")]
__all__ = ["start"]


def test_no_thread_is_interrupted_for_another_that_wakes(start: Start, migrated: Path) -> None:
    start.with_tables(migrated).begin(WEB_CONCURRENCY="1")
    start.wait_until_served()
    assert start.process
    master = start.process.pid
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    threads = [int(task.name) for task in Path(f"/proc/{worker}/task").iterdir()]

    assert len(threads) > 2
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_BATCH}
