from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relying_party.us import ADMIN, Us
from tests.start.test_make_run import Start


@pytest.fixture(scope="module")
def us(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Us]:
    """A server of its own, as `make run` starts it."""
    folder: Path = tmp_path_factory.mktemp("us")
    started = Start(folder / "data").with_tables(migrated)
    started.begin(RUNAI_ADMIN_EMAIL=ADMIN["email"], RUNAI_ADMIN_PASSWORD=ADMIN["password"])
    try:
        started.wait_until_served()
        yield Us(f"http://127.0.0.1:{started.port}")
    finally:
        started.kill()
