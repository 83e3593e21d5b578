"""The server clears away by itself, after a response, and a request never waits for it."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import InterfaceError, close_old_connections
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignInTries, User
from runai_identity import housekeeping
from runai_identity.housekeeping import Task
from tests.tokens.asking import ask

pytestmark = pytest.mark.django_db

Ran = list[float]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def due(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next response is followed by housekeeping."""
    settings.HOUSEKEEPING = True
    for task in housekeeping.TASKS:
        monkeypatch.setattr(task, "due_at", 0.0)


@pytest.fixture
def ran(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """When the one task ran that there is, which wants to run again in ten minutes."""
    settings.HOUSEKEEPING = True
    times: Ran = []

    def work() -> float:
        times.append(time.monotonic())
        return 600.0

    monkeypatch.setattr(housekeeping, "TASKS", [Task(work, 600, due_at=0.0)])
    return times


def guess(user: User) -> None:
    ask(grantType="password", username=user.email, password="wrong")


def fail() -> float:
    raise InterfaceError("the connection broke")  # no DatabaseError, but an Error of the database too


def test_the_server_does_it_after_a_response(alice: User, clock: time_machine.Traveller, due: None) -> None:
    guess(alice)
    for task in housekeeping.TASKS:
        task.due_at = 0.0
    clock.shift(timedelta(hours=1))

    Client().get("/healthz")

    assert SignInTries.objects.count() == 0


@pytest.fixture
def connection_of_the_test() -> Iterator[None]:
    """Kept, as Django's test client does: it holds the transaction that the test is in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_response_is_on_its_way_before(ran: Ran, connection_of_the_test: None) -> None:
    answer = get_wsgi_application()(RequestFactory().get("/healthz").environ, lambda *_: lambda _: None)
    body, before = b"".join(answer), len(ran)

    answer.close()  # what a WSGI server does when it has sent everything

    assert body == b'{"status": "ok"}'
    assert (before, len(ran)) == (0, 1)


def test_it_does_it_once_in_ten_minutes(ran: Ran) -> None:
    for _ in range(5):
        Client().get("/healthz")

    assert len(ran) == 1


def test_it_does_it_again_when_it_is_time(monkeypatch: pytest.MonkeyPatch, ran: Ran) -> None:
    Client().get("/healthz")
    later = time.monotonic() + 601
    monkeypatch.setattr("time.monotonic", lambda: later)

    Client().get("/healthz")

    assert len(ran) == 2


def test_processes_begin_at_different_times() -> None:
    tasks = [Task(lambda: 0.0, 600) for _ in range(20)]

    assert not all(task.is_due() for task in tasks)
    assert len({task.due_at and round(task.due_at) for task in tasks}) > 1


def test_it_can_be_left_to_cron(settings: Settings, ran: Ran) -> None:
    settings.HOUSEKEEPING = False

    Client().get("/healthz")

    assert ran == []


def test_what_fails_is_logged_and_nobody_notices(
    monkeypatch: pytest.MonkeyPatch, ran: Ran, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task(fail, 600, due_at=0.0)
    monkeypatch.setattr(housekeeping, "TASKS", [task])

    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert "housekeeping failed" in caplog.text
    assert not task.is_due()


def test_it_is_not_tried_after_each_request_of_an_outage(
    monkeypatch: pytest.MonkeyPatch, ran: Ran, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> bool:
        raise InterfaceError("the database is away")

    monkeypatch.setattr(housekeeping, "hold", away)
    for _ in range(5):
        Client().get("/healthz")

    assert caplog.text.count("housekeeping failed") == 1 and ran == []


def test_it_does_one_thing_at_a_time(monkeypatch: pytest.MonkeyPatch, ran: Ran) -> None:
    with housekeeping._one_at_a_time:
        Client().get("/healthz")

    assert ran == []


@pytest.fixture
def backlog(alice: User) -> int:
    over = timezone.now() - timedelta(days=1)
    SignInTries.objects.bulk_create(SignInTries(key=str(number), window_ends_at=over) for number in range(450))
    return 450


def test_it_stops_when_its_time_is_over_and_soon_goes_on(backlog: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr("time.monotonic", lambda: next(ticks) / 20)  # half a second has room for few batches

    again = housekeeping.prune()

    assert again == housekeeping.AGAIN_AFTER
    assert SignInTries.objects.count() == backlog


def test_it_takes_everything_in_batches(backlog: int, django_assert_max_num_queries: Callable[..., object]) -> None:
    with django_assert_max_num_queries(80):  # type: ignore[attr-defined]
        again = housekeeping.prune()

    assert (again, SignInTries.objects.count()) == (housekeeping.PRUNE_EVERY, 0)
