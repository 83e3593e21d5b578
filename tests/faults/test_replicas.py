"""Three replicas behind HAProxy under load: one is killed, all are restarted in turn, their database goes away.

A short run; `make reliability` does it for longer, and writes its figures into docs/reliability.md.
"""

from collections.abc import Iterator

import pytest

from tests.faults.fleet import Fleet, Outcome, running
from tests.faults.standby import WithStandby

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LONGEST_RECOVERY = 10


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
