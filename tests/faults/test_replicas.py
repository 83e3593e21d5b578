"""Three replicas behind HAProxy under load: one is killed, all are restarted in turn, their database goes away.

A short run; `make reliability` does it for longer, and writes its figures into docs/reliability.md.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.faults.fleet import Fleet, Moment, Outcome, running
from tests.faults.standby import WithStandby
from tests.start.test_make_run import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LONGEST_RECOVERY = 10
# Housekeeping seals each minute; this does so without a pause.
SEAL = """
from audit.sealing import seal_settled
print("sealing", flush=True)
while True:
    seal_settled()
"""
KILLS = 3


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    database = WithStandby()
    try:
        with running(tmp_path_factory.mktemp("fleet"), database) as fleet:
            yield fleet
    finally:
        database.remove()


def holds(outcome: Outcome) -> None:
    assert len(outcome.acknowledged) > 20
    assert outcome.lost == set()
    assert outcome.beyond_in_flight == []


def test_a_replica_is_killed_and_nothing_fails_but_what_it_was_answering(fleet: Fleet) -> None:
    outcome = fleet.under_load(lambda: fleet.killed(1))

    holds(outcome)
    assert len(outcome.failures) <= 4  # as many as ask at a time
    assert outcome.refused == []


def test_a_rolling_restart_fails_nothing_at_all(fleet: Fleet) -> None:
    outcome = fleet.under_load(lambda: fleet.rolled(1))

    holds(outcome)
    assert outcome.failures == [] and outcome.refused == []


def test_a_restart_of_the_database_is_said_clearly_and_over_by_itself(fleet: Fleet) -> None:
    outcome = fleet.under_load(lambda: fleet.without_database(1, seconds=5))

    holds(outcome)
    assert outcome.failures == []
    assert outcome.refused and outcome.seconds_to_recover < LONGEST_RECOVERY


def test_the_database_fails_over_to_its_standby_and_nothing_is_lost(fleet: Fleet) -> None:
    outcome = fleet.under_load(fleet.failed_over)

    holds(outcome)
    assert outcome.failures == []
    assert outcome.seconds_to_recover < LONGEST_RECOVERY


def managing(fleet: Fleet, number: int, *words: str) -> subprocess.Popen[str]:
    """A command of manage.py beside a replica."""
    replica = fleet.replicas[number]
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(replica.data), "DATABASE_URL": fleet.database.url}
    command = [sys.executable, "-m", "runai_identity.local", "manage", *words]
    return subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def sealers_killed(fleet: Fleet) -> Iterator[Moment]:
    for _ in range(KILLS):
        sealing = [managing(fleet, number, "shell", "--verbosity=0", "-c", SEAL) for number in (0, 1)]
        for process in sealing:
            assert process.stdout and process.stdout.readline() == "sealing\n"
        began = time.monotonic()
        for process in sealing:
            time.sleep(random.uniform(0, 0.4))  # noqa: S311  no secret
            process.kill()
            process.communicate()
        yield Moment(began, time.monotonic())


def test_the_seals_of_the_audit_log_are_whole_where_two_that_make_them_were_killed(fleet: Fleet) -> None:
    (before,) = fleet.database.column("SELECT count(*) FROM audit_seal")
    outcome = fleet.under_load(lambda: sealers_killed(fleet))
    (made,) = fleet.database.column("SELECT count(*) FROM audit_seal")
    verified = managing(fleet, 2, "verifyaudit")
    said, _ = verified.communicate()

    holds(outcome)
    assert outcome.failures == []
    assert made >= before + KILLS
    assert verified.returncode == 0, said
