"""O10: every path by which a token is issued or honoured, under everything that must shut it."""

import copy

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Group, Session, User
from clustersync.models import Cluster
from tests.gate.conditions import CONDITIONS, add_a_second_factor, not_applicable
from tests.gate.paths import PATHS
from tests.gate.world import World
from tokens.models import Application

PAIRS = [(path, condition) for path in PATHS for condition in CONDITIONS]
SHUT = [(p, c) for p, c in PAIRS if not not_applicable(PATHS[p], CONDITIONS[c])]
OPEN = [(p, c) for p, c in PAIRS if not_applicable(PATHS[p], CONDITIONS[c])]


@pytest.fixture
def world(bob: User, researchers: Group, robo: Application, prod: Cluster) -> World:
    return World(bob, robo, prod)


def conditions_that_leave_it_open(world: World, path: str) -> list[str]:
    """Try each condition on what one world holds, and undo it before the next."""
    world.hold(PATHS[path].holds)
    return [condition for condition in CONDITIONS if (path, condition) in SHUT and leaves_open(world, path, condition)]


def leaves_open(world: World, path: str, condition: str) -> bool:
    with transaction.atomic():
        tried = copy.deepcopy(world)
        # A refresh token is used up by use, but within the grace window it gives its answer again.
        assert PATHS[path].take(tried), condition
        CONDITIONS[condition].happen(tried)
        is_open = PATHS[path].take(tried)
        transaction.set_rollback(True)
    return is_open


@pytest.mark.whole
@pytest.mark.parametrize("path", PATHS)
def test_it_shuts(world: World, path: str) -> None:
    assert conditions_that_leave_it_open(world, path) == []


@pytest.mark.whole
@pytest.mark.usefixtures("_by_quick_paths")
@pytest.mark.parametrize("path", [name for name, path in PATHS.items() if path.quick])
def test_it_shuts_quick_paths_too(world: World, path: str) -> None:
    assert conditions_that_leave_it_open(world, path) == []


@pytest.mark.slow
@pytest.mark.parametrize(("path", "condition"), OPEN)
def test_it_leaves_open_what_the_condition_does_not_concern(world: World, path: str, condition: str) -> None:
    world.hold(PATHS[path].holds)

    CONDITIONS[condition].happen(world)

    assert PATHS[path].take(world)


@pytest.mark.parametrize("path", [path for path in PATHS if PATHS[path].whose == "person"])
def test_it_opens_for_who_is_signed_in_by_a_provider_in_use(world: World, path: str) -> None:
    world.hold(PATHS[path].holds)

    world.signed_in_elsewhere()

    assert PATHS[path].take(world)


# Who chooses a password by a link shows the second factor there.
HELD = [name for name, path in PATHS.items() if path.holds and path.whose == "person" and not path.chooses]


@pytest.mark.parametrize("path", HELD)
def test_it_opens_for_who_showed_the_second_factor(world: World, path: str) -> None:
    world.hold(PATHS[path].holds)

    add_a_second_factor(world)
    Session.objects.update(strong_at=timezone.now())

    assert PATHS[path].take(world)


@pytest.mark.parametrize("path", PATHS)
def test_it_opens_when_nothing_speaks_against(world: World, path: str) -> None:
    world.hold(PATHS[path].holds)

    assert PATHS[path].take(world)
