"""A backup is of one moment, takes no memory, and is nobody else's to read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from accounts.models import Membership, User
from audit.models import Event
from runai_identity.backup import rows
from runai_identity.backup.making import one_moment
from tests import cast
from tests.backup.kept import back_up, empty_the_database, lines_of, restore
from tests.memory import peak_of

with_database = pytest.mark.django_db(transaction=True)


def in_a_thread(work: Callable[[], object]) -> bool:
    """Return True if it was done within ten seconds."""
    done = []

    def run() -> None:
        done.append(work())
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(10)
    return bool(done)


@with_database
def test_it_is_of_one_moment_and_holds_nobody_up() -> None:
    with one_moment():
        assert User.objects.count() == 0

        written = in_a_thread(lambda: cast.make_group("researchers", cast.person("bob")))

        assert written
        assert (User.objects.count(), Membership.objects.count()) == (0, 0)
    assert (User.objects.count(), Membership.objects.count()) == (1, 1)


@with_database
def test_afterwards_transactions_are_as_before() -> None:
    before = connection.transaction_mode if connection.vendor == "sqlite" else ""  # type: ignore[attr-defined]
    with one_moment():
        pass

    assert before == (connection.transaction_mode if connection.vendor == "sqlite" else "")  # type: ignore[attr-defined]
    assert cast.person("bob").pk


@with_database
def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    told = back_up(tmp_path / "kept")

    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert "which only its owner may read: it holds secrets" in told
    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]


@with_database
def test_it_replaces_no_file(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("before")

    with pytest.raises(CommandError, match="exists already"):
        back_up(tmp_path / "kept")

    assert (tmp_path / "kept").read_text() == "before"


def recorded() -> list[tuple[str, str, str]]:
    return list(Event.objects.order_by("pk").values_list("action", "result", "reason"))


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


# Of what is done with the file when it is whole; without hard links it gets its name in another way.
STEPS = [("os.fsync",), ("os.link", "os.rename")]


@with_database
@pytest.mark.parametrize("steps", STEPS)
def test_what_broke_off_leaves_no_file_and_is_said_not_to_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: tuple[str, ...]
) -> None:
    for step in steps:
        monkeypatch.setattr(step, full)

    with pytest.raises(CommandError, match="can't be written: No space left on device"):
        back_up(tmp_path / "kept")

    assert list(tmp_path.iterdir()) == []
    assert recorded() == [("backup:make", "Failed", "backup_not_written")]


@with_database
@pytest.mark.parametrize("steps", [*STEPS, ("os.link",)])
def test_nothing_is_said_of_one_that_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: tuple[str, ...]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.link", full)
    for step in steps:
        monkeypatch.setattr(step, interrupt)

    with pytest.raises(KeyboardInterrupt):
        back_up(tmp_path / "kept")

    assert recorded() == []
    assert list(tmp_path.iterdir()) == []


@with_database
@pytest.mark.parametrize("moment", ["writing", "committing"])
def test_a_backup_that_can_not_be_recorded_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    commit = connection._commit  # type: ignore[attr-defined]

    def go_away(*_: object, **__: object) -> None:
        if moment == "committing" and not (tmp_path / "kept").exists():
            commit()
            return
        raise OperationalError("the connection was closed")

    where: tuple[object, str] = (Event, "save") if moment == "writing" else (connection, "_commit")
    monkeypatch.setattr(*where, go_away)

    with pytest.raises((CommandError, OperationalError), match="the connection was closed"):
        back_up(tmp_path / "kept")

    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    assert recorded() == []


@with_database
def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be written: No such file or directory"):
        back_up(tmp_path / "none/kept")

    assert recorded() == [("backup:make", "Failed", "backup_not_written")]


def memory_for(people: int, file: Path) -> tuple[int, int]:
    """Return what backing up and restoring so many takes."""
    User.objects.bulk_create([User(email=f"{file.name}-{n}@example.com") for n in range(people)], batch_size=500)
    making = peak_of(lambda: back_up(file))
    empty_the_database()
    return making, peak_of(lambda: restore(file))


@pytest.mark.slow
@with_database
def test_five_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    memory_for(1, tmp_path / "first")  # what is loaded once
    few = memory_for(2_500, tmp_path / "few")  # two batches of reading overlap

    many = memory_for(12_500, tmp_path / "many")

    assert len(lines_of(tmp_path / "many")) > 12_500
    assert many[0] - few[0] < 1_500_000  # ten thousand rows held at once take ten times that
    assert many[1] - few[1] < 1_500_000


# Of each kind of field that a table of ours has, what its columns may hold.
VALUES: dict[str, list[Any]] = {
    "AutoField": [1],
    "BigAutoField": [2**40],
    "BigIntegerField": [-(2**62)],
    "BinaryField": [b"", b"\x00\xff", bytes(range(256))],
    "BooleanField": [True, False],
    "CharField": ["", "Zoë 🦊\t\x7f\u2028'\"\\"],
    "DateTimeField": [datetime(2026, 11, 28, 23, 59, 59, 999999, UTC), datetime(1, 1, 1, tzinfo=UTC)],
    "DurationField": [timedelta(0), timedelta(days=-1, microseconds=1), timedelta(days=400, seconds=5)],
    "FloatField": [0.1, -1e300],
    "GenericIPAddressField": ["192.0.2.1", "2001:db8::1"],
    "IntegerField": [-5],
    "JSONField": [{}, [], "text", {"a": [None, True, 1.5, "ü"]}],
    "PositiveBigIntegerField": [2**62],
    "PositiveIntegerField": [7],
    "PositiveSmallIntegerField": [7],
    "SlugField": ["gpu-1"],
    "TextField": ["", "line\nline"],
    "UUIDField": [UUID("b0000000-0000-4000-8000-000000000001")],
}


def kind_of(field: Any) -> str:
    while field.remote_field:
        field = field.target_field
    return str(field.get_internal_type())


def test_every_value_of_every_column_comes_back() -> None:
    for table in rows.tables():
        for at in range(4):
            row = tuple(
                None if at == 3 and field.null else VALUES[kind_of(field)][at % len(VALUES[kind_of(field)])]
                for field in table.fields
            )
            back = table.parsed(json.loads(json.dumps(row, default=rows.plain)))
            assert tuple(bytes(one) if isinstance(one, memoryview) else one for one in back) == row
