"""Counting in the database: no more than the limit in a window, for real and at once."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SignInTries
from common.counting import bucket, take, use_once
from tests.tokens.at_once import AT_ONCE, at_once

LONG = timedelta(minutes=5)


def taken(key: str = "a", limit: int = 3, window: timedelta = LONG) -> bool:
    return take(SignInTries, key, limit=limit, window=window)


@pytest.mark.django_db
def test_it_gives_as_many_as_the_limit_and_each_key_its_own() -> None:
    assert [taken() for _ in range(5)] == [True, True, True, False, False]
    assert taken("b")
    assert SignInTries.objects.get(key="a").count == 3


@pytest.mark.django_db
def test_what_is_refused_does_not_lengthen_the_window_which_ends() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = [taken(limit=1) for _ in range(2)]
        clock.shift(LONG * 0.6)
        between = taken(limit=1)
        clock.shift(LONG * 0.6)

        assert (first, between, taken(limit=1)) == ([True, False], False, True)


@pytest.mark.django_db
@pytest.mark.parametrize(("back", "taken_then"), [(0, False), (4, False), (6, True), (60, True), (60 * 24 * 365, True)])
def test_a_window_from_before_the_clock_was_set_back_is_over(back: int, taken_then: bool) -> None:
    assert taken(limit=1)
    with time_machine.travel(timezone.now() - timedelta(minutes=back), tick=False):
        assert taken(limit=1) is taken_then
        assert not taken(limit=1)


@pytest.mark.django_db
@pytest.mark.parametrize("back", [0, 6, 60])
def test_what_may_be_used_once_stays_used_where_the_clock_was_set_back(back: int) -> None:
    assert use_once(SignInTries, "answer", within=LONG)
    with time_machine.travel(timezone.now() - timedelta(minutes=back), tick=False):
        assert not use_once(SignInTries, "answer", within=LONG)


@pytest.mark.django_db
def test_it_is_one_statement_whatever_the_answer() -> None:
    counts = []
    for _ in range(5):
        with CaptureQueriesContext(connection) as statements:
            taken()
        counts.append(len(statements))

    assert counts == [1] * 5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_pass() -> None:
    assert sum(at_once(lambda: taken(limit=7))) == 7 < AT_ONCE


def test_buckets_are_so_many_and_always_the_same() -> None:
    names = [f"198.51.{number // 250}.{number % 250}" for number in range(1000)]
    once = [bucket(name, of=8) for name in names]

    assert set(once) == set(range(8)) and once == [bucket(name, of=8) for name in names]
    assert max(once.count(number) for number in range(8)) < 250
