import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clustersync.models import Cluster
from common.hashes import sha256_of
from tests import cast


@pytest.fixture
def file(tmp_path: Path, tree: cast.Tree) -> Path:
    return tmp_path / "webhook.json"


def register(file: Path, *arguments: str) -> str:
    return registered("--webhook-file", str(file), *arguments)[0]


def registered(*arguments: str) -> tuple[str, str]:
    """What it prints, and its warnings."""
    out, err = StringIO(), StringIO()
    call_command("registercluster", "gpu-1", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_writes_the_secret_to_a_file_of_its_own(file: Path) -> None:
    said = register(file, "--api-url", "https://gpu-1.example.com:6443")

    token = json.loads(file.read_text())["users"][0]["user"]["token"]
    cluster = Cluster.objects.get(slug="gpu-1")
    assert cluster.credentials.get().secret_hash == sha256_of(token)
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
def test_it_says_what_the_api_server_must_be_told(
    tree: cast.Tree, tmp_path: Path, settings: Settings, mode: str, told: str, untold: str
) -> None:
    settings.DATA_DIR = tmp_path

    said, _ = registered("--mode", mode)

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


@pytest.mark.parametrize(
    ("mode", "files"), [("webhook", ["gpu-1-webhook.json"]), ("both", ["gpu-1-webhook.json"]), ("oidc", [])]
)
def test_a_secret_is_kept_with_the_servers_own_data_and_only_where_it_is_used(
    tree: cast.Tree, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: str, files: list[str]
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")

    registered("--mode", mode)

    assert [file.name for file in settings.DATA_DIR.iterdir()] == files
    assert list((tmp_path / "checkout").iterdir()) == []


def test_it_has_no_webhook_file_for_who_verifies_by_itself(file: Path) -> None:
    with pytest.raises(CommandError, match="has no webhook"):
        register(file, "--mode", "oidc")

    assert not file.exists()


@pytest.mark.parametrize(("url", "warned"), [("http://127.0.0.1:8000", True), ("https://identity.example.com", False)])
def test_it_warns_that_no_cluster_trusts_http(file: Path, settings: Settings, url: str, warned: bool) -> None:
    settings.PUBLIC_URL = url

    _, said = registered("--webhook-file", str(file), "--api-url", "https://gpu-1.example.com:6443")

    assert ("kube-apiserver asks and trusts an https address alone" in said) is warned
    assert "docs/tls.md" in said or not warned


def test_it_says_that_people_can_not_reach_it_yet(file: Path) -> None:
    _, said = registered("--webhook-file", str(file))

    assert "People can't reach it by kubectl until its address is entered" in said
