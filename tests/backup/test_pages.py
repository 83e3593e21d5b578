"""docs/backup.md and docs/disaster.md, typed: beside a server, and after what they are about has happened."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import ROOT, Start

pytestmark = pytest.mark.slow

PASSWORD = "Correct-Horse-1"
ADMINISTRATOR = {"RUNAI_ADMIN_PASSWORD": PASSWORD}


class Checkout:
    """A folder like a checkout, with `data`, in which blocks of the pages are typed."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        folder.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in ("data", "backups"):
                (folder / entry.name).symlink_to(entry)
        self.start = Start(folder / "data")
        self.start.port = port or self.start.port
        self.start.url = f"http://127.0.0.1:{self.start.port}"

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """Run its commands, but the server."""
        typed = block.replace("make run\n", "").replace("make manage", "make --no-print-directory -o .venv/base manage")
        environment = {"PATH": os.environ["PATH"], "PORT": str(self.start.port), **ADMINISTRATOR}
        return subprocess.run(
            ["bash", "-ec", typed], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=110
        )

    def type(self, page: str, word: str) -> str:
        (block,) = [one for one in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL) if word in one]
        done = self.run(block)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self) -> None:
        self.start.begin(**ADMINISTRATOR)
        self.start.wait_until_served()

    def token(self) -> str:
        body = {"grantType": "password", "username": "admin@runai.local", "password": PASSWORD}
        answer = requests.post(f"{self.start.url}/api/v1/token", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["accessToken"])

    def takes(self, token: str) -> bool:
        answer = requests.get(f"{self.start.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        return answer.status_code == 200


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """A server that was backed up while it served, and has stopped; and a token of its administrator."""
    checkout = Checkout(tmp_path_factory.mktemp("first") / "checkout")
    try:
        checkout.serve()
        token = checkout.token()
        checkout.type("docs/backup.md", "backup backups/identity-")
    finally:
        checkout.start.kill()
    (made,) = (checkout.folder / "backups").iterdir()
    made.rename(made.parent / "identity")
    return checkout, token


@pytest.fixture
def again(first: tuple[Checkout, str], tmp_path: Path) -> Iterator[Callable[..., Checkout]]:
    """Another checkout with these folders of the first one."""
    made = []

    def copied(*folders: str) -> Checkout:
        checkout = Checkout(tmp_path / "checkout", first[0].start.port)
        for folder in folders:
            shutil.copytree(first[0].folder / folder, checkout.folder / folder)
        made.append(checkout)
        return checkout

    yield copied
    for one in made:
        one.start.kill()


def test_a_lost_database_comes_back(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> None:
    checkout = again("data", "backups")

    checkout.type("docs/disaster.md", "lost/")
    checkout.serve()

    assert checkout.takes(first[1])


def test_a_lost_machine_comes_back(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> None:
    checkout = again("backups")
    shutil.copytree(first[0].folder / "data/secrets", checkout.folder / "safe")

    checkout.type("docs/disaster.md", "safe/")
    checkout.serve()

    assert checkout.takes(first[1])


def test_the_page_on_backups_restores_what_it_backed_up(again: Callable[..., Checkout]) -> None:
    checkout = again("data")
    checkout.type("docs/backup.md", "backup backups/identity-")
    for file in (checkout.folder / "data").glob("*.sqlite3*"):
        file.unlink()

    assert "Restored" in checkout.type("docs/backup.md", "restore backups/identity-")


def test_without_the_keys_there_are_tokens_again(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> None:
    checkout = again("data", "backups")
    (checkout.folder / "data/secrets/identity_encryption_keys").unlink()

    checkout.type("docs/disaster.md", "after-the-loss")
    checkout.serve()

    assert checkout.takes(checkout.token())
    assert not checkout.takes(first[1])


def test_leaked_keys_open_nothing_that_is_made_later(
    first: tuple[Checkout, str], again: Callable[..., Checkout]
) -> None:
    checkout = again("data", "backups")
    leaked = (checkout.folder / "data/secrets/identity_encryption_keys").read_text()

    checkout.type("docs/disaster.md", "leaked_keys")
    checkout.serve()

    served = (checkout.takes(checkout.token()), checkout.takes(first[1]))
    checkout.start.kill()
    (checkout.folder / "data/secrets/identity_encryption_keys").write_text(leaked)
    for file in (checkout.folder / "data").glob("*.sqlite3*"):
        file.unlink()
    refused = checkout.run('make manage ARGS="restore backups/under-the-new-key"')
    assert served == (True, False)
    assert "IDENTITY_ENCRYPTION_KEYS doesn't open this backup" in refused.stderr


def test_without_the_secret_key_browsers_are_signed_out(again: Callable[..., Checkout]) -> None:
    checkout = again("data")
    checkout.serve()
    browser = requests.Session()
    page = browser.get(f"{checkout.start.url}/login", timeout=10)
    csrf = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[0]
    form = {"email": "admin@runai.local", "password": PASSWORD, "csrfmiddlewaretoken": csrf}
    browser.post(f"{checkout.start.url}/login", form, timeout=10)
    account = f"{checkout.start.url}/account"
    before = browser.get(account, allow_redirects=False, timeout=10).status_code
    checkout.start.kill()

    checkout.type("docs/disaster.md", "> data/secrets/secret_key")
    checkout.serve()

    after = browser.get(account, allow_redirects=False, timeout=10).status_code
    assert (before, after) == (200, 302)
