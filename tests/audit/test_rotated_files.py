"""A file of the audit log's stream that is rotated in the moment in which it is written."""

import os
from pathlib import Path
from typing import Any

import pytest

from audit.streams.sinks import FileSink
from tests.audit.tampering import write_entries
from tests.audit.test_streams import ids_of, lines_of, send_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("moved", ["renamed", "renamed, and another made", "removed"])
def test_a_file_that_is_rotated_while_it_is_written_has_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: str
) -> None:
    """A rotation that compresses the old file at once reads it before these lines are written to it."""
    file, write = tmp_path / "log", os.write

    def rotate(*given: Any) -> int:
        monkeypatch.undo()
        file.rename(tmp_path / "log.1") if "renamed" in moved else file.unlink()
        if "another" in moved:
            file.touch()
        return write(*given)

    ids = write_entries(3)
    monkeypatch.setattr("os.write", rotate)
    send_all("file", FileSink(str(file)))

    assert ids_of(lines_of(file)) == ids
