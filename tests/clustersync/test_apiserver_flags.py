import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from clustersync.apiserver import (
    FOLDER,
    PLACEHOLDER,
    AuthenticationForm,
    ClusterFacts,
    arguments,
    files,
    oidc_flags,
    snippets,
    webhook_flags,
    webhook_kubeconfig,
)
from tests.clustersync.facts import CA, EVERY_KIND, FACTS, LEGACY, facts

NAMES = {
    "kubeadm-v1beta4",
    "kubeadm-v1beta3",
    "kubeadm-manifest",
    "k3s",
    "rke2",
    "rke1",
    "talos",
    "talos-1.14",
    "openshift",
    "gke",
    "eks",
    "aks",
}
SELF_MANAGED = ("kubeadm-v1beta4", "kubeadm-v1beta3", "kubeadm-manifest", "k3s", "rke2", "rke1", "talos")


def snippet(name: str, about: ClusterFacts = FACTS, form: AuthenticationForm = AuthenticationForm.STRUCTURED) -> Any:
    (found,) = [one for one in snippets(about, form) if one.name == name]
    return found


def read(name: str, about: ClusterFacts = FACTS, form: AuthenticationForm = AuthenticationForm.STRUCTURED) -> Any:
    return yaml.safe_load(snippet(name, about, form).text)


def test_it_writes_the_flags_of_offline_verification() -> None:
    assert oidc_flags(FACTS) == [
        "--oidc-issuer-url=https://identity.example.com/auth/realms/runai",
        "--oidc-client-id=runai-prod-c0000000",
        "--oidc-username-claim=preferred_username",
        "--oidc-username-prefix=runai:",
        "--oidc-groups-claim=groups",
        "--oidc-groups-prefix=teams:",
        "--oidc-signing-algs=RS256,ES256",
    ]


def test_it_writes_the_platforms_three_flags_to_the_letter() -> None:
    assert oidc_flags(LEGACY) == [
        "--oidc-client-id=runai",
        "--oidc-issuer-url=https://identity.example.com/auth/realms/runai",
        "--oidc-username-prefix=-",
    ]


def test_it_names_the_file_of_a_company_ca() -> None:
    company = facts(public_ca=CA, mode="oidc")

    assert oidc_flags(company)[-1] == "--oidc-ca-file=/etc/kubernetes/runai-identity/ca.crt"
    assert [(file.path, file.text) for file in files(company, AuthenticationForm.FLAGS)] == [(f"{FOLDER}/ca.crt", CA)]


def test_it_bounds_how_long_an_answer_of_the_webhook_is_kept() -> None:
    assert "--authentication-token-webhook-cache-ttl=45s" in webhook_flags(facts(cache_seconds=45))
    assert "--authentication-token-webhook-version=v1" in webhook_flags(FACTS)


@pytest.mark.parametrize("reader", [json.loads, yaml.safe_load])
def test_it_writes_a_file_that_reads_as_json_and_as_yaml(reader: Callable[[str], Any]) -> None:
    config = reader(webhook_kubeconfig(FACTS, token='odd: "token"\n# {}'))

    cluster, user = config["clusters"][0], config["users"][0]
    assert cluster["cluster"] == {"server": f"https://identity.example.com/api/v1/clusters/{FACTS.uuid}/tokenreview"}
    assert user["user"]["token"] == 'odd: "token"\n# {}'
    assert config["contexts"][0]["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert config["current-context"] == config["contexts"][0]["name"]


def test_the_webhooks_file_has_the_company_ca_in_it() -> None:
    config = json.loads(webhook_kubeconfig(facts(public_ca=CA)))

    assert base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode() == CA


@pytest.mark.parametrize("form", AuthenticationForm)
@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_it_never_mixes_the_two_forms(about: ClusterFacts, form: AuthenticationForm) -> None:
    names = [argument.name for argument in arguments(about, form)]

    structured, flags = "authentication-config" in names, any(name.startswith("oidc-") for name in names)
    assert not (structured and flags)
    assert structured == (about.mode != "webhook" and form == AuthenticationForm.STRUCTURED)
    assert flags == (about.mode != "webhook" and form == AuthenticationForm.FLAGS)


@pytest.mark.parametrize("form", AuthenticationForm)
@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_file_that_an_argument_names_is_there(about: ClusterFacts, form: AuthenticationForm) -> None:
    named = {value for _, value in arguments(about, form) if value.startswith(FOLDER)}

    assert named == {file.path for file in files(about, form)}


def test_only_the_api_server_reads_the_secret() -> None:
    assert {file.name: file.mode for file in files(FACTS, AuthenticationForm.STRUCTURED)} == {
        "authentication.yaml": "0644",
        "webhook.json": "0600",
    }


@pytest.mark.parametrize("form", AuthenticationForm)
@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_snippet_can_be_read_and_says_where_it_goes(about: ClusterFacts, form: AuthenticationForm) -> None:
    found = snippets(about, form)

    expected = NAMES if about.mode != "webhook" else NAMES - {"talos-1.14"}
    assert {one.name for one in found} == expected
    assert all(one.path and one.restarts and one.title and yaml.safe_load(one.text) for one in found)
    assert not [one.name for one in found if len(one.note) > 1200]


@pytest.mark.parametrize("form", AuthenticationForm)
@pytest.mark.parametrize("name", SELF_MANAGED)
@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_snippet_of_ones_own_has_all_arguments(about: ClusterFacts, name: str, form: AuthenticationForm) -> None:
    text = snippet(name, about, form).text

    for argument, value in arguments(about, form):
        assert argument in text
        assert value.rpartition("/")[2] in text


def test_it_writes_kubeadms_arguments_in_both_of_its_versions() -> None:
    newer, older = read("kubeadm-v1beta4")["apiServer"], read("kubeadm-v1beta3")["apiServer"]

    assert {item["name"]: item["value"] for item in newer["extraArgs"]} == older["extraArgs"]
    assert newer["extraVolumes"] == older["extraVolumes"]
    assert newer["extraVolumes"][0]["hostPath"] == FOLDER


@pytest.mark.parametrize(("name", "folder"), [("k3s", "/etc/rancher/k3s"), ("rke2", "/etc/rancher/rke2")])
def test_ranchers_files_lie_in_its_own_folder(name: str, folder: str) -> None:
    said = read(name)

    assert f"authentication-config={folder}/runai-identity/authentication.yaml" in said["kube-apiserver-arg+"]
    assert {file.path.rpartition("/")[0] for file in snippet(name).files} == {f"{folder}/runai-identity"}
    assert ("kube-apiserver-extra-mount+" in said) == (name == "rke2")


def test_talos_is_given_the_files_with_the_rest() -> None:
    patch = read("talos")

    assert [file["path"] for file in patch["machine"]["files"]] == [
        "/var/runai-identity/authentication.yaml",
        "/var/runai-identity/webhook.json",
    ]
    assert "permissions: 0o444" in snippet("talos").text
    assert patch["cluster"]["apiServer"]["extraVolumes"][0]["hostPath"] == "/var/runai-identity"


def test_openshift_is_told_of_us_as_its_identity_provider() -> None:
    (provider,) = read("openshift")["spec"]["identityProviders"]

    assert (provider["type"], provider["openID"]["issuer"]) == ("OpenID", FACTS.issuer)
    assert "--oidc" not in snippet("openshift").text


@pytest.mark.parametrize("name", ["openshift", "gke", "eks", "aks"])
def test_it_says_that_a_provider_has_no_webhook(name: str) -> None:
    assert "webhook" in snippet(name, facts(mode="webhook")).note


def test_it_says_that_eks_can_not_be_told_of_a_company_ca() -> None:
    assert "this will not work" in snippet("eks", facts(public_ca=CA)).note
    assert "this will not work" not in snippet("eks").note


def test_it_says_which_prefix_aks_demands() -> None:
    assert "aks:jwt:" in snippet("aks").note


@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_managed_clusters_know_people_by_the_same_names(about: ClusterFacts) -> None:
    eks, gke = read("eks", about)["oidc"], read("gke", about)["spec"]["authentication"][0]["oidc"]

    assert eks["clientId"] == gke["clientID"] == about.oidc_client_id
    assert (eks["usernameClaim"], eks["usernamePrefix"]) == (gke["userClaim"], gke["userPrefix"])
    assert eks["usernamePrefix"] == (about.username.prefix or "-")
    assert ("groupsClaim" in eks) == ("groupsClaim" in gke) == (about.groups is not None)


def test_a_secret_is_only_where_it_was_given() -> None:
    without = "".join(one.text + str(one.files) for one in snippets(FACTS, AuthenticationForm.STRUCTURED))
    given = "".join(one.text + str(one.files) for one in snippets(FACTS, AuthenticationForm.STRUCTURED, token="s3cret"))

    assert (PLACEHOLDER in without, "s3cret" in given, PLACEHOLDER in given) == (True, True, False)
