"""No thread of the back-channel goes on after a test that ended sessions."""

from collections.abc import Iterator

import pytest

from tokens.services import backchannel


@pytest.fixture(autouse=True)
def nobody_delivers() -> Iterator[None]:
    """As if another thread were delivering logouts: the one that a verb starts then leaves at once."""
    with backchannel._at_work:
        yield
