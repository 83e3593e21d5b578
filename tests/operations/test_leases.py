"""Background work is one process's of all replicas, and another's when that is gone."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from runai_identity import housekeeping, leases
from runai_identity.housekeeping import Task
from runai_identity.leases import hold
from runai_identity.models import Lease

pytestmark = pytest.mark.django_db


@contextmanager
def another_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(leases, "_holder", lambda pid: "elsewhere process 1 beef")
        yield


def test_one_process_holds_it_and_extends_it() -> None:
    assert hold("chores", seconds=60)
    with another_process():
        assert not hold("chores", seconds=60)
    assert hold("chores", seconds=60)
    assert Lease.objects.get().holder == leases._holder(os.getpid())


@pytest.mark.parametrize(("seconds_left", "is_free"), [(3600, True), (60, False), (-1, True)])
def test_it_is_free_where_the_clock_was_set_back(seconds_left: int, is_free: bool) -> None:
    ends_at = timezone.now() + timedelta(seconds=seconds_left)
    Lease.objects.create(name="chores", holder="elsewhere process 1 beef", ends_at=ends_at)

    assert hold("chores", seconds=150) is is_free


def test_others_have_leases_of_their_own() -> None:
    hold("chores", seconds=60)
    with another_process():
        assert hold("errands", seconds=60)


@pytest.mark.django_db(transaction=True)  # a clock that goes on: PostgreSQL's stands still in a transaction
def test_it_goes_to_another_when_its_holder_is_gone() -> None:
    assert hold("chores", seconds=3)
    with another_process():
        assert not hold("chores", seconds=3)
        time.sleep(3.1)
        assert hold("chores", seconds=60)
    assert not hold("chores", seconds=60)


@pytest.fixture
def ran(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the one task did that there is."""
    settings.HOUSEKEEPING = True
    ran: list[str] = []

    def work() -> float:
        ran.append("ran")
        return 600.0

    monkeypatch.setattr(housekeeping, "TASKS", [Task(work, 600, due_at=0.0)])
    return ran


def test_the_others_do_no_background_work(ran: list[str]) -> None:
    (task,) = housekeeping.TASKS
    with another_process():
        hold(housekeeping.LEASE, seconds=60)
    Client().get("/healthz")
    before, due = ran.copy(), task.is_due()
    Lease.objects.all().delete()
    task.due_at = 0.0
    Client().get("/healthz")

    assert (before, due) == ([], False)
    assert ran == ["ran"]


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """End this process, as far as leases go; the thread that gives them up has no transaction of the test."""
    monkeypatch.setattr(leases, "_is_ending", Event())
    monkeypatch.setattr(leases, "Thread", InLine)
    monkeypatch.setattr(leases, "connection", SimpleNamespace(close=lambda: None))
    return leases.give_up_all


class InLine:
    """A thread that does its work where it is started."""

    def __init__(self, target: Callable[..., None], args: tuple[str, ...], **options: object) -> None:
        self.start = partial(target, *args)

    def join(self, seconds: float) -> None:
        pass


def test_a_process_that_ends_gives_up_its_own_and_takes_no_more(ending: Callable[[], None]) -> None:
    hold("chores", seconds=60)
    with another_process():
        hold("errands", seconds=60)

    ending()

    assert not hold("chores", seconds=60)
    assert [lease.name for lease in Lease.objects.all()] == ["errands"]
