"""docs/limits.md says what the code says, and each test that it names exists."""

from pathlib import Path

import pytest

from tests.limits import bounds
from tests.limits.limits import Bound
from tests.limits.page import PAGE, page

TESTS = Path(__file__).parents[1]
BOUNDS = [*bounds.SERVER, *(one for some in bounds.SECTIONS.values() for one in some)]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "python -m tests.limits.page writes it"


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.what)
def test_each_limit_is_reached_by_a_test(bound: Bound) -> None:
    assert bound.tests
    for test in bound.tests:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (TESTS / file).read_text()
