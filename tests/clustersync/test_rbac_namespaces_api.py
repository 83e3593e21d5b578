"""Of which namespaces a cluster's RBAC speaks, and how it says whose they have to be."""

from typing import Any
from uuid import uuid4

import pytest
import yaml

from access.models import Scope, ScopeType
from access.namespaces import RESERVED
from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import APIAs


def rbac(cluster: Cluster) -> str:
    return f"/api/v1/clusters/{cluster.pk}/rbac"


def listed(api: Any, cluster: Cluster) -> list[Any]:
    return list(api.get(rbac(cluster)).json()["objects"])


def test_a_namespace_that_is_not_said_to_be_the_projects_is_a_conflict(ada: User, prod: Cluster, api_as: APIAs) -> None:
    objects = listed(api_as(ada), prod)
    there = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "runai-faces"}}]

    body = {"kind": "List", "items": [*objects, *there]}
    said = api_as(ada).post(f"{rbac(prod)}/diff", body, format="json").json()

    (conflict,) = said["conflicts"]
    faces = Scope.objects.get(name="faces")
    assert conflict["namespace"] == "runai-faces"
    assert conflict["message"].endswith(f"kubectl label namespace runai-faces runai-identity/project={faces.pk}")
    assert [each["name"] for each in said["create"]] == ["runai-dialects"]  # whose namespace is missing
    assert [each["namespace"] for each in said["prune"]] == ["runai-faces"]


def test_without_namespaces_it_can_not_tell(ada: User, prod: Cluster, api_as: APIAs) -> None:
    objects = listed(api_as(ada), prod)

    answer = api_as(ada).post(f"{rbac(prod)}/diff", {"kind": "List", "items": objects}, format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_list")
    assert "kubectl get namespaces," in answer.json()["message"]


def test_the_yaml_says_which_namespaces_to_look_at(ada: User, prod: Cluster, api_as: APIAs) -> None:
    text = api_as(ada).get(rbac(prod), {"format": "yaml"}).content.decode()

    faces = Scope.objects.get(name="faces")
    assert f"# kubectl label namespace runai-faces runai-identity/project={faces.pk}\n" in text
    assert text.index("kubectl label") < text.index("---")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_project_of_a_reserved_name_from_long_ago_is_in_no_answer(
    ada: User, tree: cast.Tree, prod: Cluster, api_as: APIAs, name: str
) -> None:
    """Not the agent's, nor that of a person who deploys by GitOps."""
    taken = cast.node(ScopeType.PROJECT, str(uuid4()), name.removeprefix("runai-"), tree.vision)
    eve = cast.rule("user", "eve@example.com", "Department administrator", taken)

    for form in ("json", "yaml"):
        text = api_as(ada).get(rbac(prod), {"format": form}).content.decode()
        assert f"namespace: {name}" not in text and f'"namespace":"{name}"' not in text
        assert "eve@example.com" not in text

    (problem,) = api_as(ada).get(rbac(prod)).json()["problems"]
    assert problem["ruleId"] == eve.pk and "Make a project of another name" in problem["message"]


def bindable(api: Any, cluster: Cluster) -> list[str]:
    """Where the agent may bind by its manifest without an admission policy."""
    text = api.get(f"/api/v1/clusters/{cluster.pk}/agent?admissionPolicy=false").content
    return [one["metadata"]["namespace"] for one in yaml.safe_load_all(text) if one["kind"] == "RoleBinding"]


def test_the_manifest_by_list_names_no_namespace_of_others(
    ada: User, prod: Cluster, tree: cast.Tree, api_as: APIAs
) -> None:
    for number, namespace in enumerate(sorted(RESERVED)):
        cast.node(
            ScopeType.PROJECT, str(uuid4()), namespace.removeprefix("runai-"), [tree.vision, tree.speech][number % 2]
        )

    assert bindable(api_as(ada), prod) == ["runai-dialects", "runai-faces"]


def test_the_manifest_by_list_is_whole_for_the_operator_who_sees_no_projects(
    prod: Cluster, tree: cast.Tree, api_as: APIAs
) -> None:
    operator = cast.person("olga")
    cast.rule("user", operator.email, "Cloud operator", tree.prod)

    assert bindable(api_as(operator), prod) == ["runai-dialects", "runai-faces"]


def test_the_manifest_by_list_is_refused_to_who_may_not_read_the_access_rules(
    prod: Cluster, tree: cast.Tree, api_as: APIAs
) -> None:
    viewer = cast.person("vic")
    cast.rule("user", viewer.email, "Viewer", tree.prod)
    path = f"/api/v1/clusters/{prod.pk}/agent?admissionPolicy="

    assert api_as(viewer).get(f"{path}true").status_code == 200
    assert api_as(viewer).get(f"{path}false").status_code == 403
