"""How the command line gets onto a machine: as one file that the server hands out, or as a package."""

import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import requests
import yaml
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests import cast
from tests.cli.running import SOURCE, Shell
from tests.conftest import BrowserAs
from tests.walking import steps, walk
from tokens.models import Application

URL = "/cli/runai-identity"


@pytest.fixture
def downloaded(shell: Shell, server: str) -> Path:
    """As curl puts it there."""
    path = shell.home / "runai-identity"
    path.write_bytes(requests.get(server + URL, timeout=10).content)
    path.chmod(0o755)
    return path


def run(path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """With the Python of the machine, and with nothing that is installed beside it."""
    everything = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(path.parent), **environment}
    return subprocess.run([path, *words], env=everything, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_file_runs_as_it_is(downloaded: Path) -> None:
    assert run(downloaded, "version").stdout.startswith("runai-identity 0.2.0 (Python 3.")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_knows_where_it_came_from(downloaded: Path, server: str, robo: Application) -> None:
    done = run(downloaded, "login", "--application", "robo", RUNAI_IDENTITY_CLIENT_SECRET=cast.ROBO_SECRET)

    assert done.returncode == 0, done.stderr
    assert f"Signed in at {server} as robo." in done.stderr
    assert run(downloaded, "logout", "--nonsense").returncode == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_brings_what_it_needs(downloaded: Path) -> None:
    bare = subprocess.run(
        [sys.executable, "-I", "-S", downloaded, "kubeconfig", "set", "--help"], capture_output=True, text=True
    )

    assert bare.returncode == 0, bare.stderr


def test_anybody_may_have_it(db: None) -> None:
    answer = Client().get(URL)

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="runai-identity"'
    names = zipfile.ZipFile(BytesIO(answer.content)).namelist()
    assert {"__main__.py", "runai_identity_cli/main.py", "yaml/LICENSE"} <= set(names)


def test_it_is_the_same_file_each_time(db: None) -> None:
    first, again = (Client().get(URL).content for _ in range(2))

    assert first == again


def test_the_account_page_says_how(bob: User, browser_as: BrowserAs) -> None:
    page = browser_as(bob).get("/account").content.decode()

    assert "curl -fsSLo runai-identity http://testserver/cli/runai-identity" in page
    assert "runai-identity kubeconfig set" in page


def test_the_account_page_says_how_with_an_authority_of_ones_own(
    bob: User, browser_as: BrowserAs, settings: Settings
) -> None:
    settings.PUBLIC_CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

    page = browser_as(bob).get("/account").content.decode()

    assert "curl --cacert ca.crt -fsSLo runai-identity http://testserver/cli/runai-identity" in page
    assert "runai-identity login --ca-file ca.crt" in page
    assert settings.PUBLIC_CA in page


# A test reaches no package index: what the build and the program need is that of this environment.
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "false", "PIP_QUIET": "1"}


BUILT = shutil.ignore_patterns("*.egg-info", "build", "__pycache__")


@pytest.mark.slow
def test_it_installs_from_a_checkout_as_the_page_says(tmp_path: Path) -> None:
    (install,) = [step for step in steps("docs/cli.md") if "pip install" in step.commands]
    shutil.copytree(SOURCE.parent, tmp_path / "cli", ignore=BUILT)
    site = {"PYTHONPATH": str(Path(yaml.__file__).parents[1])}

    walk("bash", [install], cwd=tmp_path, environment={"HOME": str(tmp_path), **NO_INDEX, **site})

    done = run(tmp_path / ".local/bin/runai-identity", "version", **site)
    assert done.stdout.startswith("runai-identity 0.2.0"), done.stderr
    assert steps("cli/README.md")[0] == install
