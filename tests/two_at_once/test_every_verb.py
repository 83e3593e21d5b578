"""Each verb finds out by itself that another one was quicker."""

import copy

import pytest
from django.db import connection

from common.errors import DomainError
from tests.two_at_once.verbs import ALL, REMOVES
from tests.two_at_once.world import World, plant


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(connection.vendor == "postgresql", reason="test_removing_while.py says more")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("removes", REMOVES)
def test_a_verb_whose_object_was_removed_a_moment_ago_says_so(removes: str) -> None:
    """What each was made ready with is as it was before the removal: on SQLite nothing else can happen at once."""
    boss, wrong = plant(), []
    for name, verb in ALL.items():
        world = World(boss)
        late = copy.deepcopy(world)
        REMOVES[removes](world)
        try:
            verb(late)
        except DomainError:
            continue
        except Exception as error:
            wrong.append((name, error))

    assert wrong == []
