"""Refusals that repeat: a bounded number of entries, the truth about how many, and nobody's trail pushed out."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit.services as audit
from accounts.models import User
from audit import repeats
from audit.models import Event, Repeat
from common import context
from common.actors import SYSTEM
from common.counting import bucket
from runai_identity.housekeeping import prune_all
from tests import cast
from tests.tokens.at_once import AT_ONCE, at_once
from tokens.models import Application

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def refuse(target: User | Application | None = None, *, reason: str = "wrong", source: str = "192.0.2.1") -> Event:
    token = context.enter(context.RequestContext(source_ip=source))
    try:
        return audit.record("session:sign-in", actor=None, target=target, result=audit.FAILED, reason=reason)
    finally:
        context.leave(token)


def told(**narrowed: object) -> int:
    """How many refusals the trail tells of."""
    return int(Event.objects.filter(**narrowed).aggregate(n=Sum(F("repeated") + 1))["n"] or 0)


def of_other_sources(count: int) -> list[str]:
    """Addresses that share no counter."""
    found: dict[int, str] = {}
    for number in range(250):
        address = f"198.51.100.{number}"
        found.setdefault(bucket(address, of=repeats.SOURCES), address)
    return list(found.values())[:count]


def test_the_first_are_entries_and_the_rest_are_counted_on_the_last_of_them(
    alice: User, clock: time_machine.Traveller
) -> None:
    for _ in range(42):
        refuse(alice)
        clock.shift(timedelta(seconds=1))

    *others, last = Event.objects.order_by("pk")
    assert len(others) == repeats.FIRST - 1 and {event.repeated for event in others} == {0}
    assert last.repeated == 42 - repeats.FIRST and last.repeated_until == timezone.now() - timedelta(seconds=1)
    assert last.at == last.repeated_until - timedelta(seconds=37)


def test_the_next_hour_has_entries_of_its_own(alice: User, clock: time_machine.Traveller) -> None:
    for _ in range(2):
        for _ in range(50):
            refuse(alice)
        clock.shift(timedelta(hours=1))

    assert (Event.objects.count(), told()) == (2 * repeats.FIRST, 100)


def test_what_is_done_succeeds_or_is_done_by_the_server_is_always_an_entry(alice: User) -> None:
    for _ in range(20):
        audit.record("user:update", actor=alice, target=alice)
        audit.record("cluster:rbac:sync", actor=SYSTEM, target=alice, result=audit.FAILED)

    assert Event.objects.filter(repeated=0).count() == Event.objects.count() == 40


VICTIMS: dict[str, Callable[[User, Application], Event]] = {
    "the same account from elsewhere": lambda a, r: refuse(a, source=of_other_sources(2)[1]),
    "the same account for another reason": lambda a, r: refuse(a, reason="disabled", source=of_other_sources(1)[0]),
    "another account": lambda a, r: refuse(cast.person("zoe"), source=of_other_sources(1)[0]),
    "an application": lambda a, r: refuse(r, source=of_other_sources(1)[0]),
    "nobody that is known": lambda a, r: refuse(source=of_other_sources(1)[0]),
}


@pytest.mark.parametrize("whose", VICTIMS)
def test_a_flood_hides_nothing_else(alice: User, robo: Application, whose: str) -> None:
    for _ in range(100):
        refuse(alice, source=of_other_sources(1)[0])
    before = Event.objects.count()

    VICTIMS[whose](alice, robo)

    assert Event.objects.count() == before + 1


def test_over_the_bound_of_an_action_each_account_still_has_an_entry_a_day(
    monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller, alice: User
) -> None:
    monkeypatch.setattr(repeats, "MOST", 20)
    for number in range(100):
        refuse(reason=f"junk {number}")
    for _ in range(3):
        refuse(alice)
        clock.shift(timedelta(minutes=1))

    (event,) = Event.objects.filter(entity_id=str(alice.pk))
    assert event.repeated == 2 and told() == 103


@pytest.mark.slow
def test_hours_of_flood_are_a_bounded_number_of_rows(clock: time_machine.Traveller, alice: User) -> None:
    """From everywhere, at whoever: as in six hours at 200/s, with fewer requests of the same shape."""
    hours = 6
    people = [alice, cast.person("zoe"), None]
    for number in range(hours * 60):
        for person in people:
            refuse(person, source=f"203.0.{number // 250}.{number % 250}")
        clock.shift(timedelta(minutes=1))

    assert told() == hours * 60 * len(people)
    assert Event.objects.count() <= hours * repeats.FIRST * repeats.SOURCES * len(people)
    # By the hour no more than MOST; and then one each.
    assert Event.objects.count() <= hours * repeats.MOST + len(people)
    assert Repeat.objects.count() <= len(people) * (repeats.SOURCES + 1) + 1


def test_it_costs_the_same_whether_it_is_an_entry_or_counted(alice: User) -> None:
    costs = []
    for _ in range(repeats.FIRST * 2):
        with CaptureQueriesContext(connection) as statements:
            refuse(alice)
        costs.append(len(statements))

    assert len(set(costs)) == 1 and costs[0] <= 6


def test_an_entry_that_was_pruned_takes_its_counter_along(alice: User, clock: time_machine.Traveller) -> None:
    for _ in range(repeats.FIRST + 1):
        refuse(alice)

    clock.shift(timedelta(days=91))
    prune_all()
    refuse(alice)

    assert [event.repeated for event in Event.objects.all()] == [0]


def test_those_of_known_actors_never_go(alice: User, clock: time_machine.Traveller) -> None:
    audit.record("user:update", actor=alice, target=alice)
    audit.record("token:refuse", actor=alice, target=alice, result=audit.FAILED)
    refuse(alice)

    clock.shift(timedelta(days=10_000))
    prune_all()

    assert sorted(Event.objects.values_list("action", flat=True)) == ["token:refuse", "user:update"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_none_is_lost() -> None:
    at_once(lambda: refuse())

    assert told() == AT_ONCE and Event.objects.count() == repeats.FIRST
