"""Requests at the very moment when a session ends: activity in time counts, and nothing breaks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from time_machine import Traveller

from accounts.models import Session, User
from accounts.services.browser import expire, look_up, note_activity
from accounts.services.sessions import revoke_session
from audit.models import Event
from common.actors import SYSTEM
from tests.conftest import BrowserAs

THE_END = timedelta(minutes=61)
WHY = "You were signed out after 60 minutes without activity."


@pytest.fixture
def clock(db: None) -> Iterator[Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def read_before_the_end(clock: Traveller, session: Session) -> Session:
    """Return what a request has read that is slower than the others."""
    clock.shift(THE_END - timedelta(milliseconds=1))
    return Session.objects.get(pk=session.pk)


@pytest.fixture
def session(clock: Traveller, charlie: User, browser_as: BrowserAs) -> Session:
    browser_as(charlie)
    return Session.objects.get()


def test_activity_just_before_it_counts_for_a_slower_request_too(clock: Traveller, session: Session) -> None:
    slower = read_before_the_end(clock, session)
    browser, _ = look_up(session.pk)
    assert browser is not None
    note_activity(browser)
    clock.shift(timedelta(milliseconds=2))

    assert expire(slower) == ""

    assert Session.objects.get().revoked_at is None
    assert slower.last_active_at == browser.session.last_active_at


def test_who_was_signed_out_just_before_it_reads_why(clock: Traveller, session: Session) -> None:
    slower = read_before_the_end(clock, session)
    revoke_session(actor=SYSTEM, session=session, because="ended by its owner")
    clock.shift(timedelta(milliseconds=2))

    assert "inactivity" not in expire(slower)

    assert Session.objects.get().revoked_because == "ended by its owner"


def test_a_session_that_was_deleted_just_before_it_is_over(clock: Traveller, session: Session) -> None:
    slower = read_before_the_end(clock, session)
    Session.objects.all().delete()
    clock.shift(timedelta(milliseconds=2))

    assert expire(slower) == "You were signed out."


@pytest.mark.django_db(transaction=True)
def test_all_that_come_at_once_after_it_read_why_and_it_ends_once(charlie: User, browser_as: BrowserAs) -> None:
    cookie = browser_as(charlie).cookies["session"].value
    Session.objects.update(last_active_at=timezone.now() - THE_END)

    def come(address: str) -> tuple[int, bool]:
        browser = Client()
        browser.cookies["session"] = cookie
        answer = browser.get(address, follow=True)
        connection.close()
        return answer.status_code, WHY in answer.content.decode()

    with ThreadPoolExecutor(8) as at_once:
        came = list(at_once.map(come, ["/account", "/", "/password", "/admin/"] * 4))

    assert came == [(200, True)] * 16
    assert Event.objects.filter(action="session:revoke").count() == 1
