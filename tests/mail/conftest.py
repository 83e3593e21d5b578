from collections.abc import Iterator

import pytest

from tests.mail.server import Mailbox, serving


@pytest.fixture
def mailbox(db: None) -> Iterator[Mailbox]:
    with serving() as box:
        yield box
