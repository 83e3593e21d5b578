"""A real API server, given the RBAC that we desire of it, allows what the tables say and nothing besides."""

import json
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests

from access.catalog import ROLES, Role
from clustersync.rbac.desired import Desired, DesiredProject, Manifest, RBACFacts, ReachingRule, desired, key_of
from clustersync.rbac.diff import differences
from clustersync.rbac.live import COMMAND, live_objects
from clustersync.rbac.places import namespace_for
from clustersync.rbac.roles import Right, parts_of
from clustersync.rbac.subjects import ClusterNaming
from clustersync.yaml_for_go import as_documents
from tests.cast import role_named
from tests.system.agents import kubectl
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer

pytestmark = REAL

UUID = "c0000000-0000-4000-8000-000000000001"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
PROJECTS = [
    DesiredProject("runai-faces", ("0", "1", UUID, "d", "faces")),
    DesiredProject("runai-cars", ("0", "1", UUID, "d", "cars")),
]
NAMES = (
    "System administrator",
    "L1 researcher",
    "ML engineer",
    "Viewer",
    "Credentials administrator",
    "Cloud operator",
)
SOME = [role_named(name) for name in NAMES]

# Asked for beside everything that any role gives: what would be the way to everything else.
NEVER = [
    Right("rbac.authorization.k8s.io", "clusterroles", "escalate"),
    Right("rbac.authorization.k8s.io", "clusterroles", "bind"),
    Right("rbac.authorization.k8s.io", "rolebindings", "create"),
    Right("", "users", "impersonate"),
    Right("", "serviceaccounts", "impersonate"),
    Right("", "serviceaccounts/token", "create"),
    Right("", "secrets", "list"),
    Right("", "nodes", "update"),
    Right("", "nodes/proxy", "get"),
    Right("", "pods/ephemeralcontainers", "patch"),
    Right("certificates.k8s.io", "certificatesigningrequests", "create"),
    Right("*", "*", "*"),
]


@cache
def everything() -> tuple[Right, ...]:
    given = {right for role in ROLES.values() for part in parts_of(role) for right in part.rights}
    return (*sorted(given), *NEVER)


def wanted() -> Desired:
    """Of each role one person, in the project faces."""
    rules = [ReachingRule(role.id, "user", f"{role.slug}@example.com", role.id, "faces") for role in SOME]
    naming = ClusterNaming(username_prefix="runai:", groups_prefix="runai:")
    return desired(RBACFacts(UUID, ROLES, rules, PROJECTS, naming))


class Cluster:
    """An API server that holds what we desire of it, asked by people of each role."""

    def __init__(self, server: APIServer) -> None:
        self.server, self.asked = server, requests.Session()
        self.asked.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"

    def send(self, path: str, body: Any, user: str = "") -> Any:
        headers = {"Impersonate-User": user} if user else {}
        url, ca = f"https://127.0.0.1:{self.server.port}{path}", str(self.server.folder / "tls.crt")
        made = self.asked.post(url, json=body, headers=headers, verify=ca, timeout=30)
        assert made.status_code == 201, made.text
        return made.json()

    def apply(self, manifest: Manifest) -> None:
        namespace = manifest["metadata"].get("namespace")
        where = f"{RBAC}/namespaces/{namespace}" if namespace else RBAC
        self.send(f"{where}/{manifest['kind'].lower()}s", manifest)

    def allows(self, role: Role, right: Right, namespace: str) -> bool:
        resource, _, subresource = right.resource.partition("/")
        asked = {
            "namespace": namespace,
            "group": right.group,
            "resource": resource,
            "subresource": subresource,
            "verb": right.verb,
            "name": "x",
        }
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        body = {**review, "spec": {"resourceAttributes": asked}}
        return bool(self.send(path, body, f"runai:{role.slug}@example.com")["status"]["allowed"])

    def live(self) -> list[Manifest]:
        lists = [
            self.server.ask(ADMIN_TOKEN, f"{RBAC}/{kind}s").json() for kind in ("clusterrole", "clusterrolebinding")
        ]
        lists += [self.server.ask(ADMIN_TOKEN, path).json() for path in (f"{RBAC}/rolebindings", NAMESPACES)]
        return [manifest for each in lists for manifest in live_objects(each)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    started = APIServer(tmp_path_factory.mktemp("rbac"))
    started.start([])
    yield started
    started.stop()


@pytest.fixture(scope="module")
def cluster(server: APIServer) -> Cluster:
    made = Cluster(server)
    for project in PROJECTS:
        made.send(NAMESPACES, namespace_for(project.namespace, project.id))
    for manifest in wanted().objects:
        made.apply(manifest)
    time.sleep(1)  # its authorizer watches
    return made


@pytest.mark.parametrize("role", SOME, ids=lambda role: role.slug)
def test_a_role_allows_what_its_table_says_and_nothing_besides(cluster: Cluster, role: Role) -> None:
    anywhere = {right for part in parts_of(role) if not part.in_projects for right in part.rights}
    in_faces = {right for part in parts_of(role) for right in part.rights}

    for namespace, expected in (("runai-faces", in_faces), ("runai-cars", anywhere), ("", anywhere)):
        allowed = {right for right in everything() if cluster.allows(role, right, namespace)}

        assert allowed - expected == set()
        assert expected - allowed == set()


def test_it_holds_exactly_what_was_desired(cluster: Cluster) -> None:
    found = differences(wanted().objects, cluster.live(), cluster=UUID)

    assert found.none
    assert found.unchanged == len(wanted().objects)


def test_it_is_ours_and_nobody_elses_that_is_pruned(cluster: Cluster) -> None:
    unwanted = differences((), cluster.live(), cluster=UUID)

    assert set(unwanted.prune) == {key_of(manifest) for manifest in wanted().objects if "roleRef" in manifest}


def test_the_yaml_is_applied_and_what_kubectl_prints_is_compared(cluster: Cluster, server: APIServer) -> None:
    kubectl(server, "apply", "--server-side", "--force-conflicts", "-f", "-", given=as_documents(wanted().objects))

    listed = kubectl(server, *COMMAND.split()[1:])
    found = differences(wanted().objects, live_objects(json.loads(listed)), cluster=UUID)

    assert found.none
    assert found.unchanged == len(wanted().objects)
