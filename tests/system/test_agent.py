"""The agent against a real kube-apiserver: applies, prunes what is ours, touches nothing else, survives."""

import os
import subprocess
import sys

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import Group
from clustersync.agent.kube import APIServerUnreachable, Kubernetes
from clustersync.agent.reconcile import reconcile
from clustersync.models import Cluster, CredentialKind, RuleStatus
from clustersync.rbac.desired import DesiredProject, ObjectKey, ReachingRule, key_of
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.system import thousand
from tests.system.agents import RBAC, kubeconfig, kubectl, kubernetes
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer
from tests.system.thousand import CLUSTER, NOTHING, PROJECTS, RULES, bindings, wanted

pytestmark = [*REAL, pytest.mark.timeout(300)]

server = thousand.server
PREFIXES = {"USERNAME_PREFIX": "runai:", "GROUPS_PREFIX": "runai:"}


def versions(cluster: Kubernetes) -> dict[ObjectKey, str]:
    return {key_of(one): one["metadata"].get("resourceVersion", "") for one in cluster.live()}


def test_it_applies_a_thousand_rules_and_then_writes_nothing(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(NOTHING, cluster)
    first = reconcile(wanted(), cluster)
    before = versions(cluster)
    second = reconcile(wanted(), cluster)

    assert (first.failed, set(first.rules.values())) == ({}, {("Ready", "")})
    assert first.applied == bindings(wanted()) > 1000
    assert (second.applied, second.pruned, second.unchanged) == (0, 0, len(wanted().desired.objects))
    assert versions(cluster) == before


def test_it_prunes_exactly_what_a_rule_gave(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(wanted(), cluster)
    before = versions(cluster)

    outcome = reconcile(wanted(RULES[1:]), cluster)

    after = versions(cluster)
    differing = {key for key in before if after.get(key) != before[key]}
    of_the_rule = wanted().desired.by_rule[RULES[0].id]
    assert 0 < len(differing) == outcome.applied + outcome.pruned <= len(of_the_rule)
    assert reconcile(wanted(), cluster).failed == {}


def test_it_touches_nothing_that_somebody_else_made(server: APIServer) -> None:
    cluster = kubernetes(server)
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    for name in ("runai-ml-engineer-mine", "runai-ml-engineer"):
        body = {"metadata": {"name": name}, "roleRef": role}
        made = server.ask(ADMIN_TOKEN, f"{RBAC}/clusterrolebindings", body)
        assert made.status_code == 201, made.text
    rules = [*RULES, ReachingRule(2000, "user", "m@example.com", 6, "p1")]

    outcome = reconcile(wanted(rules), cluster)

    phase, message = outcome.rules[2000]
    assert phase == "NotReady" and "made by somebody else" in message
    for name in ("runai-ml-engineer-mine", "runai-ml-engineer"):
        there = server.ask(ADMIN_TOKEN, f"{RBAC}/clusterrolebindings/{name}").json()
        assert (there["roleRef"]["name"], there.get("subjects")) == ("view", None)
    assert reconcile(wanted(), cluster).failed == {}


def test_it_repairs_drift_and_says_what_it_was(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(wanted(), cluster)
    path = f"{RBAC}/clusterrolebindings/runai-viewer"
    live = server.ask(ADMIN_TOKEN, path).json()
    more = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mallory"}
    changed = {**live, "subjects": [*live["subjects"], more]}
    assert server.ask(ADMIN_TOKEN, path, changed, method="PUT").status_code == 200

    outcome = reconcile(wanted(), cluster)

    assert outcome.applied == 1
    assert outcome.drift == ["ClusterRoleBinding runai-viewer has User mallory besides"]
    assert server.ask(ADMIN_TOKEN, path).json()["subjects"] == live["subjects"]


def test_it_says_of_a_cluster_role_how_it_differs_and_leaves_it(server: APIServer) -> None:
    path = f"{RBAC}/clusterroles/runai-viewer-ns"
    live = server.ask(ADMIN_TOKEN, path).json()
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    changed = {**live, "rules": [*live["rules"], more]}
    assert server.ask(ADMIN_TOKEN, path, changed, method="PUT").status_code == 200

    outcome = reconcile(wanted(), kubernetes(server))

    assert "has get on secrets besides" in outcome.failed[ObjectKey("ClusterRole", "", "runai-viewer-ns")]
    assert server.ask(ADMIN_TOKEN, path).json()["rules"] == changed["rules"]
    back = {**live, "metadata": {"name": "runai-viewer-ns", "labels": live["metadata"]["labels"]}}
    assert server.ask(ADMIN_TOKEN, path, back, method="PUT").status_code == 200


def test_it_makes_the_namespace_that_is_missing(server: APIServer) -> None:
    project = DesiredProject("runai-nowhere", ("0", "1", CLUSTER, "d1", "nowhere"))
    rules = [ReachingRule(3000, "user", "n@example.com", 5, "nowhere")]

    outcome = reconcile(wanted([*RULES, *rules], [*PROJECTS, project]), kubernetes(server))

    assert (outcome.failed, outcome.rules[3000]) == ({}, ("Ready", ""))
    made = server.ask(ADMIN_TOKEN, f"{NAMESPACES}/runai-nowhere").json()
    assert made["metadata"]["labels"]["runai-identity/project"] == "nowhere"


def test_it_survives_an_outage_in_the_middle_of_a_pass(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(NOTHING, cluster)

    def outage(done: int, _: int) -> None:
        if done == 100:
            server.halt()

    with pytest.raises(APIServerUnreachable, match="can't be reached"):
        reconcile(wanted(), cluster, progress=outage)
    server.go_on()
    outcome = reconcile(wanted(), cluster)

    assert (outcome.failed, outcome.drift) == ({}, [])
    assert outcome.applied == bindings(wanted()) - 100


@pytest.mark.django_db(transaction=True)
def test_the_program_does_it_with_a_server_and_an_api_server(
    server: APIServer, live_server: LiveServer, prod: Cluster, researchers: Group
) -> None:
    token = server.folder / "agent-token"
    token.write_text(new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT))
    told = {"RUNAI_IDENTITY_URL": live_server.url, "CLUSTER_UUID": CLUSTER, "CREDENTIAL_FILE": str(token), **PREFIXES}
    command = [sys.executable, "-m", "clustersync.agent", "--once"]
    env = {"PATH": os.environ["PATH"], "KUBECONFIG": str(kubeconfig(server, ADMIN_TOKEN)), **told}

    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    binding = server.ask(ADMIN_TOKEN, f"{RBAC}/namespaces/runai-faces/rolebindings/runai-l1-researcher-ns").json()
    assert [one["name"] for one in binding["subjects"]] == ["runai:researchers"]
    assert set(RuleStatus.objects.values_list("phase", flat=True)) == {"Ready"}


@pytest.mark.parametrize("label", ["app.kubernetes.io/managed-by-", "runai-identity/cluster=another", "all"])
def test_one_label_of_a_revoked_binding_was_changed_and_it_says_how_to_take_it_away(
    server: APIServer, label: str
) -> None:
    cluster, few = kubernetes(server), wanted(RULES[:1])
    reconcile(NOTHING, cluster)
    reconcile(few, cluster)
    key = next(key_of(one) for one in few.desired.objects if one["kind"] == "RoleBinding")
    ours = ["app.kubernetes.io/managed-by-", "runai-identity/cluster-", "runai-identity/project-"]
    labels = ours if label == "all" else [label]
    kubectl(server, "-n", key.namespace, "label", "--overwrite", "rolebinding", key.name, *labels)

    outcome = reconcile(NOTHING, cluster)
    (told,) = [line.partition("then: kubectl ")[2] for line in outcome.problems if key.name in line]
    kubectl(server, *told.split())

    assert outcome.left == 1
    assert reconcile(NOTHING, cluster).idle
