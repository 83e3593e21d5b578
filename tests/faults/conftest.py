import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.databases import PostgreSQL
from tests.start.test_make_run import Start


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A data folder in which the service was started once."""
    start = Start(tmp_path_factory.mktemp("first") / "data").with_tables(migrated)
    start.begin()
    try:
        start.wait_until_served()
    finally:
        start.kill()
    return start.data


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()


@pytest.fixture
def start(tmp_path: Path, first_start: Path) -> Iterator[Start]:
    """A start that is to come, in such a folder."""
    shutil.copytree(first_start, tmp_path / "data")
    start = Start(tmp_path / "data")
    yield start
    start.kill()
