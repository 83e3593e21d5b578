import pytest
import yaml
from django.test import Client

from access.models import AccessRule, Scope, ScopeType
from accounts.models import Group, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from clustersync.models import Cluster
from clustersync.services.reached import clusters_reached_by, namespaces_of
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application
from tokens.ports.facts import Asked, facts_of

MINE = "/api/v1/me/clusters"


def names(client: Client) -> list[str]:
    return [body["name"] for body in client.get(MINE).json()["clusters"]]


def test_it_lists_those_that_a_rule_of_mine_reaches(prod: Cluster, lab: Cluster, alice: User, api_as: APIAs) -> None:
    (body,) = api_as(alice).get(MINE).json()["clusters"]

    assert body == {
        "uuid": prod.pk,
        "name": "prod",
        "apiUrl": "",
        "certificateAuthority": "",
        "audience": prod.audience,
        "mode": "webhook",
        "namespace": "runai-faces",
        "tokenSeconds": 600,
        "sharedSince": None,
    }


def test_it_needs_no_permission_to_read_clusters(
    prod: Cluster, lab: Cluster, bob: User, researchers: Group, api_as: APIAs
) -> None:
    assert names(api_as(bob)) == ["prod"]
    assert api_as(bob).get(f"/api/v1/clusters/{prod.pk}").status_code in (403, 404)


def test_it_lists_all_for_who_has_something_in_the_tenant(
    prod: Cluster, lab: Cluster, ada: User, api_as: APIAs
) -> None:
    assert names(api_as(ada)) == ["lab", "prod"]


def test_it_lists_those_of_an_application(prod: Cluster, lab: Cluster, robo: Application, api_as: APIAs) -> None:
    assert names(api_as(robo)) == ["prod"]


def test_it_lists_none_for_who_has_nothing(prod: Cluster, charlie: User, api_as: APIAs) -> None:
    assert names(api_as(charlie)) == []


def test_it_leaves_out_a_disabled_one(prod: Cluster, alice: User, api_as: APIAs) -> None:
    Cluster.objects.filter(pk=prod.pk).update(enabled=False)

    assert names(api_as(alice)) == []


def test_it_leaves_out_one_whose_rule_was_withdrawn(prod: Cluster, alice: User, api_as: APIAs) -> None:
    AccessRule.objects.filter(subject_id=alice.email).update(deleted_at="2026-01-01T00:00:00Z")

    assert names(api_as(alice)) == []


def test_it_asks_who_the_caller_is() -> None:
    assert Client().get(MINE).status_code == 401
    assert Client().get("/api/v1/me/kubeconfig").status_code == 401


def reached(somebody: User, cluster: Cluster) -> bool:
    """By what the gate goes by; a session is asked about with its user."""
    session = start_session(user=somebody, kind=SessionKind.DEVICE)
    facts = facts_of(Asked(client_id="cli", user_id=somebody.pk, session_id=session.pk, cluster_id=cluster.pk))
    return facts.in_cluster is not None and facts.in_cluster.given.anything


@pytest.mark.parametrize("where", ["tenant", "prod", "vision", "faces", "dialects"])
def test_it_agrees_with_the_gate(tree: cast.Tree, prod: Cluster, lab: Cluster, charlie: User, where: str) -> None:
    cast.rule("user", charlie.email, "Viewer", getattr(tree, where))

    listed = {cluster.pk for cluster in clusters_reached_by(charlie)}

    assert listed == {one.pk for one in (prod, lab) if reached(charlie, one)}


def test_it_puts_all_that_have_an_address_into_one_kubeconfig(
    tree: cast.Tree, prod: Cluster, lab: Cluster, ada: User, api_as: APIAs
) -> None:
    Cluster.objects.update(api_url="https://gpu.example.com:6443")
    nowhere = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000009", "nowhere", tree.tenant)
    cast.cluster(nowhere, "nowhere-webhook-token")

    text = api_as(ada).get("/api/v1/me/kubeconfig").content.decode()
    config = yaml.safe_load(text)

    assert text.startswith("# Left out. Nobody has entered yet by which address people reach: nowhere. A system")
    assert [context["name"] for context in config["contexts"]] == ["ada@example.com@lab", "ada@example.com@prod"]


def test_it_says_whether_a_rule_or_an_address_is_missing(
    prod: Cluster, alice: User, charlie: User, api_as: APIAs
) -> None:
    without_address = api_as(alice).get("/api/v1/me/kubeconfig")
    without_rule = api_as(charlie).get("/api/v1/me/kubeconfig")

    assert (without_address.status_code, without_address.json()["details"]) == (409, "no_kubeconfig")
    assert "by which address people reach: prod. A system administrator" in without_address.json()["message"]
    assert (without_rule.status_code, without_rule.json()["details"]) == (404, "no_clusters")


def test_its_forms_are_those_of_one_cluster(prod: Cluster, alice: User, api_as: APIAs) -> None:
    Cluster.objects.update(api_url="https://gpu.example.com:6443")

    config = yaml.safe_load(api_as(alice).get("/api/v1/me/kubeconfig", {"form": "oidc-login"}).content)

    assert "oidc-login" in config["users"][0]["user"]["exec"]["args"]
    assert api_as(alice).get("/api/v1/me/kubeconfig", {"form": "magic"}).status_code == 400


@pytest.mark.parametrize(
    ("scopes", "namespace"),
    [
        (["faces"], "runai-faces"),
        (["faces", "faces"], "runai-faces"),
        (["faces", "dialects"], ""),
        (["vision"], ""),
        (["faces", "vision"], ""),
        (["prod"], ""),
        (["faces", "tenant"], ""),
    ],
)
def test_it_says_the_namespace_of_who_has_one_project(
    tree: cast.Tree, prod: Cluster, charlie: User, api_as: APIAs, scopes: list[str], namespace: str
) -> None:
    for role, scope in zip(("Viewer", "L1 researcher"), scopes, strict=False):
        cast.rule("user", charlie.email, role, getattr(tree, scope))

    (mine,) = [one for one in api_as(charlie).get(MINE).json()["clusters"] if one["uuid"] == prod.pk]

    assert mine["namespace"] == namespace


def test_it_says_no_namespace_that_is_reserved(tree: cast.Tree, prod: Cluster, charlie: User) -> None:
    Scope.objects.filter(pk=tree.faces.pk).update(name="backend")
    cast.rule("user", charlie.email, "Viewer", tree.faces)

    assert namespaces_of(charlie) == {str(prod.pk): ""}
