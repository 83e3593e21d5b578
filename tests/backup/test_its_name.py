"""A backup gets its name when it is whole, and never in the place of another file."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError

from runai_identity.backup import rows
from tests.backup.kept import back_up
from tests.backup.test_making import full, recorded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("has_links", [True, False])
def test_of_two_with_one_name_the_first_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """The other one gets its name while this one is written."""
    kept = tmp_path / "kept"
    write = rows.write
    monkeypatch.setattr(rows, "write", lambda *given: (write(*given), kept.write_text("of the other"))[0])
    if not has_links:
        monkeypatch.setattr("os.link", full)

    with pytest.raises(CommandError, match="exists already"):
        back_up(tmp_path / "kept")

    assert kept.read_text() == "of the other" and list(tmp_path.iterdir()) == [kept]
    assert recorded() == [("backup:make", "Failed", "backup_exists")]


@pytest.mark.parametrize("has_links", [True, False])
def test_it_is_the_same_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool) -> None:
    if not has_links:
        monkeypatch.setattr("os.link", full)

    back_up(tmp_path / "kept")

    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]
    assert (tmp_path / "kept").stat().st_size > 1000 and (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert recorded() == [("backup:make", "Succeeded", "")]


def test_it_replaces_no_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "kept").symlink_to(tmp_path / "nothing")

    with pytest.raises(CommandError, match="exists already"):
        back_up(tmp_path / "kept")

    assert [(file.name, file.is_symlink()) for file in tmp_path.iterdir()] == [("kept", True)]
