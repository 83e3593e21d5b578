"""Which tests a run takes: of generated ones some cases, and on SQLite less of what ran on PostgreSQL before.

Each seed of pytest-randomly takes other cases, and the same ones again, whatever other tests there are. Tests that may
take long begin first: they mostly wait, and one that begins last would leave the other workers idle.
"""

from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from heapq import nsmallest
from pathlib import Path

import pytest

# Their subject stands in front of the database.
ABOVE_THE_DATABASE = ("tests/cli/", "tests/contract/")
# What the two databases do each in its way: several at once, whole databases, and their faults.
OF_EACH_DATABASE = (
    "tests/audit/test_unreadable.py",
    "tests/backup/",
    "tests/faults/",
    "tests/two_at_once/",
    "tests/upgrades/",
)
# With whole servers and browsers, of which one database is enough.
WITH_SERVERS = ("tests/start/", "tests/relying_party/")

_DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--few", type=int, default=0, help="of each generated test at most this many cases")
    parser.addoption("--after-postgresql", action="store_true", help="of what ran there one case, and no slow test")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what works on the database and may differ by it; `either_database` says that it does not."""
    works_on_it = _DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
    if works_on_it and not item.nodeid.startswith((*ABOVE_THE_DATABASE, *WITH_SERVERS)) and not _has(item, *_ON_ONE):
        item.add_marker("database")


_ON_ONE = ("either_database", "e2e", "system")


def _has(item: pytest.Item, *markers: str) -> bool:
    return any(item.get_closest_marker(marker) for marker in markers)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no folder of which `-m database` takes nothing: collecting it takes each worker seconds."""
    within = f"{collection_path.relative_to(config.rootpath).as_posix()}/"
    return (
        True
        if config.option.markexpr == "database" and within.startswith((*ABOVE_THE_DATABASE, *WITH_SERVERS))
        else None
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    cases = partial(_cases, seed=str(config.getoption("randomly_seed", "")))
    chosen = cases(items, config.getoption("few"))
    if config.getoption("after_postgresql"):
        chosen -= {item.nodeid for item in items if _has(item, "database")}
        again = [item for item in items if _has(item, "database")]
        chosen |= cases((item for item in again if not _has(item, "slow")), 1)
        chosen |= cases((item for item in again if item.nodeid.startswith(OF_EACH_DATABASE)), 3)
    if left_out := [item for item in items if item.nodeid not in chosen]:
        items[:] = [item for item in items if item.nodeid in chosen]
        config.hook.pytest_deselected(items=left_out)
    items.sort(key=_may_take_no_longer_than_others)


def _may_take_no_longer_than_others(item: pytest.Item) -> bool:
    """Return False if the test asks for more time than `timeout` in pyproject.toml."""
    marker = item.get_closest_marker("timeout")
    asked = float(marker.args[0]) if marker and marker.args else 0
    return asked <= float(item.config.getini("timeout"))


def _cases(items: Iterable[pytest.Item], few: int, *, seed: str = "") -> set[str]:
    """Choose ids of at most `few` cases of each test, or all for 0; `whole` tests are cut only to a single case."""
    cases: dict[str, list[str]] = {}
    for item in items:
        name = item.nodeid if few > 1 and _has(item, "whole") else item.nodeid.partition("[")[0]
        cases.setdefault(name, []).append(item.nodeid)

    def drawn(node_id: str) -> bytes:
        return sha256(f"{seed} {node_id}".encode()).digest()

    return {case for of_one in cases.values() for case in (nsmallest(few, of_one, key=drawn) if few else of_one)}
