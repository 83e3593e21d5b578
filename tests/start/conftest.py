import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def umask_of_before() -> Iterator[None]:
    """A start lets only its owner read what it writes; later tests of this process give files to other users."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
