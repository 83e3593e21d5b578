"""A cluster's RBAC as GitOps tools and the agent fetch it, and compared with what the cluster holds."""

from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule
from accounts.models import Group, User
from clustersync.models import Cluster, CredentialKind, UsernameClaim
from clustersync.services.credentials import new_credential
from clustersync.services.rbac import desired_rbac
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.wanted import namespaces
from tests.conftest import APIAs
from tokens.models import Application


def rbac(cluster: Cluster) -> str:
    return f"/api/v1/clusters/{cluster.pk}/rbac"


def listed(api: Any, cluster: Cluster) -> dict[tuple[str, str, str], Any]:
    answer = api.get(rbac(cluster))
    assert answer.status_code == 200, answer.content
    return {
        (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each
        for each in answer.json()["objects"]
    }


def subjects(binding: dict[str, Any]) -> set[str]:
    return {subject["name"] for subject in binding["subjects"]}


@pytest.fixture
def agent(prod: Cluster) -> Client:
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_it_lists_what_access_rules_come_to(
    ada: User, alice: User, researchers: Group, robo: Application, prod: Cluster, api_as: APIAs
) -> None:
    objects = listed(api_as(ada), prod)

    def bound(namespace: str, role: str) -> set[str]:
        return subjects(objects["RoleBinding", namespace, f"runai-{role}-ns"])

    assert bound("runai-faces", "editor") == {"runai:alice@example.com"}
    assert bound("runai-faces", "l1-researcher") == {"runai:researchers"}
    assert bound("runai-faces", "viewer") == {"runai:service-account-robo"}
    assert bound("runai-dialects", "system-administrator") == {"runai:ada@example.com"}
    assert ("RoleBinding", "runai-dialects", "runai-editor-ns") not in objects
    assert subjects(objects["ClusterRoleBinding", "", "runai-editor"]) == {"runai:alice@example.com"}


def test_it_leaves_out_rules_of_other_clusters_and_revoked_ones(
    ada: User, prod: Cluster, lab: Cluster, api_as: APIAs
) -> None:
    cast.rule("user", "lea@example.com", "Editor", lab.scope)
    gone = cast.rule("user", "zed@example.com", "Editor", prod.scope)
    gone.deleted_at = gone.created_at
    gone.save()

    assert ("ClusterRole", "", "runai-editor") not in listed(api_as(ada), prod)
    assert ("ClusterRole", "", "runai-editor") in listed(api_as(ada), lab)


@pytest.mark.parametrize("how", [{"headers": {"Accept": "application/yaml"}}, {"data": {"format": "yaml"}}])
def test_it_gives_the_same_objects_as_yaml(ada: User, prod: Cluster, api_as: APIAs, how: dict[str, Any]) -> None:
    listed_ = api_as(ada).get(rbac(prod)).json()

    answer = api_as(ada).get(rbac(prod), **how)

    assert answer.headers["Content-Type"] == "application/yaml"
    assert list(yaml.safe_load_all(answer.content)) == listed_["objects"]
    assert b"&id" not in answer.content


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_says_when_nothing_changed(ada: User, prod: Cluster, agent: Client, form: str) -> None:
    etag = agent.get(rbac(prod), {"format": form}).headers["ETag"]

    same = agent.get(rbac(prod), {"format": form}, headers={"If-None-Match": etag})
    cast.rule("user", "new@example.com", "Viewer", prod.scope)
    changed = agent.get(rbac(prod), {"format": form}, headers={"If-None-Match": etag})

    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert (changed.status_code, changed.headers["Cache-Control"]) == (200, "no-store")
    assert changed.headers["ETag"] != etag


def test_the_agent_reads_its_own_cluster_and_no_other(ada: User, prod: Cluster, lab: Cluster, agent: Client) -> None:
    assert listed(agent, prod)
    assert agent.get(rbac(lab)).status_code == 401
    assert agent.get(f"/api/v1/clusters/{prod.pk}").status_code == 401
    assert agent.post(f"{rbac(prod)}/diff", {}, content_type="application/json").status_code == 401


def test_the_webhook_credential_is_not_the_agents(prod: Cluster) -> None:
    webhook = Client(headers={"Authorization": f"Bearer {cast.PROD_WEBHOOK_TOKEN}"})

    assert webhook.get(rbac(prod)).status_code == 401


@pytest.mark.parametrize("role", ["L1 researcher", "Viewer"])
def test_it_names_people_only_to_who_reads_access_rules(bob: User, prod: Cluster, api_as: APIAs, role: str) -> None:
    cast.rule("user", bob.email, role, prod.scope)

    answers = [api_as(bob).get(rbac(prod)), api_as(bob).post(f"{rbac(prod)}/diff", {"items": []}, format="json")]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_it_is_not_there_for_who_may_not_know_of_the_cluster(
    vera: User, prod: Cluster, api_as: APIAs, form: str
) -> None:
    answer = api_as(vera).get(rbac(prod), {"format": form})

    assert (answer.status_code, yaml.safe_load(answer.content)["code"]) == (404, 404)


def test_it_says_whom_the_cluster_cannot_be_told_of(
    ada: User, researchers: Group, prod: Cluster, api_as: APIAs
) -> None:
    prod.legacy_flags = True
    prod.save()

    body = api_as(ada).get(rbac(prod)).json()

    assert [problem["ruleId"] for problem in body["problems"]] == [
        AccessRule.objects.get(subject_id=researchers.name).pk
    ]
    assert "knows no groups" in body["problems"][0]["message"]
    named = {name for each in body["objects"] if "subjects" in each for name in subjects(each)}
    assert named == {str(ada.pk)}


@pytest.mark.parametrize(("claim", "queries"), [(UsernameClaim.PREFERRED_USERNAME, 2), (UsernameClaim.SUB, 3)])
def test_it_takes_a_fixed_number_of_queries(
    ada: User, prod: Cluster, claim: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prod.username_claim = claim
    for number in range(20):
        cast.rule("user", f"u{number}@example.com", "Viewer", prod.scope)

    with django_assert_num_queries(queries):
        desired_rbac(prod)


def test_it_compares_with_what_the_cluster_holds(ada: User, prod: Cluster, api_as: APIAs) -> None:
    objects = list(listed(api_as(ada), prod).values())
    objects[-1]["subjects"] = []
    theirs = {**objects[0], "metadata": {"name": objects[0]["metadata"]["name"]}}
    ours = {**objects[-1], "metadata": {**objects[-1]["metadata"], "name": "runai-gone"}}

    body = {"kind": "List", "items": [theirs, ours, *objects[2:], *namespaces(objects)]}
    said = api_as(ada).post(f"{rbac(prod)}/diff", body, format="json").json()

    assert [each["name"] for each in said["conflicts"]] == [objects[0]["metadata"]["name"]]
    assert [each["name"] for each in said["create"]] == [objects[1]["metadata"]["name"]]
    assert [each["name"] for each in said["prune"]] == ["runai-gone"]
    assert [each["lines"] for each in said["change"]] == [["lacks User runai:ada@example.com"]]
    assert said["unchanged"] == len(objects) - 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": {}},
        {"items": [{"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1"}]},
        {"kind": "ClusterRoleList", "apiVersion": "rbac.authorization.k8s.io/v1", "items": [{"metadata": {"name": 1}}]},
        {
            "kind": "RoleBindingList",
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "items": [{"metadata": {"name": "x"}, "subjects": ["bob"]}],
        },
        {
            "kind": "ClusterRoleList",
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "items": [{"metadata": {"name": "x"}, "rules": [{"verbs": "get"}]}],
        },
    ],
)
def test_it_refuses_what_is_no_list_of_objects(ada: User, prod: Cluster, api_as: APIAs, body: Any) -> None:
    answer = api_as(ada).post(f"{rbac(prod)}/diff", body, format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_list")


def test_it_overlooks_other_kinds(ada: User, prod: Cluster, api_as: APIAs) -> None:
    others = [{"apiVersion": "v1", "kind": "Pod"}, {"apiVersion": "example.com/v1", "kind": "RoleBinding"}]
    others += namespaces(list(listed(api_as(ada), prod).values()))

    said = api_as(ada).post(f"{rbac(prod)}/diff", {"kind": "List", "items": others}, format="json").json()

    assert (said["change"], said["prune"], said["conflicts"], said["unchanged"]) == ([], [], [], 0)
