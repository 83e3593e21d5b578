"""kubectl, which takes its tokens from our plugin, at a real kube-apiserver that follows our roles."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from accounts.models import Group, User
from accounts.services.users import disable_user
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, CredentialKind
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.cli.conftest import sign_in
from tests.cli.running import Shell
from tests.conftest import APIAs
from tests.system.conftest import Start
from tests.system.kubernetes import ADMIN_TOKEN, ASSETS, REAL, APIServer, known, version
from tests.tokens.asking import signed_in
from tokens.models.keys import Algorithm
from tokens.services.keys import rotate_at_once

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]

Kubectl = Callable[..., subprocess.CompletedProcess[str]]
CONTEXT = "bob@example.com@prod"


def oidc_form() -> AuthenticationForm:
    return AuthenticationForm.STRUCTURED if version() >= (1, 34) else AuthenticationForm.FLAGS


@pytest.fixture
def connected(start: Start, kubernetes: APIServer, prod: Cluster, ada: User, api_as: APIAs) -> Callable[[str], Cluster]:
    """The cluster in a mode, told what we generate, with the RBAC that we desire applied by its administrator."""

    def connect(mode: str) -> Cluster:
        Cluster.objects.update(mode=mode, webhook_cache_seconds=1)
        cluster = Cluster.objects.get(pk=prod.pk)
        start(
            facts_of(cluster),
            oidc_form(),
            token=new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK),
        )
        Cluster.objects.update(
            api_url=f"https://127.0.0.1:{kubernetes.port}", api_ca=(kubernetes.folder / "tls.crt").read_text()
        )
        apply_rbac(kubernetes, api_as(ada), cluster)
        return cluster

    return connect


def apply_rbac(kubernetes: APIServer, api: APIClient, cluster: Cluster) -> None:
    """As GitOps does."""
    for namespace in ("runai-faces", "runai-dialects"):
        made = kubernetes.ask(ADMIN_TOKEN, "/api/v1/namespaces", {"metadata": {"name": namespace}})
        assert made.status_code == 201
    text = api.get(f"/api/v1/clusters/{cluster.pk}/rbac", HTTP_ACCEPT="application/yaml").content
    admin: list[str] = [
        "--server",
        f"https://127.0.0.1:{kubernetes.port}",
        "--token",
        ADMIN_TOKEN,
        "--certificate-authority",
        str(kubernetes.folder / "tls.crt"),
    ]
    kubectl = str(ASSETS / "kubectl")
    subprocess.run([kubectl, *admin, "apply", "-f", "-"], input=text, check=True, capture_output=True)


@pytest.fixture
def shell(tmp_path: Path, live_server: LiveServer) -> Shell:
    """With the command line as the server hands it out, and a kubectl, on its PATH."""
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    program = home / "bin/runai-identity"
    program.write_bytes(APIClient().get("/cli/runai-identity").content)
    program.chmod(0o755)
    return Shell(home, {"PATH": f"{home / 'bin'}:{ASSETS}:{os.environ['PATH']}"})


@pytest.fixture
def kubectl(shell: Shell, bob: User, researchers: Group) -> Kubectl:
    """Of somebody who signed in once."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        asked = [str(ASSETS / "kubectl"), "--context", CONTEXT, *words]
        return subprocess.run(asked, env=shell.everything({}), capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def signed_in_bob(shell: Shell, https: str, tmp_path: Path, live_server: LiveServer, bob: User) -> Callable[[], None]:
    def sign_in_and_set() -> None:
        sign_in(shell, https, signed_in(bob), ca_file=str(tmp_path / "issuer/tls.crt"), at=live_server.url)
        shell.ok("kubeconfig", "set")

    return sign_in_and_set


@pytest.mark.parametrize("mode", ["oidc", "webhook", "both"])
def test_it_gets_what_the_role_allows_and_nothing_else(
    connected: Callable[[str], Cluster],
    signed_in_bob: Callable[[], None],
    shell: Shell,
    kubectl: Kubectl,
    kubernetes: APIServer,
    mode: str,
) -> None:
    connected(mode)
    signed_in_bob()
    known(kubernetes, shell.ok("token", "--cluster", "prod").strip())

    allowed = kubectl("get", "pods", "-n", "runai-faces")
    elsewhere = kubectl("get", "pods", "-n", "runai-dialects")
    secrets = kubectl("get", "secrets", "-n", "runai-faces")

    assert allowed.returncode == 0, allowed.stderr
    assert 'User "runai:bob@example.com" cannot list resource "pods"' in elsewhere.stderr
    assert 'User "runai:bob@example.com" cannot list resource "secrets"' in secrets.stderr


def until_refused(kubectl: Kubectl) -> str:
    """What a person reads when the API server, which remembers tokens for ten seconds, refuses the kept one."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if (done := kubectl("get", "pods", "-n", "runai-faces")).returncode:
            return done.stderr
        time.sleep(0.5)
    raise AssertionError("it was never refused")


def test_a_withdrawn_token_is_refused_once_and_a_disabled_person_for_good(
    connected: Callable[[str], Cluster], signed_in_bob: Callable[[], None], kubectl: Kubectl, bob: User
) -> None:
    connected("webhook")
    signed_in_bob()
    assert kubectl("get", "pods", "-n", "runai-faces").returncode == 0

    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)

    assert "The token that was kept for prod was withdrawn, and there is another now" in until_refused(kubectl)
    again = kubectl("get", "pods", "-n", "runai-faces")
    assert (again.returncode, again.stderr.strip()) == (0, "No resources found in runai-faces namespace.")

    disable_user(actor=SYSTEM, user=bob)

    assert "is over: This account was disabled" in until_refused(kubectl)
    assert kubectl("get", "pods", "-n", "runai-faces").returncode == 1
