"""docs/reliability.md on an upgrade, and the CHANGELOG on going back, typed in a checkout of the last release."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import ROOT, Start
from tests.upgrades.releases import CREATED, RELEASES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LAST = RELEASES[-1]
PASSWORD = "Correct-Horse-1"
ADMINISTRATOR = {"RUNAI_ADMIN_PASSWORD": PASSWORD}


class Upgrading:
    """A checkout of the last release, which follows this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start = Start(folder / "data")
        self.start.code = folder
        self.start.output = folder.parent / "output"
        # Of a repository with one branch: this checkout may be on none.
        followed = folder.parent / "followed.git"
        subprocess.run(["git", "init", "--quiet", "--bare", str(followed)], check=True)
        subprocess.run(["git", "push", "--quiet", str(followed), "HEAD:refs/heads/main"], cwd=ROOT, check=True)
        subprocess.run(["git", "clone", "--quiet", "--branch", "main", str(followed), str(folder)], check=True)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.type(f"git reset --quiet --hard {LAST.commit}")

    def type(self, commands: str) -> str:
        """Run them, but the server."""
        typed = commands.replace("make run\n", "").replace(
            "make manage", "make --no-print-directory -o .venv/base manage"
        )
        environment = {"PATH": os.environ["PATH"], "PORT": str(self.start.port), **ADMINISTRATOR}
        done = subprocess.run(
            ["bash", "-ec", typed], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=110
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self) -> None:
        self.start.kill()
        self.start.begin(**ADMINISTRATOR)
        self.start.wait_until_served()

    def ask(self, method: str, **more: object) -> requests.Response:
        body = {"grantType": "password", "username": "admin@runai.local", "password": PASSWORD}
        token = requests.post(f"{self.start.url}/api/v1/token", json=body, timeout=10).json()["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.start.url}/api/v1/users", headers=headers, timeout=10, **more)  # type: ignore[arg-type]


def block(page: str, word: str) -> str:
    (found,) = [one for one in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL) if word in one]
    return str(found)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Upgrading, str]]:
    """A server of the last release that was upgraded, and what the commands printed."""
    if not LAST.is_in_history:
        pytest.skip(f"this clone's history lacks {LAST.commit}")
    upgrading = Upgrading(tmp_path_factory.mktemp("upgraded") / "checkout")
    upgrading.serve()
    upgrading.start.kill()
    printed = upgrading.type(block("docs/reliability.md", "git pull"))
    upgrading.serve()
    yield upgrading, printed
    upgrading.start.kill()


def test_the_page_upgrades_a_checkout(upgraded: tuple[Upgrading, str]) -> None:
    upgrading, printed = upgraded

    assert "Wrote" in printed and "manage.py migrate" in printed
    assert upgrading.ask("GET").ok


def test_the_changelog_leads_back_and_loses_nothing(upgraded: tuple[Upgrading, str]) -> None:
    upgrading, _ = upgraded
    assert upgrading.ask("POST", json={"email": CREATED}).ok
    upgrading.start.kill()

    upgrading.type(block("CHANGELOG.md", "migrate accounts"))
    upgrading.type(f"git reset --quiet --hard {LAST.commit}")
    upgrading.serve()

    assert CREATED in upgrading.ask("GET").text
