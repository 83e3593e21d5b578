import pytest
import yaml
from django.test import Client

from access.models import AccessRule, Reach, ScopeType, reaching
from accounts.models import Group, User
from clustersync.models import Cluster
from clustersync.services.reached import clusters_reached_by
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

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


@pytest.mark.parametrize("where", ["tenant", "prod", "vision", "faces", "dialects"])
def test_it_agrees_with_the_gate(tree: cast.Tree, prod: Cluster, lab: Cluster, charlie: User, where: str) -> None:
    cast.rule("user", charlie.email, "Viewer", getattr(tree, where))

    listed = {cluster.pk for cluster in clusters_reached_by(charlie)}

    assert listed == {one.pk for one in (prod, lab) if reaching(Reach(charlie, one.scope))}


def test_it_puts_all_that_have_an_address_into_one_kubeconfig(
    tree: cast.Tree, prod: Cluster, lab: Cluster, ada: User, api_as: APIAs
) -> None:
    Cluster.objects.update(api_url="https://gpu.example.com:6443")
    nowhere = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000009", "nowhere", tree.tenant)
    cast.cluster(nowhere, "nowhere-webhook-token")

    config = yaml.safe_load(api_as(ada).get("/api/v1/me/kubeconfig").content)

    assert [context["name"] for context in config["contexts"]] == ["ada@example.com@lab", "ada@example.com@prod"]


def test_it_says_that_there_is_no_cluster_to_write_down(prod: Cluster, alice: User, api_as: APIAs) -> None:
    answer = api_as(alice).get("/api/v1/me/kubeconfig")

    assert (answer.status_code, answer.json()["details"]) == (404, "no_clusters")


def test_its_forms_are_those_of_one_cluster(prod: Cluster, alice: User, api_as: APIAs) -> None:
    Cluster.objects.update(api_url="https://gpu.example.com:6443")

    config = yaml.safe_load(api_as(alice).get("/api/v1/me/kubeconfig", {"form": "oidc-login"}).content)

    assert "oidc-login" in config["users"][0]["user"]["exec"]["args"]
    assert api_as(alice).get("/api/v1/me/kubeconfig", {"form": "magic"}).status_code == 400
