import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings as django_settings
from django.test import Client
from lxml import html
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.cli.hostile import Liar, lying
from tests.cli.running import Shell, Waiting
from tests.keys import plant_keys
from tests.tokens.asking import signed_in
from tokens.services.clients import ensure_built_in_clients


@pytest.fixture
def server(live_server: LiveServer, settings: Settings) -> str:
    """A running server, which calls itself by the address at which it is reached."""
    plant_keys()
    ensure_built_in_clients()
    settings.PUBLIC_URL = live_server.url
    settings.ISSUER = f"{live_server.url}/auth/realms/{django_settings.REALM}"
    settings.OAUTH2_PROVIDER = {**django_settings.OAUTH2_PROVIDER, "OIDC_ISS_ENDPOINT": django_settings.ISSUER}
    return str(live_server.url)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def bobs(shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster) -> Shell:
    """The shell of somebody who is signed in, and may do something in one cluster."""
    sign_in(shell, server, signed_in(bob))
    return shell


def sign_in(shell: Shell, server: str, browser: Client, *, ca_file: str = "", at: str = "") -> str:
    """By the browser, which goes where the command line sends it, or to the same `at` another origin; what is said."""
    authority = ["--ca-file", ca_file] if ca_file else []
    waiting, address = begin(shell, "login", "--server", server, "--browser", *authority)
    go(browser, address.replace(server, at) if at else address)
    assert waiting.end() == 0, waiting.said
    return waiting.said


def begin(shell: Shell, *words: str, **environment: str) -> tuple[Waiting, str]:
    """A command that waits for somebody to sign in, and where it would send their browser."""
    waiting = shell.start(*words, BROWSER="true", **environment)
    return waiting, waiting.until(r"^  (https?://\S+/auth\?\S+)$")[1]


def go(browser: Client, address: str) -> requests.Response:
    """To an address of the live server, on to wherever it leads, and allowing what is asked there."""
    kept = {django_settings.SESSION_COOKIE_NAME: browser.cookies[django_settings.SESSION_COOKIE_NAME].value}
    with requests.Session() as visitor:
        page = visitor.get(address, cookies=kept, timeout=10)
        if 'name="request_token"' not in page.text:
            return page
        shown = html.fromstring(page.text, base_url=page.url)
        shown.make_links_absolute()
        (form,) = (form for form in shown.forms if "request_token" in form.fields)
        allowed = visitor.post(
            form.action,
            data={**dict(form.form_values()), "decision": "allow"},
            headers={"Referer": page.url},
            cookies=kept,
            timeout=10,
        )
        (to,) = html.fromstring(allowed.text).xpath("//p/a/@href")
        return visitor.get(to, timeout=10)


@pytest.fixture
def robos(shell: Shell) -> Shell:
    """The shell of an application, which holds its secret."""
    return Shell(shell.home, {"RUNAI_IDENTITY_CLIENT_SECRET": cast.ROBO_SECRET})


@pytest.fixture(scope="module")
def liar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liar]:
    """A server of which somebody is a guest, and who begins to lie."""
    with lying(tmp_path_factory.mktemp("liar")) as liar:
        yield liar


@pytest.fixture(scope="module")
def home(liar: Liar, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of somebody who signed in there while it was honest."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    shell.ok("login", "--device", "--server", liar.origin)
    (shell.home / "TOKEN").write_text("--oidc-client-id=a\n")
    return shell.home


@pytest.fixture
def guest(home: Path, liar: Liar, tmp_path: Path) -> Iterator[Shell]:
    shutil.copytree(home, tmp_path / "home")
    yield Shell(tmp_path / "home")
    liar.plan()
