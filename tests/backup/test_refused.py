"""A backup that is damaged, doesn't fit or has no room is refused by name, and nothing is written."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management.base import CommandError
from pytest_django import Settings

from accounts.models import User
from tests import cast
from tests.backup.kept import back_up, empty_the_database, lines_of, nothing_is_written, restore, write_lines
from tests.keys import plant_keys

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Change = Callable[[list[Any]], None]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of people and signing keys; the database is empty after it."""
    plant_keys()
    for name in ("ada", "alice", "bob"):
        cast.person(name)
    back_up(tmp_path / "kept")
    empty_the_database()
    return tmp_path / "kept"


def refusal_of(file: Path) -> str:
    with nothing_is_written(), pytest.raises(CommandError) as refused:
        restore(file)
    return str(refused.value)


def rows_of(lines: list[Any], table: str) -> slice:
    begin = next(at for at, line in enumerate(lines) if isinstance(line, dict) and line.get("table") == table) + 1
    end = next(at for at in range(begin, len(lines)) if isinstance(lines[at], dict))
    return slice(begin, end)


def twice_the_same_person(lines: list[Any]) -> None:
    people = rows_of(lines, "accounts_user")
    lines.insert(people.start, lines[people.start])
    lines[-1]["rows"] += 1


def a_rule_of_no_scope(lines: list[Any]) -> None:
    members = rows_of(lines, "accounts_membership")
    lines.insert(members.start, [1, "", "2026-01-01T00:00:00+00:00", *["0" * 32] * 2])
    columns = lines[members.start - 1]["columns"]
    plain = {"id": 1, "source": "", "created_at": "2026-01-01T00:00:00+00:00"}
    lines[members.start] = [plain.get(column, "0" * 32 if column.endswith("_id") else "") for column in columns]
    lines[-1]["rows"] += 1


def a_row_too_few(lines: list[Any]) -> None:
    del lines[rows_of(lines, "accounts_user").start]


def no_end(lines: list[Any]) -> None:
    del lines[-1]


def another_column(lines: list[Any]) -> None:
    lines[rows_of(lines, "accounts_user").start - 1]["columns"][1] = "shoe_size"


def a_later_version(lines: list[Any]) -> None:
    lines[0]["migrations"].append(["accounts", "9999_later"])


def an_earlier_version(lines: list[Any]) -> None:
    lines[0]["migrations"].remove(["audit", "0001_initial"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (twice_the_same_person, "The database refused a row, and nothing was restored"),
        (a_rule_of_no_scope, "The database refused a row, and nothing was restored"),
        (a_row_too_few, "damaged or incomplete"),
        (no_end, "damaged or incomplete"),
        (another_column, "damaged or incomplete"),
        (a_later_version, "another version of this service: it has accounts.9999_later. Restore it with the version"),
        (an_earlier_version, "another version of this service: it lacks audit.0001_initial. Restore it with"),
    ],
)
def test_its_content_does_not_fit(kept: Path, tmp_path: Path, change: Change, told: str) -> None:
    lines = lines_of(kept)
    change(lines)
    write_lines(tmp_path / "changed", lines)

    assert told in refusal_of(tmp_path / "changed")


@pytest.mark.parametrize("at", [0.0, 0.02, 0.3, 0.7, 0.999])
def test_a_byte_is_another(kept: Path, at: float) -> None:
    content = bytearray(kept.read_bytes())
    content[int(at * len(content))] ^= 1
    kept.write_bytes(content)

    assert refusal_of(kept)


@pytest.mark.parametrize("part", [0.0, 0.005, 0.5, 0.999])
def test_it_is_cut_off(kept: Path, part: float) -> None:
    content = kept.read_bytes()
    kept.write_bytes(content[: int(part * len(content))])

    assert refusal_of(kept)


def test_our_keys_do_not_open_it(kept: Path, settings: Settings) -> None:
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert "IDENTITY_ENCRYPTION_KEYS doesn't open this backup" in refusal_of(kept)


def test_our_keys_open_it_and_not_the_secrets_in_it(tmp_path: Path, settings: Settings) -> None:
    plant_keys()
    old, new = settings.IDENTITY_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.IDENTITY_ENCRYPTION_KEYS = [new, old]
    back_up(tmp_path / "kept")
    empty_the_database()
    settings.IDENTITY_ENCRYPTION_KEYS = [new]

    assert "doesn't open 4 of the secrets in this backup" in refusal_of(tmp_path / "kept")


def test_its_format_is_of_another_version(kept: Path) -> None:
    first, rest = kept.read_bytes().split(b"\n", 1)
    kept.write_bytes(json.dumps({**json.loads(first), "version": 2}).encode() + b"\n" + rest)

    assert "format 2, and this server reads format 1" in refusal_of(kept)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]\n", b"\xff\xfe\n", b"SQLite format 3\0", b'{"format": 1}\n'])
def test_it_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)

    assert "no file that manage.py backup made" in refusal_of(tmp_path / "other")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("device", ["pipe", "folder", "/dev/null", "/dev/zero"])
def test_what_can_not_be_read_twice_is_not_waited_for(tmp_path: Path, device: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    assert "is no file. A backup is read twice" in refusal_of(tmp_path / device)


def test_there_is_no_such_file(tmp_path: Path) -> None:
    assert "can't be read: No such file" in refusal_of(tmp_path / "none")


def test_the_database_is_not_empty(kept: Path) -> None:
    cast.person("charlie")

    with pytest.raises(CommandError, match=r"empty database only\. There are rows in accounts_user"):
        restore(kept)

    assert [user.email for user in User.objects.all()] == ["charlie@example.com"]
