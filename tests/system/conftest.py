from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.system.https import under_https
from tests.system.kubernetes import APIServer
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys


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
        settings.PUBLIC_CA = (folder / "tls.crt").read_text()
        yield origin
