"""The file of a backup is opened whole and unchanged, or not at all."""

import os
from pathlib import Path

import pytest

from common.errors import Invalid
from runai_identity.backup.container import PIECE, TAG, reading, writing

CONTENT = os.urandom(5 * PIECE)  # which doesn't shrink


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with (tmp_path / "kept").open("wb") as out, writing(out) as content:
        content.write(CONTENT)
    return tmp_path / "kept"


def read(file: Path) -> bytes:
    with reading(file) as content:
        return content.read()


def refused(file: Path) -> bool:
    with pytest.raises(Invalid):
        read(file)
    return True


@pytest.mark.parametrize("size", [0, 1, PIECE - 40, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_it_gives_back_what_was_written(tmp_path: Path, size: int) -> None:
    with (tmp_path / "kept").open("wb") as out, writing(out) as content:
        content.write(CONTENT[:size])

    assert read(tmp_path / "kept") == CONTENT[:size]


@pytest.mark.parametrize("twentieth", range(20))
def test_a_changed_byte_is_noticed_wherever_it_is(file: Path, twentieth: int) -> None:
    content = bytearray(file.read_bytes())
    content[(twentieth * len(content)) // 20 + twentieth] ^= 1 << twentieth % 8
    file.write_bytes(content)

    assert refused(file)


def pieces_of(file: Path) -> tuple[bytes, list[bytes]]:
    first, rest = file.read_bytes().split(b"\n", 1)
    return first + b"\n", [rest[at : at + PIECE + TAG] for at in range(0, len(rest), PIECE + TAG)]


@pytest.mark.parametrize("order", [[1, 0, 2, 3, 4, 5], [0, 2, 3, 4, 5], [0, 0, 1, 2, 3, 4, 5], [0, 1], [0, 1, 5], []])
def test_so_is_a_piece_that_was_moved_left_out_or_repeated(file: Path, order: list[int]) -> None:
    first, pieces = pieces_of(file)
    assert len(pieces) == 6
    file.write_bytes(first + b"".join(pieces[at] for at in order))

    assert refused(file)


def test_so_is_what_stands_after_its_end(file: Path) -> None:
    file.write_bytes(file.read_bytes() + os.urandom(40))

    assert refused(file)


def test_a_piece_of_another_file_is_noticed(file: Path, tmp_path: Path) -> None:
    with (tmp_path / "other").open("wb") as out, writing(out) as content:
        content.write(CONTENT)
    first, pieces = pieces_of(file)
    file.write_bytes(first + b"".join([*pieces[:2], pieces_of(tmp_path / "other")[1][2], *pieces[3:]]))

    assert refused(file)


def test_what_broke_off_is_incomplete(tmp_path: Path) -> None:
    with pytest.raises(KeyError), (tmp_path / "kept").open("wb") as out, writing(out) as content:
        content.write(CONTENT)
        raise KeyError

    assert refused(tmp_path / "kept")


def test_nothing_of_it_is_to_be_seen(tmp_path: Path) -> None:
    with (tmp_path / "kept").open("wb") as out, writing(out) as content:
        content.write(b"alice@example.com " * 1000)

    assert b"alice" not in (tmp_path / "kept").read_bytes()
