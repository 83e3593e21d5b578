import base64
from typing import Any

import pytest
import yaml

from clustersync.apiserver import ClusterFacts
from clustersync.kubeconfigs import Impossible, KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.yaml_for_go import as_yaml
from tests.clustersync.facts import CA, FACTS, LEGACY, SHARING, facts

ALICE = KubeconfigOwner(name="alice@example.com")
LAB = facts(name="lab", uuid="c2", audiences=("runai-lab-c2", "runai"), api_url="https://lab.example.com", api_ca=CA)


def written(*clusters: ClusterFacts, form: KubeconfigForm) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(as_yaml(kubeconfig(clusters, person=ALICE, form=form)))
    return config


def command(about: ClusterFacts, form: KubeconfigForm) -> dict[str, Any]:
    plugin: dict[str, Any] = written(about, form=form)["users"][0]["user"]["exec"]
    return plugin


@pytest.mark.parametrize("form", KubeconfigForm)
def test_it_names_contexts_for_cluster_and_user(form: KubeconfigForm) -> None:
    config = written(facts(audiences=SHARING), LAB, form=form)

    assert config["contexts"] == [
        {"name": f"alice@example.com@{name}", "context": {"cluster": name, "user": f"alice@example.com@{name}"}}
        for name in ("prod", "lab")
    ]
    assert [user["name"] for user in config["users"]] == [context["name"] for context in config["contexts"]]


def test_a_context_is_current_only_where_there_is_no_other() -> None:
    assert written(FACTS, form=KubeconfigForm.EXEC)["current-context"] == "alice@example.com@prod"
    assert written(facts(name="aaa", uuid="c3"), FACTS, form=KubeconfigForm.EXEC)["current-context"] == ""


def test_it_says_how_each_api_server_is_reached() -> None:
    prod, lab = written(FACTS, LAB, form=KubeconfigForm.EXEC)["clusters"]

    assert prod == {"name": "prod", "cluster": {"server": "https://gpu-1.example.com:6443"}}
    assert base64.b64decode(lab["cluster"]["certificate-authority-data"]).decode() == CA


@pytest.mark.parametrize("form", [KubeconfigForm.EXEC, KubeconfigForm.OIDC_LOGIN, KubeconfigForm.DEVICE_CODE])
def test_a_plugin_speaks_the_stable_version_and_says_how_it_is_installed(form: KubeconfigForm) -> None:
    plugin = command(FACTS, form)

    assert plugin["apiVersion"] == "client.authentication.k8s.io/v1"
    assert plugin["interactiveMode"] == "IfAvailable"
    assert plugin["installHint"].startswith("Install ")


def test_our_own_plugin_is_told_the_cluster_and_the_server() -> None:
    plugin = command(FACTS, KubeconfigForm.EXEC)

    assert [plugin["command"], *plugin["args"]] == ["runai-identity", "get-token", "--cluster", FACTS.uuid]
    assert plugin["env"] == [
        {"name": "RUNAI_IDENTITY_SERVER", "value": FACTS.origin},
        {"name": "RUNAI_IDENTITY_USER", "value": "alice@example.com"},
    ]


def test_oidc_login_asks_for_an_access_token_for_this_cluster() -> None:
    plugin = command(FACTS, KubeconfigForm.OIDC_LOGIN)

    assert [plugin["command"], *plugin["args"]] == [
        "kubectl",
        "oidc-login",
        "get-token",
        "--oidc-issuer-url=https://identity.example.com/auth/realms/runai",
        "--oidc-client-id=runai-cli",
        "--oidc-use-access-token",
        "--oidc-auth-request-extra-params=resource=runai-prod-c0000000",
        "--token-cache-dir=~/.kube/cache/oidc-login/runai-prod-c0000000",
    ]


def test_a_login_node_needs_no_browser() -> None:
    arguments = command(FACTS, KubeconfigForm.DEVICE_CODE)["args"]

    assert {"--grant-type=device-code", "--skip-open-browser"} <= set(arguments)
    assert "--oidc-extra-scope=audience:server:client_id:runai-prod-c0000000" in arguments


def test_oidc_login_trusts_a_company_ca() -> None:
    flags = command(facts(public_ca=CA), KubeconfigForm.OIDC_LOGIN)["args"]

    (given,) = [flag.partition("=")[2] for flag in flags if flag.startswith("--certificate-authority-data=")]
    assert base64.b64decode(given).decode() == CA


def test_no_two_clusters_share_a_cache() -> None:
    users = written(FACTS, LAB, form=KubeconfigForm.OIDC_LOGIN)["users"]

    folders = {flag for user in users for flag in user["user"]["exec"]["args"] if flag.startswith("--token-cache-dir")}
    assert len(folders) == 2


def test_a_static_token_is_not_issued_but_asked_for() -> None:
    (user,) = written(FACTS, form=KubeconfigForm.TOKEN)["users"]

    assert "https://identity.example.com/account" in user["user"]["token"]
    assert "runai-identity token --cluster prod" in user["user"]["token"]


def test_it_writes_the_platforms_older_form() -> None:
    (user,) = written(LEGACY, form=KubeconfigForm.AUTH_PROVIDER)["users"]

    assert user["user"]["auth-provider"] == {
        "name": "oidc",
        "config": {
            "airgapped": "true",
            "auth-flow": "cli",
            "realm": "runai",
            "client-id": "runai",
            "idp-issuer-url": "https://identity.example.com/auth/realms/runai",
            "redirect-uri": "https://identity.example.com/oauth-code",
        },
    }


def test_it_refuses_the_older_form_where_its_tokens_are_refused() -> None:
    with pytest.raises(Impossible, match="prod accepts tokens for itself alone"):
        written(FACTS, form=KubeconfigForm.AUTH_PROVIDER)


@pytest.mark.parametrize("form", KubeconfigForm)
def test_it_says_that_the_address_is_missing(form: KubeconfigForm) -> None:
    with pytest.raises(Impossible, match="by which address people reach prod"):
        written(facts(api_url=""), form=form)


@pytest.mark.parametrize("name", ["o'brien@example.com", "a: b", '"q"', "ünï@example.com"])
def test_nothing_in_a_name_becomes_yaml(name: str) -> None:
    config = yaml.safe_load(as_yaml(kubeconfig([FACTS], person=KubeconfigOwner(name=name), form=KubeconfigForm.EXEC)))

    assert config["current-context"] == f"{name}@prod"
