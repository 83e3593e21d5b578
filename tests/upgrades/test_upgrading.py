"""Each release's databases are taken over by this version, and its replicas go on beside, or say that they can't."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.databases import PostgreSQL, SQLite
from tests.start.test_make_run import Start
from tests.upgrades.releases import CREATED, RELEASES, Old, Release, begin

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Starts = dict[str, Start]


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, server: PostgreSQL) -> SQLite | PostgreSQL:
    if request.param == "sqlite":
        return SQLite(tmp_path / "rows.sqlite3")
    return server.another(f"upgraded_{os.urandom(4).hex()}")


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    made = {name: Start(tmp_path / name / "data") for name in ("older", "newer")}
    for each in made.values():
        each.data.mkdir(parents=True)
    yield made
    for each in made.values():
        each.kill()


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.name)
def test_what_a_release_left_is_taken_over(release: Release, database: SQLite | PostgreSQL, starts: Starts) -> None:
    release.restore_to(database)
    kept = release.kept(database)

    begin(starts["newer"], kept, database, kept["public"])
    old = Old(starts["newer"].url, kept)
    users = old.ask("GET", "/api/v1/users", headers=old.bearer).text

    assert CREATED in users
    assert old.robos_token().status_code == 200
    assert old.review().json()["status"]["authenticated"]


@pytest.fixture(params=[one for one in RELEASES if one.serves_beside], ids=lambda one: one.name)
def side_by_side(request: pytest.FixtureRequest, server: PostgreSQL, starts: Starts, tmp_path: Path) -> tuple[Old, Old]:
    """An older replica, which began before this version migrated, and a newer one."""
    release: Release = request.param
    if not release.is_in_history:
        pytest.skip(f"this clone's history lacks {release.commit}")
    database = server.another(f"beside_{os.urandom(4).hex()}")
    release.restore_to(database)
    kept = release.kept(database)
    starts["older"].code = release.code(tmp_path / "code")
    for start in starts.values():
        begin(start, kept, database, kept["public"])
    return Old(starts["older"].url, kept), Old(starts["newer"].url, kept)


def test_its_replicas_serve_while_this_version_takes_over(side_by_side: tuple[Old, Old]) -> None:
    """What either issues the other takes."""
    older, newer = side_by_side

    assert older.ask("GET", "/readyz").status_code == 200
    for one, other in ((older, newer), (newer, older)):
        assert one.robos_token().status_code == 200
        assert one.ask("GET", "/api/v1/users", headers=other.bearer).status_code == 200
        assert one.ask("POST", "/api/v1/apps", json={"name": f"robo-{id(one)}"}, headers=other.bearer).ok
        one.reviewed = other.token(audience=one.cluster["audience"])
        assert one.review().json()["status"]["authenticated"]
