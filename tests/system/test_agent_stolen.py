"""What the agent's service account is worth to who steals it, at a real API server, in both forms of its manifest."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import requests

from access.namespaces import RESERVED, may_be_a_projects
from clustersync.agent.kube import Kubernetes
from clustersync.agent.plan import Wanted, plan
from clustersync.agent_manifest import Agent
from clustersync.rbac.desired import GROUP, PROJECT, BindingPlace, Desired, Manifest, ObjectKey, binding, our_labels
from clustersync.rbac.places import namespace_for
from clustersync.rbac.roles import every_part
from tests.clustersync.wanted import UUID, program
from tests.system.agents import HAS_POLICIES, RBAC, TAKING_EFFECT, apply, installed, kubeconfig
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer, since

pytestmark = [*REAL, pytest.mark.timeout(300)]

FACES, CARS = "b0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000002"
STRONG = "runai-system-administrator-ns"
BOB = {"apiGroup": GROUP, "kind": "User", "name": "runai:bob"}
OTHERS = [*sorted(RESERVED), "payments", "runai-payments", "kube-system", "kube-public", "default", "identity-agent"]
EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


class Stolen(NamedTuple):
    server: APIServer
    token: str
    by_policy: bool

    def apply(self, path: str, body: Any) -> requests.Response:
        return apply(self.server, self.token, path, body)

    def ask(self, path: str, body: object = None, *, method: str = "") -> requests.Response:
        return self.server.ask(self.token, path, body, method=method)


@pytest.fixture(scope="module", params=[pytest.param("by list"), pytest.param("by policy", marks=since(1, 30))])
def stolen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stolen]:
    server = APIServer(tmp_path_factory.mktemp("stolen"))
    server.start([])
    for name in OTHERS:
        labels = {} if may_be_a_projects(name) else {PROJECT: FACES}
        server.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": name, "labels": labels}})
    for name, project in (("runai-faces", FACES), ("runai-cars", CARS)):
        server.ask(ADMIN_TOKEN, NAMESPACES, namespace_for(name, project))
    role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}
    for name in ("theirs", "runai-viewer"):
        server.ask(ADMIN_TOKEN, f"{RBAC}/clusterrolebindings", {"metadata": {"name": name}, "roleRef": role})
    by_policy = request.param == "by policy"
    assert HAS_POLICIES or not by_policy
    token = installed(server, Agent(program(), namespaces=None if by_policy else ["runai-faces"]))
    yield Stolen(server, token, by_policy)
    server.stop()


def bound(role: str, namespace: str = "", **more: Any) -> Manifest:
    """As the agent would write it, but for what is said."""
    part = every_part()[STRONG if namespace else "runai-system-administrator"]
    made = binding(part, 0, BindingPlace(namespace, FACES if namespace else ""), [BOB], our_labels(UUID))
    return {**made, "roleRef": {**made["roleRef"], "name": role}, **more}


def at(namespace: str, name: str = STRONG) -> str:
    return f"{RBAC}/namespaces/{namespace}/rolebindings/{name}"


def refused(answer: requests.Response) -> bool:
    return answer.status_code == 403 or (answer.status_code == 422 and "ValidatingAdmissionPolicy" in answer.text)


def test_it_is_worth_a_role_in_the_namespace_of_a_project(stolen: Stolen) -> None:
    assert stolen.apply(at("runai-faces"), bound(STRONG, "runai-faces")).status_code in (200, 201)
    assert stolen.ask(at("runai-faces"), method="DELETE").status_code == 200


@pytest.mark.parametrize("namespace", OTHERS)
def test_it_binds_in_no_other_namespace(stolen: Stolen, namespace: str) -> None:
    assert refused(stolen.apply(at(namespace), bound(STRONG, namespace)))


# Not admin and edit: without a controller manager they give nothing, and whoever makes bindings may bind that.
OTHER_ROLES = [
    "cluster-admin",
    "system:kube-scheduler",
    "system:node",
    "system:controller:clusterrole-aggregation-controller",
]


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_it_binds_no_other_role_in_a_project(stolen: Stolen, role: str) -> None:
    assert refused(stolen.apply(at("runai-faces"), bound(role, "runai-faces")))


@pytest.mark.parametrize("role", [*OTHER_ROLES, "identity-agent-in-projects", STRONG, "runai-viewer-ns"])
def test_it_binds_no_other_role_in_the_whole_cluster(stolen: Stolen, role: str) -> None:
    name = "runai-system-administrator"

    assert refused(stolen.apply(f"{RBAC}/clusterrolebindings/{name}", bound(role)))
    assert refused(stolen.ask(f"{RBAC}/clusterrolebindings", bound(role), method="POST"))
    assert refused(stolen.ask(f"{RBAC}/clusterrolebindings", {**bound(role), "metadata": {"name": "x"}}))


@pytest.mark.parametrize("name", ["runai-viewer-ns", STRONG, "identity-agent", "cluster-admin", "new"])
def test_it_writes_no_cluster_role(stolen: Stolen, name: str) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    path = f"{RBAC}/clusterroles"

    assert refused(stolen.apply(f"{path}/{name}", {**role, "rules": EVERYTHING}))
    assert refused(stolen.ask(path, {**role, "rules": EVERYTHING}))
    assert refused(stolen.ask(f"{path}/{name}", method="DELETE"))


@pytest.mark.parametrize("namespace", OTHERS)
def test_it_labels_and_deletes_no_namespace(stolen: Stolen, namespace: str) -> None:
    assert refused(stolen.apply(f"{NAMESPACES}/{namespace}", namespace_for(namespace, FACES)))
    assert refused(stolen.ask(f"{NAMESPACES}/{namespace}", namespace_for(namespace, FACES), method="PUT"))
    assert refused(stolen.ask(f"{NAMESPACES}/{namespace}", method="DELETE"))
    assert stolen.ask(NAMESPACES, namespace_for(namespace, FACES)).status_code in (403, 409, 422)


READING = [
    f"{NAMESPACES}/identity-agent/secrets",
    f"{NAMESPACES}/identity-agent/secrets/identity-agent",
    f"{NAMESPACES}/kube-system/secrets",
    "/api/v1/secrets",
    f"{NAMESPACES}/runai-faces/pods",
    "/api/v1/nodes",
    f"{NAMESPACES}/runai-faces/configmaps",
]


@pytest.mark.parametrize("path", READING)
def test_it_reads_nothing_of_others(stolen: Stolen, path: str) -> None:
    assert refused(stolen.ask(path))


@pytest.mark.parametrize("namespace", ["identity-agent", "kube-system", "runai-faces"])
def test_it_makes_no_token_and_no_pod(stolen: Stolen, namespace: str) -> None:
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    assert refused(stolen.ask(f"{NAMESPACES}/{namespace}/serviceaccounts/identity-agent/token", request))
    assert refused(
        stolen.ask(f"{NAMESPACES}/{namespace}/pods", {"metadata": {"name": "x"}, "spec": {"containers": []}})
    )


@pytest.mark.parametrize("name", ["theirs", "cluster-admin", "identity-agent", "system:basic-user"])
def test_it_takes_no_binding_of_others(stolen: Stolen, name: str) -> None:
    path = f"{RBAC}/clusterrolebindings/{name}"

    assert refused(stolen.ask(path, method="DELETE"))
    assert refused(stolen.apply(path, {**bound("runai-system-administrator"), "metadata": {"name": name}}))


IN_FACES, IN_CLUSTER = at("runai-faces"), f"{RBAC}/clusterrolebindings/runai-system-administrator"
OF_ROLE = {"apiGroup": GROUP, "name": STRONG}
UNLABELLED = {"name": STRONG, "namespace": "runai-faces"}
OPEN = {"runai-identity/project": FACES, "pod-security.kubernetes.io/enforce": "privileged"}
SOMEBODY: dict[str, dict[str, str]] = {
    "a service account": {"kind": "ServiceAccount", "name": "default", "namespace": "runai-faces"},
    "everybody": {"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"},
    "a user without the prefix": {"apiGroup": GROUP, "kind": "User", "name": "mallory"},
    "a user by the prefix alone": {"apiGroup": GROUP, "kind": "User", "name": "runai:"},
    "a group with the users' prefix": {"apiGroup": GROUP, "kind": "Group", "name": "runai:speech"},
}
BY_POLICY: dict[str, Callable[[Stolen], requests.Response]] = {
    "a role of the cluster in a project": lambda stolen: stolen.apply(
        IN_FACES, bound("runai-system-administrator", "runai-faces")
    ),
    "a role of the project's own, even of who may bind it": lambda stolen: apply(
        stolen.server, ADMIN_TOKEN, IN_FACES, bound(STRONG, "runai-faces", roleRef={**OF_ROLE, "kind": "Role"})
    ),
    "to pass its own rights on": lambda stolen: stolen.apply(IN_CLUSTER, bound("identity-agent")),
    "to delete what has a name of ours": lambda stolen: stolen.ask(
        f"{RBAC}/clusterrolebindings/runai-viewer", method="DELETE"
    ),
    "a binding without our labels": lambda stolen: stolen.apply(
        IN_FACES, bound(STRONG, "runai-faces", metadata=UNLABELLED)
    ),
    "a cluster role binding without our labels": lambda stolen: stolen.apply(
        IN_CLUSTER, bound("runai-system-administrator", metadata={"name": "runai-system-administrator"})
    ),
    "the namespace of another project": lambda stolen: stolen.apply(at("runai-cars"), bound(STRONG, "runai-cars")),
    "a namespace that is no project's": lambda stolen: stolen.ask(NAMESPACES, namespace_for("kube-evil", FACES)),
    "a reserved namespace": lambda stolen: stolen.ask(NAMESPACES, namespace_for("runai-operator", FACES)),
    "a namespace without a project": lambda stolen: stolen.ask(NAMESPACES, {"metadata": {"name": "runai-new"}}),
    "a namespace that is open": lambda stolen: stolen.ask(
        NAMESPACES, {"metadata": {"name": "runai-open", "labels": OPEN}}
    ),
}


@since(1, 30)
@pytest.mark.parametrize("who", SOMEBODY)
def test_the_policy_lets_nobody_else_be_bound(stolen: Stolen, who: str) -> None:
    if not stolen.by_policy:
        pytest.skip("without a policy RBAC alone decides")

    for subjects in ([SOMEBODY[who]], [BOB, SOMEBODY[who]]):
        assert refused(stolen.apply(IN_FACES, bound(STRONG, "runai-faces", subjects=subjects)))
        assert refused(stolen.apply(IN_CLUSTER, bound("runai-system-administrator", subjects=subjects)))


@since(1, 30)
@pytest.mark.parametrize("place", ["kube-system", "runai-payments", "runai-backend", "runai-faces"])
def test_the_policy_holds_for_whoever_applies_our_bindings(stolen: Stolen, place: str) -> None:
    """By GitOps, with every right there is."""
    if not stolen.by_policy:
        pytest.skip("without a policy RBAC alone decides")

    answer = apply(stolen.server, ADMIN_TOKEN, at(place), bound(STRONG, place))

    assert answer.status_code in (200, 201) if place == "runai-faces" else refused(answer)
    assert stolen.server.ask(ADMIN_TOKEN, at(place), method="DELETE").status_code in (200, 404)


@since(1, 30)
@pytest.mark.parametrize("what", BY_POLICY)
def test_the_policy_refuses_more(stolen: Stolen, what: str) -> None:
    if not stolen.by_policy:
        pytest.skip("without a policy RBAC alone decides")

    assert refused(BY_POLICY[what](stolen))


@since(1, 30)
def test_the_agent_says_when_the_policy_is_gone(stolen: Stolen) -> None:
    if not stolen.by_policy:
        pytest.skip("without a policy RBAC alone decides")
    policy, server = "identity-agent-bindings", stolen.server
    path = f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/{policy}"
    cluster = Kubernetes.by_kubeconfig(kubeconfig(server, stolen.token), policy=policy)
    wanted = Wanted(UUID, Desired(), policy=policy)
    assert plan(wanted, cluster.live()).conflicts == ()
    kept = server.ask(ADMIN_TOKEN, path).json()

    server.ask(ADMIN_TOKEN, path, method="DELETE")

    (conflict,) = plan(wanted, cluster.live()).conflicts
    assert conflict.key == ObjectKey("ValidatingAdmissionPolicy", "", policy)
    again = {"metadata": {"name": policy}, "spec": kept["spec"]}
    assert server.ask(ADMIN_TOKEN, path.rpartition("/")[0], again).status_code == 201
    time.sleep(TAKING_EFFECT)
