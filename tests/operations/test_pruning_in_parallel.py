"""Several replicas clear away at the same moment, and people go on working."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts import hashing
from accounts.models import Session, SignInTries, User
from audit.models import Event
from common.pruning import Done
from runai_identity.housekeeping import prune_all
from tests.keys import plant_keys
from tests.tokens.asking import by_password, by_refresh
from tests.tokens.at_once import AT_ONCE, at_once
from tokens.models import Grant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MANY = 500


@pytest.fixture
def clock(db: None) -> Iterator[time_machine.Traveller]:
    plant_keys()
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def total(answers: list[Done], name: str) -> int:
    return sum(done.counts[name] for done in answers)


def test_each_row_goes_once(alice: User, clock: time_machine.Traveller) -> None:
    over = timezone.now() - timedelta(days=1)
    SignInTries.objects.bulk_create(SignInTries(key=str(number), window_ends_at=over) for number in range(MANY))

    answers = at_once(prune_all)

    assert SignInTries.objects.count() == 0
    assert total(answers, "sign-in tries") == MANY


def test_each_session_is_ended_once(alice: User, clock: time_machine.Traveller) -> None:
    hour = timezone.now() + timedelta(hours=1)
    Session.objects.bulk_create(Session(user=alice, expires_at=hour) for _ in range(50))
    clock.shift(timedelta(hours=2))

    answers = at_once(prune_all)

    assert total(answers, "sessions that end now") == 50
    assert Event.objects.filter(action="session:revoke").count() == 50


def test_sessions_go_with_what_hangs_on_them(alice: User, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        by_password(alice)
    clock.shift(timedelta(hours=40))
    prune_all()
    clock.shift(timedelta(days=91))

    at_once(prune_all)

    assert (Session.objects.count(), Grant.objects.count()) == (0, 0)


def test_people_go_on_meanwhile(
    alice: User, clock: time_machine.Traveller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A slow machine has more of these tries under way at once than an account has, or than wait for a hash.
    settings.SIGN_IN_TRIES_PER_ACCOUNT = 100
    monkeypatch.setattr(hashing, "_queue", BoundedSemaphore(100))
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 30.0)
    for _ in range(5):
        by_password(alice)
    clock.shift(timedelta(days=91))
    token = by_password(alice)["refreshToken"]
    work: list[Callable[[], Any]] = [prune_all, lambda: by_refresh(token), lambda: by_password(alice)] * AT_ONCE

    answers = at_once(lambda: work.pop()())

    assert {answer.status_code for answer in answers if hasattr(answer, "status_code")} == {200}
    assert by_refresh(token).status_code == 200
