"""`runai-identity kubeconfig set`: kubectl's own file, in which everything else stays."""

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from access.models import Scope, ScopeType
from clustersync.models import Cluster
from tests import cast
from tests.cli.authorities import AUTHORITY
from tests.cli.running import Shell

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

URL = "https://prod.example.com:6443"
THEIRS = """
apiVersion: v1
kind: Config
clusters: [{name: home, cluster: {server: "https://home:6443", certificate-authority: ca.crt}}]
users: [{name: me, user: {client-key: key.pem, something-newer: true}}]
contexts: [{name: home, context: {cluster: home, user: me, namespace: lab}}]
current-context: home
preferences: {colors: true}
"""


@pytest.fixture(autouse=True)
def _reached_by_people(prod: Cluster) -> None:
    prod.api_url, prod.api_ca = URL, AUTHORITY
    prod.save()


def file_of(shell: Shell) -> Path:
    return shell.home / ".kube/config"


def written(shell: Shell) -> Any:
    return yaml.safe_load(file_of(shell).read_text())


def write(shell: Shell, text: str) -> None:
    file_of(shell).parent.mkdir()
    file_of(shell).write_text(text)


def test_it_writes_what_the_server_says(bobs: Shell, server: str, prod: Cluster) -> None:
    said = bobs.ok("kubeconfig", "set")

    config = written(bobs)
    plugin = config["users"][0]["user"]["exec"]
    assert config["clusters"][0]["cluster"]["server"] == URL
    assert config["current-context"] == config["contexts"][0]["name"] == "bob@example.com@prod"
    assert plugin["args"] == ["get-token", "--cluster", str(prod.pk)]
    assert plugin["env"] == [
        {"name": "RUNAI_IDENTITY_SERVER", "value": server},
        {"name": "RUNAI_IDENTITY_USER", "value": "bob@example.com"},
    ]
    assert config["contexts"][0]["context"]["namespace"] == "runai-faces"
    assert "* bob@example.com@prod" in said
    assert stat.S_IMODE(file_of(bobs).stat().st_mode) == 0o600


def test_it_leaves_everything_else_alone(bobs: Shell) -> None:
    write(bobs, THEIRS)

    bobs.ok("kubeconfig", "set")

    before, after = yaml.safe_load(THEIRS), written(bobs)
    for section in ("clusters", "users", "contexts"):
        assert after[section][0] == before[section][0]
        assert len(after[section]) == 2
    assert (after["current-context"], after["preferences"]) == ("home", {"colors": True})


def test_it_makes_ours_current_when_told_to(bobs: Shell) -> None:
    write(bobs, THEIRS)

    bobs.ok("kubeconfig", "set", "--use", "prod")

    assert written(bobs)["current-context"] == "bob@example.com@prod"
    assert "no context for staging to use" in bobs.run("kubeconfig", "set", "--use", "staging").stderr


def test_writing_twice_changes_nothing(bobs: Shell) -> None:
    bobs.ok("kubeconfig", "set")
    first = file_of(bobs).read_bytes()

    bobs.ok("kubeconfig", "set")

    assert file_of(bobs).read_bytes() == first


def test_a_namespace_of_ones_own_stays(bobs: Shell) -> None:
    bobs.ok("kubeconfig", "set")
    file_of(bobs).write_text(file_of(bobs).read_text().replace("namespace: runai-faces", "namespace: mine"))

    bobs.ok("kubeconfig", "set")

    assert written(bobs)["contexts"][0]["context"]["namespace"] == "mine"


def test_it_replaces_no_cluster_that_only_has_the_same_name(bobs: Shell) -> None:
    write(bobs, THEIRS.replace("home", "prod"))
    before = file_of(bobs).read_bytes()

    done = bobs.run("kubeconfig", "set")

    assert done.returncode == 1
    assert "Left out prod: there is a cluster prod at https://prod:6443 already" in done.stderr
    assert file_of(bobs).read_bytes() == before
    bobs.ok("kubeconfig", "set", "--force")
    assert written(bobs)["clusters"][0]["cluster"]["server"] == URL


@pytest.mark.parametrize("text", ["- a\n- b", "kind: Pod", "{", "\x00", "a: b: c"])
def test_it_overwrites_nothing_that_it_can_not_read(bobs: Shell, text: str) -> None:
    write(bobs, text)

    done = bobs.run("kubeconfig", "set")

    assert done.returncode == 1
    assert "is no kubeconfig. Nothing was written." in done.stderr
    assert file_of(bobs).read_text() == text
    assert not file_of(bobs).with_name("config.lock").exists()


def test_it_writes_where_kubectl_reads(bobs: Shell) -> None:
    bobs.ok("kubeconfig", "set", KUBECONFIG=f"{bobs.home}/mine:{bobs.home}/other")

    assert (bobs.home / "mine").exists()
    assert not (bobs.home / "other").exists()


def test_it_keeps_to_the_clusters_that_were_named(bobs: Shell, tree: cast.Tree) -> None:
    staging = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "staging", tree.tenant)
    cast.cluster(staging, "another-webhook-token-" + "w" * 30, api_url="https://staging.example.com")
    _give(staging)

    bobs.ok("kubeconfig", "set", "--cluster", "staging")

    assert [context["name"] for context in written(bobs)["contexts"]] == ["bob@example.com@staging"]
    assert written(bobs)["current-context"] == "bob@example.com@staging"
    bobs.ok("kubeconfig", "set")
    assert len(written(bobs)["contexts"]) == 2


def test_another_profile_has_its_own_sign_in(bobs: Shell) -> None:
    mine = bobs.folder.with_name("lab")
    bobs.folder.rename(mine)

    bobs.ok("kubeconfig", "set", RUNAI_IDENTITY_PROFILE="lab")

    assert {"name": "RUNAI_IDENTITY_PROFILE", "value": "lab"} in written(bobs)["users"][0]["user"]["exec"]["env"]


def test_it_says_that_no_address_is_known(bobs: Shell, prod: Cluster) -> None:
    Cluster.objects.update(api_url="")

    done = bobs.run("kubeconfig", "set")

    assert done.returncode == 5
    assert "by which address people reach: prod. A system administrator does" in done.stderr
    assert "access rule" not in done.stderr
    assert not file_of(bobs).exists()


def test_it_names_those_without_an_address_beside_the_others(bobs: Shell, tree: cast.Tree) -> None:
    staging = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "staging", tree.tenant)
    cast.cluster(staging, "another-webhook-token-" + "w" * 30)
    _give(staging)

    done = bobs.run("kubeconfig", "set")

    assert done.returncode == 0
    assert "Left out. Nobody has entered yet by which address people reach: staging. A system" in done.stderr
    assert [context["name"] for context in written(bobs)["contexts"]] == ["bob@example.com@prod"]
    assert "staging" in bobs.run("clusters").stderr


def _give(scope: Scope) -> None:
    cast.rule("user", "bob@example.com", "Viewer", scope)
