"""What deploy/Containerfile puts into the image serves, and nothing of it is written to."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import ROOT, Start

pytestmark = pytest.mark.slow


def let_in(relative: str) -> bool:
    """By .containerignore, whose forms are those that stand in it: everything, but these, without those."""
    lines = [line for line in (ROOT / ".containerignore").read_text().splitlines() if line and line[0] != "#"]
    first = relative.split("/")[0]
    named = any(fnmatch.fnmatch(one, line[1:]) for line in lines if line[0] == "!" for one in (relative, first))
    return named and "__pycache__" not in relative and not relative.startswith("cli/build")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the image has as /srv/runai-identity."""
    folder = tmp_path_factory.mktemp("image")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    for relative in filter(let_in, listed.stdout.splitlines()):
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / relative, folder / relative)
    return folder


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **more}


def files_of(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*")}


def test_it_serves_people_clusters_and_the_command_line(image: Path, tmp_path: Path) -> None:
    start, before = Start(tmp_path / "data"), files_of(image)
    more = {"PORT": str(start.port), "DATA_DIR": str(start.data)}
    with start.output.open("wb") as out:
        command = [sys.executable, "-m", "runai_identity.local"]
        start.process = subprocess.Popen(
            command, cwd=image, env=environment(**more), stdout=out, stderr=out, start_new_session=True
        )
    try:
        start.wait_until_served()
        paths = ("/login", "/static/css/tokens.css", "/cli/runai-identity", "/api/docs/openapi.json")
        answers = {path: requests.get(f"{start.url}{path}", timeout=10).status_code for path in paths}
        german = requests.get(f"{start.url}/login", headers={"Accept-Language": "de"}, timeout=10).text
    finally:
        start.kill()

    assert answers == dict.fromkeys(paths, 200)
    assert "Anmelden" in german
    assert files_of(image) == before


def test_it_is_the_agents_too(image: Path) -> None:
    agent = subprocess.run(
        [sys.executable, "-m", "clustersync.agent", "--once"],
        cwd=image,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (agent.returncode, "RUNAI_IDENTITY_URL" in agent.stderr) == (3, True)


def test_nothing_of_the_tests_is_in_it(image: Path) -> None:
    assert not {"tests", "bench", "docs", ".git"} & {file.name for file in image.iterdir()}
    assert [file.name for file in (image / "scripts").iterdir()] == ["sbom"]  # which the build runs


def test_both_names_of_the_list_say_the_same() -> None:
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()


def test_its_locks_can_be_installed_together() -> None:
    """pip refuses one package in two versions."""
    names = ("base.txt", "agent.txt", "traces.txt")
    locks = [(ROOT / "requirements" / name).read_text().splitlines() for name in names]
    pinned = {line.split()[0] for lock in locks for line in lock if line[:1].isalpha()}

    assert len(pinned) == len({re.split(r"[\[=]", one)[0] for one in pinned}) > 40
