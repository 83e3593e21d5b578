"""Whoever holds a cluster holds that cluster alone: tried with kubectl, our plugin and a real kube-apiserver.

A System administrator signs in and uses kubectl; the stranger who is sent the token tries it everywhere.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from tests import cast
from tests.cli.conftest import sign_in
from tests.cli.running import Shell
from tests.clustersync.conftest import lab as lab
from tests.clustersync.conftest import post_review, review_body
from tests.conftest import APIAs
from tests.system.conftest import Start
from tests.system.kubernetes import ADMIN_TOKEN, ASSETS, NAMESPACES, REAL, APIServer, known, token_for
from tests.system.recorder import Recorder, recording
from tests.system.test_kubectl import oidc_form
from tests.system.test_kubectl import shell as shell
from tests.tokens.asking import by_secret, call_api, post_form, signed_in, userinfo
from tokens.models import Application, Grant

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]

Kubectl = Callable[[str], None]


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Recorder]:
    with recording(tmp_path / "stranger") as recorder:
        yield recorder


@pytest.fixture
def olga(tree: cast.Tree) -> User:
    """Registers and updates clusters in the whole account: Cloud operator."""
    user = cast.person("olga")
    cast.rule("user", user.email, "Cloud operator", tree.tenant)
    return user


@pytest.fixture
def uses_kubectl(shell: Shell, https: str, tmp_path: Path, live_server: LiveServer, ada: User) -> Kubectl:
    """Ada signs in, sets her kubeconfig, and looks into a cluster."""

    def run(cluster: str) -> None:
        sign_in(shell, https, signed_in(ada), ca_file=str(tmp_path / "issuer/tls.crt"), at=live_server.url)
        shell.ok("kubeconfig", "set")
        asked = [str(ASSETS / "kubectl"), "--context", f"{ada.email}@{cluster}", "get", "pods"]
        subprocess.run(asked, env=shell.everything({}), capture_output=True, text=True, timeout=60)

    return run


def opened(token: str, *others: tuple[Cluster, str]) -> list[str]:
    """What the stranger gets by it of the control plane and of other clusters."""
    tried: dict[str, Callable[[], bool]] = {
        "API": lambda: call_api(token).status_code == 200,
        "userinfo": lambda: bool(userinfo(token).status_code == 200),
        "refresh": lambda: bool(
            post_form("token", client_id="runai-cli", grant_type="refresh_token", refresh_token=token).status_code
            == 200
        ),
        "sign out": lambda: bool(post_form("revoke", client_id="runai-cli", token=token)) and was_ended(),
        "administration": lambda: (
            Client().get("/admin/", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        ),
        **{str(cluster): reviewing(cluster, credential, token) for cluster, credential in others},
    }
    return [place for place, tries in tried.items() if tries()]


def was_ended() -> bool:
    return Grant.objects.exclude(revoked_at=None).exists() or Session.objects.exclude(revoked_at=None).exists()


def reviewing(cluster: Cluster, credential: str, token: str) -> Callable[[], bool]:
    return lambda: bool(post_review(cluster, credential, review_body(token)).json()["status"]["authenticated"])


@pytest.fixture
def offline(start: Start, kubernetes: APIServer, prod: Cluster) -> APIServer:
    """Return an API server that verifies the tokens of prod by itself."""
    Cluster.objects.update(mode="oidc")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), oidc_form())
    return kubernetes


def test_a_cloud_operators_own_cluster_collects_nothing_of_use(
    offline: APIServer, prod: Cluster, ada: User, olga: User, api_as: APIAs, stranger: Recorder, uses_kubectl: Kubectl
) -> None:
    known(offline, token_for(ada, prod.audience))
    mine = {"name": "mine", "apiUrl": stranger.url, "certificateAuthority": stranger.ca}
    assert api_as(olga).post("/api/v1/clusters", mine, format="json").status_code == 201

    uses_kubectl("mine")

    token = next(iter(filter(None, stranger.tokens)))
    assert opened(token, (prod, cast.PROD_WEBHOOK_TOKEN)) == []
    assert offline.who(token) is None


@pytest.mark.parametrize("change", ["apiUrl", "certificateAuthority"])
def test_a_cloud_operator_leads_nobodys_kubectl_elsewhere(
    prod: Cluster, olga: User, api_as: APIAs, stranger: Recorder, uses_kubectl: Kubectl, tmp_path: Path, change: str
) -> None:
    """By another address; or by another CA, where the stranger answers for the address already."""
    at_the_address = change == "certificateAuthority"
    other_ca = (tmp_path / "issuer/tls.crt").read_text()
    url = stranger.url if at_the_address else "https://127.0.0.1:1"
    Cluster.objects.update(api_url=url, api_ca=other_ca if at_the_address else stranger.ca)
    value = stranger.ca if at_the_address else stranger.url

    refused = api_as(olga).patch(f"/api/v1/clusters/{prod.pk}", {change: value}, format="json")
    uses_kubectl("prod")

    assert (refused.status_code, refused.json()["details"]) == (403, "exceeds_own_access")
    assert stranger.tokens == []


def test_who_breaks_into_a_cluster_with_the_platforms_flags_holds_no_other_domain(
    start: Start,
    kubernetes: APIServer,
    prod: Cluster,
    lab: Cluster,
    ada: User,
    stranger: Recorder,
    uses_kubectl: Kubectl,
) -> None:
    """It is the API server that sees the token; and the token is good there."""
    Cluster.objects.update(mode="oidc", legacy_flags=True)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)
    Cluster.objects.filter(pk=prod.pk).update(api_url=stranger.url, api_ca=stranger.ca)

    uses_kubectl("prod")

    token = next(iter(filter(None, stranger.tokens)))
    assert known(kubernetes, token)["username"] == str(ada.pk)
    assert opened(token, (lab, "lab-webhook-token")) == []


def test_the_platforms_flags_take_no_token_for_the_api(
    start: Start, kubernetes: APIServer, prod: Cluster, ada: User, robo: Application
) -> None:
    Cluster.objects.update(mode="oidc", legacy_flags=True)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)
    known(kubernetes, token_for(ada, prod.audience))

    for_the_api = [token_for(ada, ""), by_secret(robo)["accessToken"]]

    assert [call_api(token).status_code for token in for_the_api] == [200, 200]
    assert [kubernetes.who(token) for token in for_the_api] == [None, None]


def test_no_application_is_a_user_that_the_cluster_binds(
    start: Start, kubernetes: APIServer, prod: Cluster, ada: User, robo: Application
) -> None:
    Cluster.objects.update(mode="oidc", legacy_flags=True)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)
    Application.objects.filter(pk=robo.pk).update(client_id="kube-admin")
    cast.rule("app", "kube-admin", "Viewer", prod.scope)
    kubernetes.bind("User", "kube-admin", "cluster-admin")
    named = Application.objects.get(pk=robo.pk)

    token = by_secret(named, audience=prod.audience)["accessToken"]

    assert known(kubernetes, token)["username"] == "service-account-kube-admin"
    assert kubernetes.ask(token, NAMESPACES).status_code == 403
    assert kubernetes.ask(ADMIN_TOKEN, NAMESPACES).status_code == 200
