"""psycopg keeps how it takes a statement apart, unless it is long; then it does so again for each request."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

from tests.gate.test_facts import questions, world
from tests.gate.world import World
from tokens.ports.facts import facts_of

__all__ = ["world"]


def test_no_statement_of_the_facts_is_too_long_to_be_kept(world: World) -> None:
    asked = questions(world)

    with CaptureQueriesContext(connection) as captured:
        for one in asked:
            facts_of(one)

    lengths = [len(query["sql"]) for query in captured]
    assert len(lengths) == len(asked)
    assert max(lengths) <= MAX_CACHED_STATEMENT_LENGTH
