import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clustersync.models import Cluster
from clustersync.services.credentials import hash_of
from tests import cast


@pytest.fixture
def file(tmp_path: Path, tree: cast.Tree) -> Path:
    return tmp_path / "webhook.json"


def register(file: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("registercluster", "gpu-1", "--webhook-file", str(file), *arguments, stdout=out)
    return out.getvalue()


def test_it_writes_the_secret_to_a_file_of_its_own(file: Path) -> None:
    said = register(file, "--api-url", "https://gpu-1.example.com:6443")

    token = json.loads(file.read_text())["users"][0]["user"]["token"]
    cluster = Cluster.objects.get(slug="gpu-1")
    assert cluster.credentials.get().secret_hash == hash_of(token)
    assert file.stat().st_mode & 0o777 == 0o600
    assert token not in said
    assert cluster.api_url == "https://gpu-1.example.com:6443"


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        ("webhook", "--authentication-token-webhook-config-file", "--oidc-issuer-url"),
        ("oidc", "--oidc-issuer-url", "--authentication-token-webhook-config-file"),
    ],
)
def test_it_says_what_the_api_server_must_be_told(file: Path, mode: str, told: str, untold: str) -> None:
    said = register(file, "--mode", mode)

    assert told in said and untold not in said
    assert f"/admin/clustersync/cluster/{Cluster.objects.get(slug='gpu-1').pk}/connect/" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--api-url", "http://gpu-1"], "https://gpu-1.example.com:6443"),
        (["--ca-file", "/nonexistent"], "can't be read"),
    ],
)
def test_it_leaves_nothing_behind_when_it_refuses(file: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        register(file, *arguments)

    assert not file.exists()
    assert not Cluster.objects.filter(slug="gpu-1").exists()


def test_it_overwrites_no_file(file: Path) -> None:
    file.write_text("mine")

    with pytest.raises(CommandError, match="exists already"):
        register(file)

    assert file.read_text() == "mine"
    assert not Cluster.objects.filter(slug="gpu-1").exists()
