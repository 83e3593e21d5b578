"""The agent against a real kube-apiserver: applies, prunes what is ours, touches nothing else, survives."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pytest_django.live_server_helper import LiveServer

from access.catalog import ROLES
from accounts.models import Group
from clustersync.agent.kube import Kubernetes, Unreachable
from clustersync.agent.reconcile import Wanted, reconcile
from clustersync.agent_manifest import NAME, rights
from clustersync.models import Cluster, Kind, RuleStatus
from clustersync.rbac.desired import Desired, Facts, Project, Rule, desired
from clustersync.rbac.subjects import Naming
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer, since

pytestmark = [*REAL, pytest.mark.timeout(300)]

CLUSTER = "c0000000-0000-4000-8000-000000000001"
PROJECTS = [Project(f"runai-p{number}", ("0", "1", CLUSTER, f"d{number % 10}", f"p{number}")) for number in range(200)]
RULES = [
    Rule(number, "user", f"user-{number}@example.com", [3, 5, 7, 8, 14][number // 200], f"p{number % 200}")
    for number in range(1000)
]
NOTHING = Wanted(CLUSTER, Desired())
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def wanted(rules: list[Rule] = RULES) -> Wanted:
    return Wanted(CLUSTER, desired(Facts(CLUSTER, ROLES, rules, PROJECTS, Naming("runai:", "runai:"))))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    started = APIServer(tmp_path_factory.mktemp("agent"))
    started.start([])
    for project in PROJECTS:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": project.namespace}}
        assert started.ask(ADMIN_TOKEN, "/api/v1/namespaces", body).status_code == 201
    yield started
    started.stop()


def kubernetes(server: APIServer, token: str = ADMIN_TOKEN) -> Kubernetes:
    file = server.folder / "kubeconfig"
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "it", "cluster": {
            "server": f"https://127.0.0.1:{server.port}", "certificate-authority": str(server.folder / "tls.crt")}}],
        "users": [{"name": "it", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }  # fmt: skip
    file.write_text(yaml.safe_dump(config))
    return Kubernetes.by_kubeconfig(Path(file))


def versions(cluster: Kubernetes) -> dict[str, str]:
    return {
        json.dumps([one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]]): one["metadata"][
            "resourceVersion"
        ]
        for one in cluster.live()
    }


def test_it_applies_a_thousand_rules_and_then_writes_nothing(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(NOTHING, cluster)
    first = reconcile(wanted(), cluster)
    before = versions(cluster)
    second = reconcile(wanted(), cluster)

    assert (first.failed, set(first.rules.values())) == ({}, {("Ready", "")})
    assert first.applied == len(wanted().desired.objects) > 1000
    assert (second.applied, second.pruned, second.unchanged) == (0, 0, first.applied)
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
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []}
    for name in ("runai-ml-engineer-mine", "runai-ml-engineer"):
        made = server.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles", {**role, "metadata": {"name": name}})
        assert made.status_code == 201, made.text
    rules = [*RULES, Rule(2000, "user", "m@example.com", 6, "p1")]

    outcome = reconcile(wanted(rules), cluster)

    phase, message = outcome.rules[2000]
    assert phase == "NotReady" and "made by somebody else" in message
    for name in ("runai-ml-engineer-mine", "runai-ml-engineer"):
        assert server.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles/{name}").json()["rules"] in (None, [])
    assert reconcile(wanted(), cluster).failed == {}


def test_it_repairs_drift_and_says_what_it_was(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(wanted(), cluster)
    path = f"{RBAC}/clusterroles/runai-viewer-ns"
    live = server.ask(ADMIN_TOKEN, path).json()
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    changed = {**live, "rules": [*live["rules"], more]}
    assert server.ask(ADMIN_TOKEN, path, changed, method="PUT").status_code == 200

    outcome = reconcile(wanted(), cluster)

    assert outcome.applied == 1
    assert "ClusterRole runai-viewer-ns has" in outcome.drift[0]
    assert server.ask(ADMIN_TOKEN, path).json()["rules"] == live["rules"]


def test_it_says_which_namespace_is_missing(server: APIServer) -> None:
    project = Project("runai-nowhere", ("0", "1", CLUSTER, "d1", "nowhere"))
    rules = [Rule(3000, "user", "n@example.com", 5, "nowhere")]
    facts = Facts(CLUSTER, ROLES, [*RULES, *rules], [*PROJECTS, project], Naming("runai:", "runai:"))

    outcome = reconcile(Wanted(CLUSTER, desired(facts)), kubernetes(server))

    assert outcome.rules[3000] == ("NotReady", "The namespace runai-nowhere does not exist in the cluster yet.")
    assert outcome.rules[1] == ("Ready", "")


def test_it_survives_an_outage_in_the_middle_of_a_pass(server: APIServer) -> None:
    cluster = kubernetes(server)
    reconcile(NOTHING, cluster)

    def outage(done: int, _: int) -> None:
        if done == 100:
            server.halt()

    with pytest.raises(Unreachable, match="can't be reached"):
        reconcile(wanted(), cluster, progress=outage)
    server.go_on()
    outcome = reconcile(wanted(), cluster)

    assert (outcome.failed, outcome.drift, outcome.unchanged) == ({}, [], 100)
    assert outcome.applied == len(wanted().desired.objects) - 100


def test_the_rights_in_its_manifest_are_enough_and_lacking_them_is_said(server: APIServer) -> None:
    limited = kubernetes(server, "agent-of-this-test")
    reconcile(NOTHING, kubernetes(server))
    allow(server, [])
    refused = reconcile(wanted(), limited)
    allow(server, rights())

    outcome = reconcile(wanted(), limited)

    assert refused.rules[1][0] == "NotReady" and "may not list clusterroles" in refused.rules[1][1]
    assert (outcome.failed, outcome.applied) == ({}, len(wanted().desired.objects))


# To apply what is not there yet, 1.20 asks for the right to patch alone.
@pytest.mark.parametrize("lacking", [pytest.param("create", marks=since(1, 36)), "patch", "delete", "bind", "escalate"])
def test_it_names_the_right_that_it_lacks(server: APIServer, lacking: str) -> None:
    few = wanted(RULES[:1])
    admin, limited = kubernetes(server), kubernetes(server, "agent-of-this-test")
    reconcile(few if lacking == "delete" else NOTHING, admin)
    allow(server, [{**one, "verbs": [verb for verb in one["verbs"] if verb != lacking]} for one in rights()])

    outcome = reconcile(NOTHING if lacking == "delete" else few, limited)

    said = [line for line in outcome.problems if f"may not {lacking} " in line]
    assert said and all("clusterrole" in line or "rolebindings" in line for line in said)
    assert lacking == "delete" or outcome.rules[0][0] == "NotReady"


def allow(server: APIServer, rules: list[dict[str, list[str]]]) -> None:
    """Let the agent of this test do this, and no more."""
    named = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": NAME}}
    role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME}
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "agents-of-this-test"}
    admin = kubernetes(server)
    admin.apply({**named, "kind": "ClusterRole", "rules": rules}, force=True)
    admin.apply({**named, "kind": "ClusterRoleBinding", "roleRef": role_ref, "subjects": [group]}, force=True)
    time.sleep(1)  # its authorizer watches


@pytest.mark.django_db(transaction=True)
def test_the_program_does_it_with_a_server_and_an_api_server(
    server: APIServer, live_server: LiveServer, prod: Cluster, researchers: Group
) -> None:
    for name in ("runai-faces", "runai-dialects"):
        server.ask(ADMIN_TOKEN, NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    kubernetes(server)  # writes the kubeconfig
    token = server.folder / "agent-token"
    token.write_text(new_credential(actor=SYSTEM, cluster=prod, kind=Kind.AGENT))
    told = {"RUNAI_IDENTITY_URL": live_server.url, "CLUSTER_UUID": CLUSTER, "CREDENTIAL_FILE": str(token)}
    command = [sys.executable, "-m", "clustersync.agent", "--once"]
    env = {"PATH": os.environ["PATH"], "KUBECONFIG": str(server.folder / "kubeconfig"), **told}

    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    binding = server.ask(ADMIN_TOKEN, f"{RBAC}/namespaces/runai-faces/rolebindings/runai-l1-researcher-ns").json()
    assert [one["name"] for one in binding["subjects"]] == ["runai:researchers"]
    assert set(RuleStatus.objects.values_list("phase", flat=True)) == {"Ready"}
