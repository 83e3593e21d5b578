"""A start collects static files when they differ from those collected last, and only then."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.utils.functional import empty
from pytest_django import Settings

from runai_identity import static_files

STORAGE: Any = staticfiles_storage


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Two files of one application, collected once."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.css").write_text("a { color: red }")
    (own / "b.js").write_text("b()")
    settings.DATA_DIR, settings.STATIC_ROOT, settings.STATICFILES_DIRS = tmp_path, tmp_path / "static", [own]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    _anew()
    static_files.collect()
    yield own
    _anew()


def _anew() -> None:
    """Have finders and storage look at the settings again."""
    finder: Any = get_finder
    finder.cache_clear()
    STORAGE._wrapped = empty


def nothing(own: Path) -> None:
    """Leave all as it is."""


def change(own: Path) -> None:
    (own / "a.css").write_text("a { color: tan }")  # as long as it was


def add(own: Path) -> None:
    (own / "c.js").write_text("c()")


def remove(own: Path) -> None:
    (own / "b.js").unlink()


def rename(own: Path) -> None:
    (own / "b.js").rename(own / "d.js")


def lose_a_collected_one(own: Path) -> None:
    next((own.parent / "static").glob("a.*.css")).unlink()


def lose_all(own: Path) -> None:
    (own.parent / "static/staticfiles.json").unlink()


@pytest.mark.parametrize("happens", [change, add, remove, rename, lose_a_collected_one, lose_all, nothing])
def test_it_collects_what_differs(
    folder: Path, happens: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(folder)
    _anew()
    ran: list[str] = []

    def run(name: str, **given: Any) -> None:
        ran.append(name)
        call_command(name, **given)

    monkeypatch.setattr(static_files, "call_command", run)

    static_files.collect()
    static_files.collect()

    assert ran == ([] if happens is nothing else ["collectstatic"])
    _anew()
    collected = {file.name for file in (folder.parent / "static").iterdir()}
    assert {STORAGE.stored_name(file.name) for file in folder.iterdir()} <= collected
