"""Nothing grows without bound. The full numbers: `python -m bench.growth`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from tests.operations.growth import (
    TRAIL,
    let_pass,
    make_world,
    rows_by_table,
    sign_in,
    sign_in_by_password,
    sign_in_for_the_shop,
    tables_without_a_model,
    token_by_secret,
)

pytestmark = pytest.mark.django_db

# Addresses from which the person signs in. Of each one session is remembered for ninety days, for the throttle.
PLACES = 2


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(db: None) -> User:
    person, _ = make_world()
    return person


def grown(before: dict[str, int]) -> dict[str, int]:
    now = rows_by_table()
    return {table: count - before[table] for table, count in now.items() if count != before[table]}


def test_every_table_is_counted() -> None:
    assert tables_without_a_model() == set()
    assert TRAIL in rows_by_table()


def test_client_credential_tokens_add_no_row(person: User) -> None:
    before = rows_by_table()

    for _ in range(100):
        token_by_secret()

    assert grown(before) == {}


def test_a_sign_in_adds_two_rows_and_a_refresh_none(person: User) -> None:
    for _ in range(2):  # the second is from a place that is known, whose tries are counted apart
        sign_in_by_password(person)
    before = rows_by_table()
    sign_in_by_password(person)

    rows = grown(before)

    assert rows == {"accounts_session": 1, "tokens_grant": 1, TRAIL: rows[TRAIL]}


@pytest.mark.slow
def test_the_rows_of_sign_ins_go_when_their_lifetimes_are_over(person: User, clock: time_machine.Traveller) -> None:
    before = rows_by_table()
    for number in range(120):
        sign_in(person, number)
        clock.shift(timedelta(seconds=10))
    peak = grown(before)

    let_pass(clock, timedelta(hours=37))
    let_pass(clock, timedelta(hours=25))
    after_three_days = grown(before)
    let_pass(clock, timedelta(days=90))

    assert set(peak) > {"accounts_session", "tokens_grant", "tokens_devicecode", "tokens_seenassertion"}
    assert after_three_days == {"accounts_session": PLACES, TRAIL: after_three_days[TRAIL]}
    assert set(grown(before)) == {TRAIL}


@pytest.mark.slow
def test_somebody_who_signs_in_all_the_time_has_a_limited_number_of_rows(
    person: User, clock: time_machine.Traveller
) -> None:
    counts = []
    for _ in range(12):
        for _ in range(5):
            sign_in_by_password(person)
            sign_in_for_the_shop(person)
        let_pass(clock, timedelta(days=1))
        rows = rows_by_table()
        counts.append(sum(rows.values()) - rows[TRAIL])

    assert counts[-1] <= counts[3]
