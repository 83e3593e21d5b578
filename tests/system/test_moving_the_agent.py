"""From the agent in runai-identity, which wrote cluster roles and knew no labels of namespaces, to this one."""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.agent_manifest import Agent, manifests
from clustersync.rbac.desired import GROUP, PROJECT, BindingPlace, Manifest, binding, key_of, our_labels
from clustersync.rbac.manifests import to_gitops
from clustersync.rbac.roles import every_part
from clustersync.yaml_for_go import as_documents
from tests.clustersync import hostile
from tests.clustersync.wanted import UUID, of, program
from tests.system.agents import (
    HAS_POLICIES,
    RBAC,
    TAKING_EFFECT,
    apply,
    give,
    install,
    kubectl,
    kubernetes,
    service_account_token,
)
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer

pytestmark = [*REAL, pytest.mark.timeout(300)]

DESIRED = of(*hostile.RULES, projects=hostile.PROJECTS)
AGENT = manifests(Agent(program(), namespaces=None if HAS_POLICIES else ["runai-faces", "runai-cars"]))
OLD = ["clusterrolebinding/runai-identity-agent", "clusterrole/runai-identity-agent", "namespace/runai-identity"]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    """As the agent of before left it."""
    started = APIServer(tmp_path_factory.mktemp("moving"))
    started.start([])
    for name in ("runai-identity", *(project.namespace for project in hostile.PROJECTS)):
        started.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": name}})
    for one in old_objects():
        assert apply(started, ADMIN_TOKEN, path_of(one), one).status_code in (200, 201)
    time.sleep(TAKING_EFFECT)
    yield started
    started.stop()


def old_objects() -> Iterator[Manifest]:
    for one in deepcopy(DESIRED.objects):
        one["metadata"]["labels"] = {k: v for k, v in one["metadata"]["labels"].items() if k != PROJECT}
        yield one | {
            "metadata": {**one["metadata"], "annotations": {"runai-identity/applied": "by the agent of before"}}
        }
    named: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "runai-identity-agent"}}
    yield {**named, "kind": "ClusterRole", "rules": []}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "runai-identity-agent"}
    account = {"kind": "ServiceAccount", "name": "runai-identity-agent", "namespace": "runai-identity"}
    yield {**named, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": [account]}


def path_of(one: Manifest) -> str:
    namespace = one["metadata"].get("namespace")
    where = f"{RBAC}/namespaces/{namespace}" if namespace else RBAC
    return f"{where}/{one['kind'].lower()}s/{one['metadata']['name']}"


def uids(server: APIServer) -> dict[Any, str]:
    return {key_of(one).address: one["metadata"].get("uid", "") for one in kubernetes(server).live()}


def passed(server: APIServer) -> ReconcileResult:
    return reconcile(Wanted(UUID, DESIRED), kubernetes(server, service_account_token(server)))


def test_by_the_steps_of_the_changelog_nobody_loses_anything(server: APIServer) -> None:
    before = uids(server)
    for line in to_gitops(DESIRED.objects).splitlines():
        if line.startswith("# kubectl label"):
            kubectl(server, *line.split()[2:])
    kubectl(server, "delete", "--wait=false", *OLD)
    install(server, as_documents(AGENT))

    outcome = passed(server)

    assert (outcome.failed, outcome.pruned, set(outcome.rules.values())) == ({}, 0, {("Ready", "")})
    after = uids(server)
    kept = [key_of(one).address for one in DESIRED.objects]
    assert {address: after[address] for address in kept} == {address: before[address] for address in kept}
    assert passed(server).idle


@pytest.mark.parametrize("namespace", ["runai-backend", "kube-system"])
def test_what_was_bound_where_it_may_bind_nothing_is_taken_away(server: APIServer, namespace: str) -> None:
    """By the name of a project, before such names were reserved."""
    server.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": namespace}})
    part, labels = every_part()["runai-viewer-ns"], our_labels(UUID)
    old = binding(
        part, 0, BindingPlace(namespace, ""), [{"apiGroup": GROUP, "kind": "User", "name": "runai:vera"}], labels
    )
    assert apply(server, ADMIN_TOKEN, path_of(old), old).status_code == 201
    install(server, as_documents(AGENT))

    outcome = passed(server)

    assert server.ask(ADMIN_TOKEN, path_of(old)).status_code == 404
    assert outcome.left == 0


def test_applying_the_manifest_again_leaves_the_token_that_it_was_given(server: APIServer) -> None:
    secret = f"{NAMESPACES}/identity-agent/secrets/identity-agent"
    install(server, as_documents(AGENT))
    for token in ("the first", "another"):
        give(server, token)
        install(server, as_documents(AGENT))

        assert b64decode(server.ask(ADMIN_TOKEN, secret).json()["data"]["token"]).decode() == token


def test_its_cluster_roles_are_those_of_the_manifest_from_then_on(server: APIServer) -> None:
    path = f"{RBAC}/clusterroles/runai-viewer-ns"
    widened = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}
    live = server.ask(ADMIN_TOKEN, path).json()
    stripped = {name: value for name, value in live.items() if name != "rules"}
    stripped["metadata"] = {"name": "runai-viewer-ns", "labels": live["metadata"]["labels"]}
    apply(server, ADMIN_TOKEN, path, {**stripped, "rules": [*live["rules"], widened]})

    install(server, as_documents(AGENT))

    role = server.ask(ADMIN_TOKEN, path).json()
    (shipped,) = [one for one in AGENT if one["metadata"]["name"] == "runai-viewer-ns"]
    assert role["rules"] == shipped["rules"]
    assert role["metadata"]["labels"] == shipped["metadata"]["labels"]
    assert "annotations" not in role["metadata"]


def test_a_namespace_that_nobody_labelled_loses_what_was_bound_there_and_it_is_said(server: APIServer) -> None:
    install(server, as_documents(AGENT))

    outcome = passed(server)

    assert outcome.pruned == 2
    assert {phase for phase, _ in outcome.rules.values()} == {"NotReady"}
    assert "kubectl label namespace runai-faces" in outcome.rules[1][1]
    assert "kubectl delete clusterrolebinding/runai-identity-agent" in json.dumps(outcome.problems)


def test_what_somebody_else_made_is_not_overwritten_by_applying_the_manifest(server: APIServer) -> None:
    """As where the platform's own agent has made roles of these names."""
    theirs = {
        "metadata": {"name": "runai-editor"},
        "rules": [{"apiGroups": [""], "resources": ["x"], "verbs": ["get"]}],
    }
    server.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles", theirs)

    with pytest.raises(AssertionError, match="Apply failed with 1 conflict"):
        install(server, as_documents(AGENT))

    assert server.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles/runai-editor").json()["rules"] == theirs["rules"]
