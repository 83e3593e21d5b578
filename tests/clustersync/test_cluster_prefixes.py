import pytest

from clustersync.models.validators import PREFIX


@pytest.mark.parametrize("prefix", ["runai:", "a:", "people/", "x@y-", "a" * 59 + ":", "systems:"])
def test_it_takes_a_prefix_that_ends_in_a_mark(prefix: str) -> None:
    PREFIX(prefix)
