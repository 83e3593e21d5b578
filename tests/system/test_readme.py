"""The README's main job, typed as it stands into each shell, twice, in a folder outside the checkout."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.start.test_make_run import Start
from tests.walking import SHELLS, differences, steps, walk

pytestmark = pytest.mark.slow

IN_THE_BROWSER = "JAR=$(mktemp)"  # begins the step that is left out by who chose a password already


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data")
    started.begin()
    started.wait_until_served()
    yield started
    started.kill()


@pytest.mark.parametrize("shell", SHELLS)
def test_it_prints_what_it_says(start: Start, tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}: scripts/install-{shell}")
    (folder := tmp_path / "elsewhere").mkdir()
    environment = {"URL": start.url, "EMAIL": "admin@runai.local", "ONE_TIME": start.password()}
    first = steps("README.md")
    again = [step for step in first if not step.commands.startswith(IN_THE_BROWSER)]

    wrong = [
        difference
        for typed in (first, again)
        for difference in differences(typed, walk(shell, typed, cwd=folder, environment=environment))
    ]

    assert (len(first), len(again)) == (11, 10)
    assert wrong == []
    assert list(folder.iterdir()) == []
