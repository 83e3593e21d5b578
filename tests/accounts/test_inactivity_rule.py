"""The rule by itself: whatever a person does and an administrator sets, no session ends early or much too late."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from accounts.inactivity import LONGEST_PRECISION, idle_at, needs_note, precision, warn_before
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import SessionKind, idle
from accounts.services.browser import is_idle

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTES = st.one_of(st.integers(1, 30), st.integers(1, 525_600))
GAPS = st.one_of(st.floats(0, 5), st.floats(0, 200), st.floats(0, 40_000_000)).map(lambda s: timedelta(seconds=s))
STEPS = st.lists(st.tuples(GAPS, st.one_of(st.none(), MINUTES)), min_size=1, max_size=30)


@dataclass
class Browser:
    """A session as its row has it, and beside it what really happened."""

    timeout: timedelta
    now: datetime = START
    active_at: datetime = START
    changed_at: datetime = START - timedelta(days=1)

    def __post_init__(self) -> None:
        self.noted_at, self.within = START, precision(self.timeout)
        self.notes = [(START, self.timeout)]

    @property
    def ends_at(self) -> datetime:
        return idle_at(last_active_at=self.noted_at, noted_within=self.within, idle_timeout=self.timeout)

    def be_active(self) -> None:
        self.active_at = self.now
        row = {"last_active_at": self.noted_at, "noted_within": self.within}
        if needs_note(**row, now=self.now, idle_timeout=self.timeout):  # type: ignore[arg-type]  # two types of value
            self.noted_at, self.within = self.now, precision(self.timeout)
            self.notes.append((self.now, self.timeout))

    def change(self, minutes: int) -> None:
        self.timeout, self.changed_at = timedelta(minutes=minutes), self.now


def play(minutes: int, steps: list[tuple[timedelta, int | None]]) -> Browser:
    """Live through the steps, each after a pause: activity, or another timeout; until the session is over."""
    browser = Browser(timedelta(minutes=minutes))
    for pause, changed in steps:
        browser.now += pause
        if browser.ends_at <= browser.now:
            break
        if changed is None:
            browser.be_active()
        else:
            browser.change(changed)
    return browser


@given(MINUTES, STEPS)
def test_it_never_ends_before_the_timeout(minutes: int, steps: list[tuple[timedelta, int | None]]) -> None:
    browser = play(minutes, steps)

    assert browser.ends_at >= browser.active_at + browser.timeout


@given(MINUTES, STEPS)
def test_it_ends_at_most_a_twentieth_of_the_timeout_later(
    minutes: int, steps: list[tuple[timedelta, int | None]]
) -> None:
    browser = play(minutes, steps)

    # Who was not active since the timeout was changed was noted by the one before.
    known_within = browser.timeout / 20 if browser.active_at > browser.changed_at else LONGEST_PRECISION
    late = browser.ends_at - browser.active_at - browser.timeout
    assert late <= min(known_within, LONGEST_PRECISION)


@given(MINUTES, STEPS)
def test_it_is_written_once_in_a_twentieth_of_the_timeout(
    minutes: int, steps: list[tuple[timedelta, int | None]]
) -> None:
    notes = play(minutes, steps).notes

    for (earlier, before), (later, timeout) in pairwise(notes):
        assert before != timeout or later - earlier >= min(timeout / 20, LONGEST_PRECISION)


@given(MINUTES, st.timedeltas(timedelta(seconds=61), timedelta(days=400)))
def test_a_clock_that_is_set_back_lengthens_nothing(minutes: int, back: timedelta) -> None:
    browser = Browser(timedelta(minutes=minutes))
    browser.now -= back

    browser.be_active()

    assert browser.noted_at == browser.now


@given(MINUTES)
def test_the_warning_leaves_most_of_the_time_alone(minutes: int) -> None:
    timeout = timedelta(minutes=minutes)

    assert timedelta(seconds=20) <= warn_before(timeout) <= min(timeout / 3, timedelta(minutes=1))


AROUND = [timedelta(microseconds=n) for n in (-1, 0, 1)]


@pytest.mark.parametrize("minutes", [1, 2, 7, 19, 20, 21, 60, 1440, 525_600])
@pytest.mark.parametrize("within", [timedelta(seconds=3), timedelta(seconds=21), timedelta(minutes=1)])
@pytest.mark.parametrize("since_the_end", AROUND)
def test_the_database_judges_the_same(
    charlie: User, minutes: int, within: timedelta, since_the_end: timedelta, time_machine: TimeMachineFixture
) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=minutes).save()
    timeout = timedelta(minutes=minutes)
    noted = {"last_active_at": START, "noted_within": within, "expires_at": START + timedelta(days=400)}
    session = Session.objects.create(user=charlie, kind=SessionKind.BROWSER, created_at=START, **noted)
    time_machine.move_to(START + within + timeout + since_the_end, tick=False)

    over = since_the_end >= timedelta()
    assert (is_idle(session, timeout, timezone.now()), Session.objects.filter(idle(timeout)).exists()) == (over, over)
