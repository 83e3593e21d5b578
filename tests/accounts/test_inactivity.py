"""When a browser session ends by itself, over HTTP and with a clock of our own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from time_machine import Traveller

from accounts.models import Session, User
from accounts.services.settings import update_general_settings
from audit.models import Event
from common.actors import SYSTEM
from tests.conftest import BrowserAs

# The last activity is known to within a minute; that much later a session ends.
KNOWN_WITHIN = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: Traveller, charlie: User, browser_as: BrowserAs) -> Client:
    return browser_as(charlie)


def seconds_left(browser: Client) -> float:
    """Asked in a way that is never activity."""
    return float(browser.get("/session").json()["secondsLeft"])


def test_it_ends_after_the_timeout_and_not_before(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=60) + KNOWN_WITHIN - timedelta(seconds=1))
    assert seconds_left(browser) == 1

    clock.shift(1)
    page = browser.get("/account", follow=True)

    assert page.redirect_chain == [("/login?next=/account", 302)]
    assert "You were signed out after 60 minutes without activity." in page.content.decode()
    assert Event.objects.get(action="session:revoke").metadata == {"because": "inactivity"}


@pytest.mark.parametrize("minutes", [1, 2, 3, 7, 19, 20, 60, 1440])
@pytest.mark.parametrize("every", [0.23, 0.99])
def test_who_is_active_in_time_stays_and_then_has_the_whole_time(
    charlie: User, browser_as: BrowserAs, clock: Traveller, minutes: int, every: float
) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=minutes, session_hours=8760)
    browser, timeout = browser_as(charlie), timedelta(minutes=minutes)

    for _ in range(12):
        clock.shift(timeout * every)
        assert browser.get("/password").status_code == 200

    clock.shift(timeout)
    assert 0 < seconds_left(browser) <= min(timeout / 20, timedelta(minutes=1)).total_seconds()
    clock.shift(timeout / 20)
    assert seconds_left(browser) == 0


def test_a_page_that_was_just_opened_knows_that_this_was_activity(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=60))

    page = browser.get("/password").content.decode()

    assert "&quot;secondsLeft&quot;: 3660.0" in page


def test_the_time_left_is_told_to_the_millisecond_and_never_too_short(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=61) - timedelta(microseconds=1))

    assert seconds_left(browser) == 0.001


def test_staying_signed_in_begins_the_time_anew(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=59, seconds=30))

    assert browser.post("/session/stay").json()["secondsLeft"] == 3660


def test_staying_lengthens_it_again_and_again_with_a_minute(
    charlie: User, browser_as: BrowserAs, clock: Traveller
) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=1)
    browser = browser_as(charlie)

    for _ in range(20):
        told = browser.get("/session").json()
        assert (told["warnBefore"], told["canStay"]) == (20, True)
        clock.shift(told["secondsLeft"] - told["warnBefore"])
        assert browser.post("/session/stay").json()["secondsLeft"] == 63


def test_no_activity_moves_the_longest_session(browser: Client, clock: Traveller) -> None:
    for _ in range(12 * 2 - 1):
        clock.shift(timedelta(minutes=30))
        assert browser.get("/").status_code == 200

    assert browser.post("/session/stay").json()["canStay"] is False
    clock.shift(timedelta(minutes=30))

    assert "longest allowed time" in browser.get("/", follow=True).content.decode()


def test_it_says_what_ended_it_first(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(hours=13))

    assert "after 60 minutes without activity" in browser.get("/", follow=True).content.decode()


@pytest.mark.parametrize(("minutes", "left"), [(5, 0), (11, 120), (120, 111 * 60)])
def test_a_changed_timeout_is_in_force_at_once(browser: Client, clock: Traveller, minutes: int, left: int) -> None:
    clock.shift(timedelta(minutes=10))

    update_general_settings(actor=SYSTEM, idle_timeout_minutes=minutes)

    assert seconds_left(browser) == left


def test_a_blank_timeout_means_a_day(clock: Traveller, charlie: User, browser_as: BrowserAs) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=None, session_hours=48)
    browser = browser_as(charlie)

    clock.shift(timedelta(hours=24))
    assert seconds_left(browser) == 60
    clock.shift(KNOWN_WITHIN)
    assert seconds_left(browser) == 0


@pytest.mark.parametrize("by", ["/", "/session"])
def test_a_clock_that_is_set_back_gains_nothing(browser: Client, clock: Traveller, by: str) -> None:
    clock.shift(timedelta(hours=-1))

    browser.get(by)

    assert seconds_left(browser) == 3660
    clock.shift(timedelta(minutes=61))
    assert seconds_left(browser) == 0


def test_a_clock_that_is_set_forward_ends_it_and_set_back_does_not_revive_it(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(hours=2))
    assert seconds_left(browser) == 0

    clock.shift(timedelta(hours=-2))

    assert "without activity" in browser.get("/", follow=True).content.decode()


def test_it_is_written_at_most_once_a_minute(browser: Client, clock: Traveller) -> None:
    before = Session.objects.get().last_active_at

    clock.shift(59)
    browser.get("/")
    browser.post("/session/stay")
    assert Session.objects.get().last_active_at == before

    clock.shift(1)
    browser.get("/")
    assert Session.objects.get().last_active_at == before + timedelta(minutes=1)


def test_who_is_signed_out_is_told_so_by_the_clock(client: Client, db: None) -> None:
    over = {"secondsLeft": 0, "warnBefore": 0, "canStay": False, "session": ""}

    assert client.get("/session").json() == over
    answer = client.post("/session/stay")
    assert (answer.status_code, answer.json()) == (401, over)
