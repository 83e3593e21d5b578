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


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: Traveller, charlie: User, browser_as: BrowserAs) -> Client:
    return browser_as(charlie)


def signed_in(browser: Client) -> bool:
    """Asked in a way that is never activity."""
    return bool(browser.get("/session").json()["secondsLeft"])


def test_it_ends_after_the_timeout_and_not_before(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=59, seconds=59))
    assert browser.get("/session").json() == {"secondsLeft": 1}

    clock.shift(1)
    page = browser.get("/account", follow=True)

    assert page.redirect_chain == [("/login?next=/account", 302)]
    assert "You were signed out after 60 minutes without activity." in page.content.decode()
    assert Event.objects.get(action="session:revoke").metadata == {"because": "inactivity"}


def test_a_page_that_a_person_opens_keeps_it_alive(browser: Client, clock: Traveller) -> None:
    for _ in range(3):
        clock.shift(timedelta(minutes=50))
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/session", {}),
        ("/static/css/missing.css", {}),
        ("/healthz", {}),
        ("/readyz", {}),
        ("/favicon.ico", {}),
        ("/api/v1/me", {}),
        ("/", {"Sec-Fetch-Mode": "cors"}),
        ("/", {"Sec-Fetch-Mode": "no-cors"}),
        ("/", {"Sec-Fetch-Mode": "navigate", "Sec-Purpose": "prefetch;prerender"}),
    ],
)
def test_what_a_page_asks_by_itself_never_does(
    browser: Client, clock: Traveller, path: str, headers: dict[str, str]
) -> None:
    clock.shift(timedelta(minutes=59))

    browser.get(path, headers=headers)

    clock.shift(timedelta(minutes=2))
    assert not signed_in(browser)


def test_staying_signed_in_begins_the_time_anew(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=59, seconds=30))

    assert browser.post("/session/stay").json() == {"secondsLeft": 3600}


def test_no_activity_moves_the_longest_session(browser: Client, clock: Traveller) -> None:
    for _ in range(12 * 2 - 1):
        clock.shift(timedelta(minutes=30))
        assert browser.get("/").status_code == 200

    clock.shift(timedelta(minutes=30))

    assert "longest allowed time" in browser.get("/", follow=True).content.decode()


def test_a_changed_timeout_is_in_force_at_once(browser: Client, clock: Traveller) -> None:
    clock.shift(timedelta(minutes=10))

    update_general_settings(actor=SYSTEM, idle_timeout_minutes=5)

    assert not signed_in(browser)


def test_a_blank_timeout_means_a_day(clock: Traveller, charlie: User, browser_as: BrowserAs) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=None, session_hours=48)
    browser = browser_as(charlie)

    clock.shift(timedelta(hours=23, minutes=59))
    assert signed_in(browser)
    clock.shift(timedelta(minutes=1))
    assert not signed_in(browser)


def test_a_clock_that_jumped_back_gains_nothing(browser: Client, clock: Traveller) -> None:
    before = Session.objects.get().last_active_at

    clock.shift(timedelta(hours=-2))
    browser.get("/")

    assert Session.objects.get().last_active_at == before


def test_it_is_written_at_most_once_a_minute(browser: Client, clock: Traveller) -> None:
    before = Session.objects.get().last_active_at

    clock.shift(59)
    browser.get("/")
    assert Session.objects.get().last_active_at == before

    clock.shift(1)
    browser.get("/")
    assert Session.objects.get().last_active_at == before + timedelta(minutes=1)


def test_who_is_signed_out_is_told_so_by_the_clock(client: Client, db: None) -> None:
    assert client.get("/session").json() == {"secondsLeft": 0}
    assert client.post("/session/stay").status_code == 401
