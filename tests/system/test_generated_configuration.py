"""What we generate, pasted unchanged into a real kube-apiserver and a real kubectl."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from accounts.models import Group, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from clustersync import apiserver, kubeconfigs
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, CredentialKind
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from clustersync.yaml_for_go import as_yaml
from common.actors import SYSTEM
from tests.clustersync.conftest import lab as lab
from tests.system.conftest import Start
from tests.system.kubernetes import ASSETS, NAMESPACES, REAL, APIServer, known, since, token_for, version
from tokens import jwt
from tokens.models import Application
from tokens.services.grants import begin
from tokens.services.issue import issue_to_application

STRUCTURED = since(1, 34)

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def token_of_robo(https: str, robo: Application, prod: Cluster) -> Callable[[], str]:
    return lambda: issue_to_application(application=robo, audience=prod.audience).access_token


def session_of(user: User) -> str:
    return str(user.sessions.latest("created_at").pk)


@STRUCTURED
@pytest.mark.parametrize("wanted", apiserver.VERSIONS)
def test_it_knows_people_and_applications_by_the_configuration(
    start: Start,
    kubernetes: APIServer,
    prod: Cluster,
    bob: User,
    researchers: Group,
    token_of_robo: Callable[[], str],
    wanted: str,
) -> None:
    Cluster.objects.update(mode="oidc")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED, wanted)

    person, program = known(kubernetes, token_for(bob, prod.audience)), known(kubernetes, token_of_robo())

    assert (person["username"], person["uid"]) == ("runai:bob@example.com", str(bob.pk))
    assert "runai:researchers" in person["groups"]
    assert person["extra"]["runai-identity/session-id"] == [session_of(bob)]
    assert person["extra"]["authentication.kubernetes.io/credential-id"][0].startswith("JTI=")
    assert program["username"] == "runai:service-account-robo" and "runai-identity/session-id" not in program["extra"]
    assert program["uid"] == str(Application.objects.get(client_id="robo").pk)


@STRUCTURED
def test_it_refuses_a_token_for_another_audience_by_the_configuration(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    Cluster.objects.update(mode="oidc")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED)

    assert known(kubernetes, token_for(bob, prod.audience))
    assert kubernetes.who(token_for(bob, "")) is None


@STRUCTURED
def test_a_cluster_that_shares_takes_id_tokens_and_no_other_clusters_tokens(
    start: Start, kubernetes: APIServer, prod: Cluster, lab: Cluster, ada: User
) -> None:
    Cluster.objects.update(mode="both", accepts_shared_audience=True)
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED, token=token)
    runai, session = Application.objects.get(client_id="runai"), start_session(user=ada, kind=SessionKind.DEVICE)
    issued, _ = begin(session=session, application=runai, scope="openid email profile")

    for good in (token_for(ada, prod.audience), issued.id_token):
        assert known(kubernetes, good)["username"] == "runai:ada@example.com"
    assert [kubernetes.who(bad) for bad in (token_for(ada, lab.audience), issued.access_token)] == [None, None]


@STRUCTURED
def test_the_platforms_names_are_refused_where_kubernetes_keeps_them(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    """Without a prefix somebody may be called what Kubernetes calls its administrators."""
    Cluster.objects.update(mode="oidc", legacy_flags=True)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED)

    person = known(kubernetes, token_for(bob, prod.audience))

    assert (person["username"], person["uid"]) == (str(bob.pk), str(bob.pk))
    assert person["groups"] == ["system:authenticated"]
    assert kubernetes.who(signed(prod.audience, sub="system:admin")) is None


def signed(audience: str, **changes: object) -> str:
    """By us, for this cluster: nothing but the rules in CEL stands against what it says."""
    good = {"sub": "1", "preferred_username": "x@example.com", "client_id": "runai-cli", "groups": ["system:masters"]}
    claims = {name: value for name, value in {**good, **changes}.items() if value is not None}
    return jwt.sign(jwt.AccessToken, claims, audience=audience, lifetime=timedelta(minutes=5))


@STRUCTURED
def test_its_rules_refuse_what_kube_apiserver_would_take(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    Cluster.objects.update(mode="oidc")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED)

    user = known(kubernetes, signed(prod.audience))

    assert user["username"] == "runai:x@example.com"
    assert user["groups"] == ["runai:system:masters", "system:authenticated"]
    for wrong in ({"sub": ""}, {"preferred_username": ""}, {"client_id": None}, {"groups": [{"name": "x"}]}):
        assert kubernetes.who(signed(prod.audience, **wrong)) is None
    assert known(kubernetes, signed(prod.audience, groups=None))["groups"] == ["system:authenticated"]


@STRUCTURED
def test_the_expressions_for_aks_mean_the_same(
    kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, https: str, tmp_path: Path
) -> None:
    Cluster.objects.update(mode="oidc", username_prefix="aks:jwt:runai:", groups_prefix="aks:jwt:runai:")
    facts = facts_of(Cluster.objects.get(pk=prod.pk))
    (aks,) = [one for one in apiserver.snippets(facts, AuthenticationForm.STRUCTURED) if one.name == "aks"]
    item = yaml.safe_load(aks.text)
    # Where AKS has another place for it.
    item["issuer"]["certificateAuthority"] = facts.public_ca
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    (tmp_path / "aks.yaml").write_text(yaml.safe_dump({**head, "jwt": [item]}))
    kubernetes.start([f"--authentication-config={tmp_path / 'aks.yaml'}"])

    user = known(kubernetes, token_for(bob, prod.audience))

    assert (user["username"], user["uid"]) == ("aks:jwt:runai:bob@example.com", str(bob.pk))
    assert "aks:jwt:runai:researchers" in user["groups"]


def test_it_knows_people_by_the_flags(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    Cluster.objects.update(mode="oidc")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)

    user = known(kubernetes, token_for(bob, prod.audience))

    assert user["username"] == "runai:bob@example.com"
    assert "runai:researchers" in user["groups"]
    noted = {"authentication.kubernetes.io/credential-id"} if version() >= (1, 32) else set()
    assert set(user.get("extra", ())) == noted


def test_the_platforms_three_flags_go_on_working(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    Cluster.objects.update(mode="oidc", legacy_flags=True)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)

    user = known(kubernetes, token_for(bob, prod.audience))

    assert (user["username"], user["groups"]) == (str(bob.pk), ["system:authenticated"])


def kubectl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ASSETS / "kubectl", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("form", kubeconfigs.KubeconfigForm)
def test_kubectl_reads_each_kubeconfig(prod: Cluster, tmp_path: Path, form: kubeconfigs.KubeconfigForm) -> None:
    Cluster.objects.update(api_url="https://prod.example.com:6443", legacy_flags=True)
    facts = facts_of(Cluster.objects.get(pk=prod.pk))
    config = kubeconfigs.kubeconfig([facts], person=kubeconfigs.KubeconfigOwner(name="bob@example.com"), form=form)
    (tmp_path / "config").write_text(as_yaml(config))

    seen = kubectl("config", "view", "--raw", "-o", "yaml", f"--kubeconfig={tmp_path / 'config'}")

    assert seen.returncode == 0, seen.stderr
    assert yaml.safe_load(seen.stdout)["current-context"] == "bob@example.com@prod"
    assert yaml.safe_load(seen.stdout)["users"][0]["user"].keys() == config["users"][0]["user"].keys()  # type: ignore[index]


def test_a_token_pasted_into_the_kubeconfig_signs_in(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, tmp_path: Path
) -> None:
    Cluster.objects.update(mode="webhook", api_url=f"https://127.0.0.1:{kubernetes.port}")
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED, token=token)
    Cluster.objects.update(api_ca=(kubernetes.folder / "tls.crt").read_text())
    facts = facts_of(Cluster.objects.get(pk=prod.pk))
    config: Any = kubeconfigs.kubeconfig(
        [facts], person=kubeconfigs.KubeconfigOwner(name="bob"), form=kubeconfigs.KubeconfigForm.TOKEN
    )
    config["users"][0]["user"]["token"] = token_for(bob, prod.audience)
    (tmp_path / "config").write_text(as_yaml(config))

    refused = kubectl("get", "--raw", NAMESPACES, f"--kubeconfig={tmp_path / 'config'}")

    assert 'User "runai:bob@example.com" cannot list resource' in refused.stderr


def test_kubectl_itself_renews_what_the_older_form_holds(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, tmp_path: Path
) -> None:
    """As the platform's older command line leaves it: a refresh token, for which kubectl gets an ID token."""
    Cluster.objects.update(mode="oidc", legacy_flags=True, api_url=f"https://127.0.0.1:{kubernetes.port}")
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.FLAGS)
    Cluster.objects.update(api_ca=(kubernetes.folder / "tls.crt").read_text())
    facts = facts_of(Cluster.objects.get(pk=prod.pk))
    form, person = kubeconfigs.KubeconfigForm.AUTH_PROVIDER, kubeconfigs.KubeconfigOwner(name="bob")
    config: Any = kubeconfigs.kubeconfig([facts], person=person, form=form)
    runai = Application.objects.get(client_id="runai")
    issued, _ = begin(session=start_session(user=bob, kind=SessionKind.DEVICE), application=runai, scope="openid")
    config["users"][0]["user"]["auth-provider"]["config"]["refresh-token"] = issued.refresh_token
    (tmp_path / "config").write_text(as_yaml(config))
    assert known(kubernetes, token_for(bob, prod.audience))

    refused = kubectl("get", "--raw", NAMESPACES, f"--kubeconfig={tmp_path / 'config'}")

    assert f'User "{bob.pk}" cannot list resource' in refused.stderr
