"""Who may only read, or only elsewhere, changes nothing by an action, whatever rows and names are sent to a list.

What is their own, they may change: the rule that gives a neighbour the department is not among the rows.
"""

from typing import Any

import pytest
from django.core import serializers
from django.db.models import Model

from access.models import Scope
from accounts.models import User
from audit.models import Event
from audit.services import FAILED
from tests import cast
from tests.admin.test_lookups import asked
from tests.admin.walking import lists
from tests.conftest import BrowserAs
from tests.two_at_once.world import World, plant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
each_list = pytest.mark.parametrize("address", sorted(lists()))


@pytest.fixture
def world(db: None) -> World:
    return World(plant())


def somebody(world: World, which: str) -> User:
    """Who reads everything and no more, or manages a department in which there is nothing."""
    user = cast.person(which)
    role, scope = ("Cloud support", Scope.objects.get(pk="1"))
    if which == "neighbour":
        role, scope = "Department administrator", world.empty
    cast.rule("user", user.email, role, scope)
    return user


def keys_of(model: type[Model]) -> list[str]:
    return [str(key) for key in model._base_manager.values_list("pk", flat=True)]


def rows_of(model: type[Model], keys: list[str]) -> str:
    return str(serializers.serialize("json", model._base_manager.filter(pk__in=keys).order_by("pk")))


@each_list
@pytest.mark.parametrize("which", ["reader", "neighbour"])
@pytest.mark.parametrize("across", ["0", "1"])
def test_an_action_of_somebody_else_changes_nothing(
    world: World, browser_as: BrowserAs, address: str, which: str, across: str
) -> None:
    page = lists()[address]
    keys, user = keys_of(page.model), somebody(world, which)
    browser, before = browser_as(user), rows_of(page.model, keys)
    events = Event.objects.count()
    for action in page.get_actions(asked(world.boss)):
        sent: dict[str, Any] = {"action": action, "_selected_action": keys, "select_across": across, "index": "0"}
        for more in ({}, {"confirmed": "yes"}, {"post": "yes"}):
            assert browser.post(address, {**sent, **more}).status_code in (200, 302, 400, 403)

    if page.model is not Event:
        assert rows_of(page.model, keys) == before
    done = Event.objects.order_by("pk")[events:]
    assert [event.action for event in done if event.result != FAILED and event.entity_id in keys] == []


@each_list
def test_a_page_of_somebody_else_is_not_changed(world: World, browser_as: BrowserAs, address: str) -> None:
    page = lists()[address]
    keys, user = keys_of(page.model), somebody(world, "neighbour")
    browser, before = browser_as(user), rows_of(page.model, keys)
    for key in keys:
        for what in ("change", "delete"):
            answer = browser.post(f"{address}{key}/{what}/", {"post": "yes", "_popup": "1", "name": "taken"})
            assert answer.status_code in (200, 302, 403, 404)

    if page.model is not Event:
        assert rows_of(page.model, keys) == before
