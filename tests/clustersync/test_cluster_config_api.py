import json

import pytest
import yaml
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.clustersync.facts import CA
from tests.conftest import APIAs

CLUSTERS = "/api/v1/clusters"
NAMES = [
    "authentication-v1.yaml",
    "authentication-v1beta1.yaml",
    "oidc-flags.txt",
    "webhook.json",
    "webhook-flags.txt",
    "kubeadm-v1beta4.yaml",
    "k3s.yaml",
    "rke2.yaml",
    "rke1.yaml",
    "talos.yaml",
    "openshift.yaml",
    "gke.yaml",
    "eks.json",
    "aks.json",
]


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


@pytest.fixture
def path(prod: Cluster) -> str:
    Cluster.objects.filter(pk=prod.pk).update(mode="both", api_url="https://prod.example.com:6443")
    return f"{CLUSTERS}/{prod.pk}"


def test_it_answers_every_form(admin: APIClient, prod: Cluster, path: str) -> None:
    body = admin.get(f"{path}/config").json()

    assert (body["mode"], body["oidc"], body["audiences"]) == ("both", "structured", [prod.audience])
    assert f"--oidc-client-id={prod.audience}" in body["oidcFlags"]
    assert set(body["authenticationConfiguration"]) == {"v1", "v1beta1"}
    assert f"/api/v1/clusters/{prod.pk}/tokenreview" in body["webhookKubeconfig"]
    assert body["webhookCacheSeconds"] == 30
    assert prod.credentials.get().secret_hash not in str(body)


def test_everything_is_in_the_one_form_that_was_asked_for(admin: APIClient, path: str) -> None:
    structured = admin.get(f"{path}/config", {"oidc": "structured"}).json()
    flags = admin.get(f"{path}/config", {"oidc": "flags"}).json()

    assert "--oidc-" not in str(structured["arguments"])
    assert "--authentication-config" not in str(flags["arguments"])
    assert structured["snippets"] != flags["snippets"]


def test_it_goes_by_the_clusters_mode(admin: APIClient, prod: Cluster, path: str) -> None:
    Cluster.objects.filter(pk=prod.pk).update(mode="webhook", webhook_cache_seconds=45)

    body = admin.get(f"{path}/config").json()

    assert [file["path"].rpartition("/")[2] for file in body["files"]] == ["webhook.json"]
    assert "--authentication-token-webhook-cache-ttl=45s" in body["arguments"]
    assert "--authentication-config" not in str(body["arguments"])


def test_a_cluster_with_the_platforms_flags_is_told_those(admin: APIClient, prod: Cluster, path: str) -> None:
    Cluster.objects.filter(pk=prod.pk).update(mode="oidc", legacy_flags=True)

    body = admin.get(f"{path}/config").json()

    assert (body["oidc"], body["audiences"]) == ("flags", [prod.audience, "runai"])
    assert [flag.partition("=")[0] for flag in body["arguments"]] == [
        "--oidc-client-id",
        "--oidc-issuer-url",
        "--oidc-username-prefix",
    ]


def test_it_names_the_cluster_where_it_fetches_our_keys(admin: APIClient, prod: Cluster, path: str) -> None:
    body = admin.get(f"{path}/config").json()
    issuer = yaml.safe_load(body["authenticationConfiguration"]["v1"])["jwt"][0]["issuer"]

    assert issuer["discoveryURL"] == body["discoveryUrl"]
    assert body["discoveryUrl"].endswith(f"/api/v1/clusters/{prod.pk}/.well-known/openid-configuration")


def test_it_states_a_company_ca_everywhere(admin: APIClient, path: str, settings: Settings) -> None:
    settings.PUBLIC_CA = CA

    body = admin.get(f"{path}/config").json()

    assert "--oidc-ca-file=/etc/kubernetes/runai-identity/ca.crt" in body["oidcFlags"]
    assert "certificateAuthority: |" in body["authenticationConfiguration"]["v1"]
    assert "certificate-authority-data" in body["webhookKubeconfig"]
    assert admin.get(f"{path}/config/ca.crt").content.decode() == CA


@pytest.mark.parametrize("name", NAMES)
def test_each_file_can_be_downloaded(admin: APIClient, path: str, name: str) -> None:
    answer = admin.get(f"{path}/config/{name}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="prod-{name}"'
    assert answer.content
    assert name in admin.get(f"{path}/config").json()["downloads"]


def test_a_file_is_what_the_configuration_says(admin: APIClient, path: str) -> None:
    body = admin.get(f"{path}/config").json()

    assert (
        admin.get(f"{path}/config/authentication-v1.yaml").content.decode() == body["authenticationConfiguration"]["v1"]
    )
    assert json.loads(admin.get(f"{path}/config/webhook.json").content) == json.loads(body["webhookKubeconfig"])


@pytest.mark.parametrize("name", ["none.yaml", "ca.crt", "..", "authentication-v1alpha1.yaml"])
def test_it_knows_no_other_file(admin: APIClient, path: str, name: str) -> None:
    assert admin.get(f"{path}/config/{name}").status_code == 404


def test_it_refuses_an_unknown_form(admin: APIClient, path: str) -> None:
    assert admin.get(f"{path}/config", {"oidc": "both"}).status_code == 400
    assert admin.get(f"{path}/kubeconfig", {"form": "x509"}).status_code == 400


@pytest.mark.parametrize("below", ["/config", "/config/webhook.json", "/kubeconfig"])
def test_it_does_not_tell_an_unseen_cluster_from_none(lab: Cluster, alice: User, api_as: APIAs, below: str) -> None:
    unseen = api_as(alice).get(f"{CLUSTERS}/{lab.pk}{below}")
    none = api_as(alice).get(f"{CLUSTERS}/c0000000-0000-4000-8000-00000000ffff{below}")

    assert (unseen.status_code, unseen.json()) == (404, none.json())


@pytest.mark.parametrize("form", ["exec", "oidc-login", "device-code", "token"])
def test_it_gives_a_kubeconfig_for_the_caller(admin: APIClient, path: str, form: str) -> None:
    answer = admin.get(f"{path}/kubeconfig", {"form": form})

    config = yaml.safe_load(answer.content)
    assert answer["Content-Type"] == "application/yaml"
    assert config["clusters"][0]["cluster"]["server"] == "https://prod.example.com:6443"
    assert config["current-context"] == "ada@example.com@prod"


def test_it_says_why_there_is_no_kubeconfig(admin: APIClient, prod: Cluster, path: str) -> None:
    older = admin.get(f"{path}/kubeconfig", {"form": "auth-provider"})
    Cluster.objects.filter(pk=prod.pk).update(api_url="")

    assert (older.status_code, older.json()["details"]) == (409, "no_kubeconfig")
    assert "by which address" in admin.get(f"{path}/kubeconfig").json()["message"]


def test_who_may_not_read_clusters_gets_no_configuration(path: str, bob: User, api_as: APIAs) -> None:
    assert api_as(bob).get(f"{path}/config").status_code == 403
    assert cast.PROD_WEBHOOK_TOKEN not in str(api_as(bob).get(f"{path}/config").content)
