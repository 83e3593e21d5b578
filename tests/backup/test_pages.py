"""docs/backup.md and docs/disaster.md, typed: beside a server, and after what they are about has happened."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.faults.databases import PostgreSQL
from tests.start.test_make_run import ROOT, Start

pytestmark = pytest.mark.slow

PASSWORD = "Correct-Horse-1"
PLACEHOLDER = "postgresql://identity:PASSWORD@127.0.0.1:5432/identity"
SERVE = f"{sys.executable} -m runai_identity.local"
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
        self.start.output = folder.parent / "output"
        self.start.port = port or self.start.port
        self.start.url = f"http://127.0.0.1:{self.start.port}"

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """Run its commands, but the server."""
        typed = block.replace("make run\n", "").replace("make manage", "make --no-print-directory -o .venv/base manage")
        environment = {"PATH": os.environ["PATH"], "PORT": str(self.start.port), **ADMINISTRATOR}
        return subprocess.run(
            ["bash", "-ec", f"umask 022\n{typed}"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
        )

    def type(self, page: str, word: str, **values: str) -> str:
        """Type the block with this word, with values in place of what the page has."""
        (block,) = [one for one in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL) if word in one]
        for placeholder, value in values.items():
            assert placeholder in block
            block = block.replace(placeholder, value)
        done = self.run(block)
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.open_to_others() == []
        assert self.unknown_to_git() == []
        return done.stdout

    def open_to_others(self) -> list[Path]:
        """Return what others than its owner may read, but what stands in a folder that they can't enter."""
        made = [one for one in self.folder.iterdir() if not one.is_symlink()]
        files = [one for top in made for one in (top, *top.rglob("*"))]
        is_open = {one for one in files if one.stat().st_mode & 0o077}
        return sorted(one for one in is_open if one.parent == self.folder or one.parent in is_open)

    def unknown_to_git(self) -> list[str]:
        """Return what is neither of the repository nor left out of it: `git add .` would take secrets."""
        made = [f"{one.name}/" if one.is_dir() else one.name for one in self.folder.iterdir() if not one.is_symlink()]
        asked = ["git", "check-ignore", "--no-index", "--stdin"]
        done = subprocess.run(asked, cwd=ROOT, input="\n".join(made), capture_output=True, text=True, check=False)
        return sorted(set(made) - set(done.stdout.split()))

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
def first(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> tuple[Checkout, str]:
    """A server that was backed up while it served, and has stopped; and a token of its administrator."""
    checkout = Checkout(tmp_path_factory.mktemp("first") / "checkout")
    checkout.start.with_tables(migrated)
    try:
        checkout.serve()
        token = checkout.token()
        checkout.type("docs/backup.md", "backup backups/identity-")
    finally:
        checkout.start.kill()
    return checkout, token


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()


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

    checkout.type("docs/disaster.md", "LOST")
    checkout.serve()

    assert checkout.takes(first[1])


def test_a_lost_machine_comes_back(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> None:
    checkout = again("backups")
    shutil.copytree(first[0].folder / "data/secrets", checkout.folder / "safe")
    (checkout.folder / "safe").chmod(0o700)

    checkout.type("docs/disaster.md", "safe/")
    checkout.serve()

    assert checkout.takes(first[1])


def test_the_page_on_backups_restores_what_it_backed_up(again: Callable[..., Checkout]) -> None:
    checkout = again("data")
    checkout.type("docs/backup.md", "backup backups/identity-")
    for file in (checkout.folder / "data").glob("*.sqlite3*"):
        file.unlink()

    assert "Restored" in checkout.type("docs/backup.md", "ls -t backups")


def test_without_the_keys_there_are_tokens_again(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> None:
    checkout = again("data", "backups")
    (checkout.folder / "data/secrets/identity_encryption_keys").unlink()

    checkout.type("docs/disaster.md", "after-the-loss")
    checkout.serve()

    assert checkout.takes(checkout.token())
    assert not checkout.takes(first[1])


@pytest.fixture
def after_the_leak(first: tuple[Checkout, str], again: Callable[..., Checkout]) -> tuple[Checkout, str, list[bool]]:
    """A server after what the page says, the leaked key, and whether it issued a token after each step."""
    checkout = again("data", "backups")
    leaked = (checkout.folder / "data/secrets/identity_encryption_keys").read_text()
    issued = []
    for step in ("> new_key", "rm new_key"):
        checkout.type("docs/disaster.md", step)
        if step == "> new_key":
            checkout.serve()
        issued.append(checkout.takes(checkout.token()))
    checkout.start.kill()
    checkout.serve()
    return checkout, leaked, issued


def test_leaked_keys_open_nothing_that_is_made_later(
    first: tuple[Checkout, str], after_the_leak: tuple[Checkout, str, list[bool]]
) -> None:
    checkout, leaked, issued = after_the_leak
    served = (checkout.takes(checkout.token()), checkout.takes(first[1]))
    checkout.start.kill()
    (checkout.folder / "data/secrets/identity_encryption_keys").write_text(leaked)
    for file in (checkout.folder / "data").glob("*.sqlite3*"):
        file.unlink()

    refused = checkout.run('make manage ARGS="restore backups/under-the-new-key"')

    assert issued == [True, True] and served == (True, False)
    assert "IDENTITY_ENCRYPTION_KEYS doesn't open this backup" in refused.stderr


def test_it_moves_to_postgresql(
    first: tuple[Checkout, str], again: Callable[..., Checkout], server: PostgreSQL
) -> None:
    checkout = again("data")
    url = server.another("moved").url

    checkout.type("docs/backup.md", "before-postgresql", **{PLACEHOLDER: url})
    checkout.start.begin(**ADMINISTRATOR, DATABASE_URL=url)
    checkout.start.wait_until_served()

    assert checkout.takes(first[1])


@pytest.mark.parametrize("name", ["secret_key", "identity_encryption_keys"])
def test_what_is_said_without_a_secret_leads_to_the_page(again: Callable[..., Checkout], name: str) -> None:
    checkout = again("data")
    (checkout.folder / "data/secrets" / name).unlink()

    said = {checkout.run(block).stderr.splitlines()[0] for block in ("make manage ARGS=check", SERVE)}

    assert len(said) == 1
    assert name in (one := said.pop()) and "docs/disaster.md" in one


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
