import re

import pytest
from rest_framework.test import APIClient

from access.models import AccessRule, Scope
from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from common.hashes import sha256_of
from tests import cast
from tests.conftest import APIAs

CLUSTERS = "/api/v1/clusters"


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def test_it_registers_a_cluster_and_answers_its_credential_once(admin: APIClient) -> None:
    made = admin.post(CLUSTERS, {"name": "gpu-1"}, format="json")

    body = made.json()
    cluster = Cluster.objects.get(pk=body["uuid"])
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert cluster.credentials.get().secret_hash == sha256_of(body.pop("webhookToken"))
    assert re.fullmatch(r"runai-gpu-1-[0-9a-f]{8}", body["audience"])
    assert body == admin.get(f"{CLUSTERS}/{cluster.pk}").json()


def test_it_begins_with_safe_names(admin: APIClient) -> None:
    body = admin.post(CLUSTERS, {"name": "gpu-1"}, format="json").json()

    assert (body["usernamePrefix"], body["groupsPrefix"], body["acceptsSharedAudience"]) == ("runai:", "runai:", False)
    assert (body["tenantId"], body["enabled"], body["createdBy"]) == (1, True, "ada@example.com")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "GPU"),
        ("name", "a" * 58),
        ("name", None),
        ("name", ["gpu"]),
        ("usernamePrefix", ""),
        ("usernamePrefix", "-"),
        ("usernamePrefix", "s"),
        ("usernamePrefix", "system:"),
        ("groupsPrefix", "system:node:"),
        ("groupsPrefix", "kubeadm:"),
        ("usernamePrefix", "kubeadm:cluster-"),
        ("groupsPrefix", "a b:"),
        ("groupsPrefix", "runai"),
        ("usernameClaim", "email"),
        ("enabled", "perhaps"),
    ],
)
def test_it_refuses_what_can_not_be(admin: APIClient, field: str, value: object) -> None:
    answer = admin.post(CLUSTERS, {"name": "gpu-1", field: value}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert not Cluster.objects.exists()
    assert not Scope.objects.filter(name="gpu-1").exists()


def test_it_refuses_a_name_that_is_taken(admin: APIClient, prod: Cluster) -> None:
    assert admin.post(CLUSTERS, {"name": "prod"}, format="json").status_code == 409


def test_it_refuses_who_may_not_register(alice: User, prod: Cluster, api_as: APIAs) -> None:
    assert api_as(alice).post(CLUSTERS, {"name": "gpu-1"}, format="json").status_code == 403
    assert list(Cluster.objects.all()) == [prod]


def test_it_lists_the_clusters_that_the_caller_may_see(
    admin: APIClient, prod: Cluster, lab: Cluster, charlie: User, api_as: APIAs
) -> None:
    cast.rule("user", charlie.email, "Viewer", lab.scope)

    assert [body["name"] for body in admin.get(CLUSTERS).json()] == ["lab", "prod"]
    assert [body["name"] for body in api_as(charlie).get(CLUSTERS).json()] == ["lab"]


@pytest.mark.parametrize("below", ["", "/config"])
def test_it_does_not_tell_an_unseen_cluster_from_none(lab: Cluster, alice: User, api_as: APIAs, below: str) -> None:
    unseen = api_as(alice).get(f"{CLUSTERS}/{lab.pk}{below}")
    none = api_as(alice).get(f"{CLUSTERS}/c0000000-0000-4000-8000-00000000ffff{below}")

    assert (unseen.status_code, unseen.json()) == (404, none.json())


def test_it_changes_a_cluster_and_leaves_the_others_alone(admin: APIClient, prod: Cluster, lab: Cluster) -> None:
    before = Cluster.objects.filter(pk=lab.pk).values().get()

    answer = admin.patch(f"{CLUSTERS}/{prod.pk}", {"enabled": False, "groupsPrefix": "teams:"}, format="json")

    assert (answer.json()["enabled"], answer.json()["groupsPrefix"]) == (False, "teams:")
    assert Cluster.objects.filter(pk=lab.pk).values().get() == before


def test_it_refuses_to_change_one_that_the_caller_only_reads(prod: Cluster, charlie: User, api_as: APIAs) -> None:
    cast.rule("user", charlie.email, "Viewer", prod.scope)

    assert api_as(charlie).patch(f"{CLUSTERS}/{prod.pk}", {"enabled": False}, format="json").status_code == 403
    assert api_as(charlie).post(f"{CLUSTERS}/{prod.pk}/webhook-token").status_code == 403
    assert api_as(charlie).delete(f"{CLUSTERS}/{prod.pk}").status_code == 403


def test_it_refuses_an_id_audience_or_name_in_a_change(admin: APIClient, prod: Cluster) -> None:
    admin.patch(f"{CLUSTERS}/{prod.pk}", {"audience": "x", "uuid": "x", "name": "x"}, format="json")

    after = Cluster.objects.get()
    assert (after.audience, after.pk, after.scope.name) == (prod.audience, prod.pk, "prod")


def test_it_keeps_a_cluster_that_has_departments(admin: APIClient, prod: Cluster) -> None:
    answer = admin.delete(f"{CLUSTERS}/{prod.pk}")

    assert (answer.status_code, answer.json()["details"]) == (409, "scope_not_empty")
    assert Cluster.objects.filter(pk=prod.pk).exists()


def test_it_never_gives_an_audience_again(admin: APIClient, lab: Cluster) -> None:
    assert admin.delete(f"{CLUSTERS}/{lab.pk}").status_code == 204

    again = admin.post(CLUSTERS, {"name": "lab"}, format="json").json()

    assert again["audience"] != lab.audience
    assert again["uuid"] != lab.pk


def test_it_revokes_the_rules_that_end_in_a_removed_cluster(admin: APIClient, lab: Cluster, charlie: User) -> None:
    cast.rule("user", charlie.email, "Viewer", lab.scope)

    admin.delete(f"{CLUSTERS}/{lab.pk}")

    assert not AccessRule.objects.live().filter(subject_id=charlie.email).exists()


def test_it_records_each_change_without_a_secret(admin: APIClient) -> None:
    made = admin.post(CLUSTERS, {"name": "gpu-1"}, format="json").json()
    path = f"{CLUSTERS}/{made['uuid']}"
    admin.patch(path, {"enabled": False}, format="json")
    new = admin.post(f"{path}/webhook-token").json()["webhookToken"]
    admin.delete(path)

    events = Event.objects.filter(cluster_id=made["uuid"], action__startswith="cluster:").order_by("pk")
    assert [event.action for event in events if event.entity_type == "Cluster"] == [
        "cluster:register",
        "cluster:update",
        "cluster:webhook-credential:rotate",
        "cluster:deregister",
    ]
    assert {event.subject for event in events} == {"ada@example.com"}
    assert not [secret for secret in (new, made["webhookToken"]) if secret in str(list(events.values()))]
