from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from clustersync import apiserver
from clustersync.apiserver import AuthenticationForm, ClusterFacts
from tests.system.https import under_https
from tests.system.kubernetes import APIServer
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys

Start = Callable[..., None]


@pytest.fixture
def kubernetes(tmp_path: Path) -> Iterator[APIServer]:
    """Not started yet: a test says with which flags."""
    server = APIServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def https(live_server: LiveServer, tmp_path: Path, settings: Settings) -> Iterator[str]:
    """We, served under this https origin, which is the issuer's and whose CA is stated in what we generate."""
    ensure_keys()
    ensure_built_in_clients()
    folder = tmp_path / "issuer"
    folder.mkdir()
    with under_https(live_server.url, folder) as origin:
        settings.PUBLIC_URL, settings.ISSUER = origin, f"{origin}/auth/realms/{django_settings.REALM}"
        settings.OAUTH2_PROVIDER = {**django_settings.OAUTH2_PROVIDER, "OIDC_ISS_ENDPOINT": django_settings.ISSUER}
        settings.PUBLIC_CA = (folder / "tls.crt").read_text()
        yield origin


@pytest.fixture
def start(kubernetes: APIServer, https: str, tmp_path: Path) -> Start:
    """Put the generated files where the generated arguments say, in a folder of the test, and wait for our keys."""

    def begin(facts: ClusterFacts, form: AuthenticationForm, version: str = "v1", token: str = "") -> None:
        folder = str(tmp_path / "pasted")
        Path(folder).mkdir()
        for file in apiserver.files(facts, form, version=version, token=token, folder=folder):
            Path(file.path).write_text(file.text)
        asked = apiserver.arguments(facts, form, folder=folder)
        kubernetes.start([f"--{name}={value}" for name, value in asked])

    return begin
