"""The agent's kubeconfig: read once for a thousand contexts, and again when somebody has changed it."""

from pathlib import Path

import pytest
import yaml
from kubernetes.config import kube_config

from clustersync.agent.kube import Kubernetes, NotConfigured


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kubeconfig"


def write(file: Path, token: str) -> None:
    names = ("one", "two")
    clusters = [{"name": name, "cluster": {"server": f"https://{name}.example.com"}} for name in names]
    contexts = [{"name": name, "context": {"cluster": name, "user": "agent"}} for name in names]
    users = [{"name": "agent", "user": {"token": token}}]
    config = {"clusters": clusters, "contexts": contexts, "users": users, "current-context": "one"}
    file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **config}))


def bearer(file: Path, context: str = "one") -> str:
    configuration = Kubernetes.by_kubeconfig(file, context)._rbac.api_client.configuration
    (token,) = configuration.api_key.values()
    return f"{configuration.host} {token}"


def test_each_context_is_its_own(file: Path) -> None:
    write(file, "first")

    assert bearer(file, "one") == "https://one.example.com Bearer first"
    assert bearer(file, "two") == "https://two.example.com Bearer first"


def test_it_is_read_once_for_all_contexts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, "first")
    bearer(file)
    monkeypatch.setattr(kube_config, "KubeConfigMerger", None)

    assert bearer(file, "two")


def test_it_is_read_again_when_it_was_changed(file: Path) -> None:
    write(file, "first")
    bearer(file)

    write(file, "another")

    assert bearer(file) == "https://one.example.com Bearer another"


def test_a_file_that_is_missing_is_said_to_be(file: Path) -> None:
    with pytest.raises(NotConfigured, match="can't be used"):
        Kubernetes.by_kubeconfig(file)
