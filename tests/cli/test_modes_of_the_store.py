"""What others could read or write is not used: each bit of a mode that is theirs, of the file and of its folders."""

from pathlib import Path

import pytest
from runai_identity_cli.failures import Failure
from runai_identity_cli.store import Store

THEIRS = [1 << bit for bit in range(6)]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = Store("default")
    store.write("session.json", {"refresh_token": "secret"})
    return store


def places(store: Store) -> list[Path]:
    """The file, the profile's folder, and the folder of all profiles."""
    file = Path(store.path("session.json"))
    return [file, file.parent, file.parent.parent]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("bit", THEIRS, ids=oct)
def test_it_reads_nothing_that_is_open_to_others(store: Store, place: int, bit: int) -> None:
    path = places(store)[place]
    path.chmod(path.stat().st_mode | bit)

    with pytest.raises(Failure, match="open to other users"):
        store.read("session.json")


@pytest.mark.parametrize("bit", THEIRS, ids=oct)
def test_it_writes_into_no_folder_that_is_open_to_others(store: Store, bit: int) -> None:
    folder = places(store)[1]
    folder.chmod(0o700 | bit)

    with pytest.raises(Failure, match="open to other users"):
        store.write("session.json", {})


def test_it_reads_what_is_its_owners_alone(store: Store) -> None:
    assert store.read("session.json") == {"refresh_token": "secret"}
    assert [path.stat().st_mode & 0o777 for path in places(store)] == [0o600, 0o700, 0o700]
