"""A context named for somebody acts as them, whoever signed in last on this machine."""

import fcntl
import json
import time
from typing import Any

import pytest
import requests
import yaml

from accounts.models import Group, User
from clustersync.models import Cluster
from tests.cli.conftest import begin, go, sign_in
from tests.cli.running import Shell
from tests.cli.test_plugin_for_kubectl import asking
from tests.tokens.asking import signed_in
from tokens import jwt
from tokens.models import Application

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _reached_by_people(prod: Cluster) -> None:
    Cluster.objects.update(api_url="https://prod.example.com:6443")


def plugin_of(shell: Shell, name: str) -> dict[str, Any]:
    """The exec entry of a context, as kubectl runs it."""
    users = yaml.safe_load((shell.home / ".kube/config").read_text())["users"]
    (found,) = [one["user"]["exec"] for one in users if one["name"] == f"{name}@prod"]
    return dict(found)


def run(shell: Shell, name: str) -> tuple[int, str]:
    """The exit code of the plugin of a context, and as whom it acts or what it says."""
    plugin = plugin_of(shell, name)
    environment = {one["name"]: one["value"] for one in plugin["env"]}
    done = shell.run(*plugin["args"], **environment, KUBERNETES_EXEC_INFO=asking())
    if done.returncode:
        return done.returncode, done.stderr
    claims = jwt.read_for_anybody(json.loads(done.stdout)["status"]["token"])
    return 0, str(claims["preferred_username"])


def test_a_context_refuses_who_signed_in_later(bobs: Shell, server: str, alice: User) -> None:
    bobs.ok("kubeconfig", "set")
    assert run(bobs, "bob@example.com") == (0, "bob@example.com")

    said = sign_in(bobs, server, signed_in(alice))

    assert "bob@example.com was signed in here until now." in said
    code, said = run(bobs, "bob@example.com")
    assert code == 1
    assert "This context is for bob@example.com, and alice@example.com is signed in (profile default)." in said


def test_both_have_contexts_when_each_has_a_profile(bobs: Shell, server: str, alice: User) -> None:
    bobs.ok("kubeconfig", "set")
    hers = Shell(bobs.home, {"RUNAI_IDENTITY_PROFILE": "alice"})

    sign_in(hers, server, signed_in(alice))
    hers.ok("kubeconfig", "set")

    assert run(bobs, "bob@example.com") == (0, "bob@example.com")
    assert run(bobs, "alice@example.com") == (0, "alice@example.com")


def test_it_gives_no_token_of_somebody_else_who_signs_in_when_kubectl_asks(
    bobs: Shell, server: str, alice: User
) -> None:
    bobs.ok("kubeconfig", "set")
    bobs.ok("logout")
    plugin = plugin_of(bobs, "bob@example.com")
    environment = {one["name"]: one["value"] for one in plugin["env"]}

    there = {"KUBERNETES_EXEC_INFO": asking(interactive=True), "DISPLAY": ":0"}
    waiting, address = begin(bobs, *plugin["args"], **environment, **there)
    go(signed_in(alice), address)

    assert waiting.end() == 1
    assert "This context is for bob@example.com, and alice@example.com is signed in" in waiting.said
    assert "ExecCredential" not in waiting.said


def test_an_applications_context_is_its_own(robos: Shell, server: str, robo: Application, prod: Cluster) -> None:
    robos.ok("login", "--server", server, "--application", robo.client_id)
    robos.ok("kubeconfig", "set")

    assert run(robos, robo.client_id) == (0, f"service-account-{robo.client_id}")


def test_a_kubeconfig_from_the_server_is_its_owners_alone(
    bobs: Shell, server: str, bob: User, alice: User, researchers: Group
) -> None:
    token = bobs.ok("token").strip()
    text = requests.get(f"{server}/api/v1/me/kubeconfig", headers={"Authorization": f"Bearer {token}"}, timeout=10).text
    (bobs.home / ".kube").mkdir()
    (bobs.home / ".kube/config").write_text(text)
    assert run(bobs, "bob@example.com") == (0, "bob@example.com")

    sign_in(bobs, server, signed_in(alice))

    assert run(bobs, "bob@example.com")[0] == 1


def test_nobody_gets_the_token_of_who_signed_in_while_they_waited(bobs: Shell, server: str, alice: User) -> None:
    """Another process holds what both wait for; when it lets go, Alice is the one who is signed in."""
    bobs.ok("kubeconfig", "set")
    plugin = plugin_of(bobs, "bob@example.com")
    hers = Shell(bobs.home, {"RUNAI_IDENTITY_PROFILE": "alice"})
    sign_in(hers, server, signed_in(alice))
    hers.ok("token", "--cluster", "prod")
    (folder,) = bobs.home.rglob("runai-identity/default")

    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = {one["name"]: one["value"] for one in plugin["env"]}
        waiting = bobs.start(*plugin["args"], **environment, KUBERNETES_EXEC_INFO=asking())
        time.sleep(1.5)  # it has seen by now that Bob is signed in
        (folder / "session.json").write_bytes((folder.parent / "alice/session.json").read_bytes())

    assert waiting.end() == 1
    assert "alice@example.com signed in at" in waiting.said
    assert "ExecCredential" not in waiting.said
