"""What a lying server might send in place of honest bindings: each a change of one honest object, by its kind."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from access.namespaces import RESERVED
from clustersync.rbac.desired import API_VERSION, GROUP, DesiredProject, Manifest, ReachingRule
from tests.clustersync.wanted import NAMING, RESEARCHER, UUID, VIEWER, of, rule

OWN_NAMESPACE = "runai-somewhere"  # of an agent that somebody put there
FACES = "b0000000-0000-4000-8000-000000000001"
CARS = "b0000000-0000-4000-8000-000000000002"
PROJECTS = [DesiredProject(f"runai-{name}", ("0", "1", UUID, id_)) for name, id_ in (("faces", FACES), ("cars", CARS))]
RULES = [rule(FACES, role=VIEWER, id=1), rule(CARS, "group speech", RESEARCHER, id=2)]

OTHER_NAMESPACES = "kube-system kube-public kube-node-lease default openshift openshift-config gpu-operator other"
ODD_NAMESPACES = "runai runai- runai-A runai-- identity-agent runai-faces/../kube-system"
OTHER_ROLES = "cluster-admin admin edit view system:node identity-agent identity-agent-in-projects runai-identity-agent"
ODD_ROLES = "runai-job-viewer-manual runai-viewer-NS system:controller:clusterrole-aggregation-controller"
OTHER_NAMES = "cluster-admin identity-agent runai-identity-agent system:basic-user runai-editor-ns"
KUBERNETES_GROUPS = (
    "system:authenticated system:masters system:serviceaccounts kubeadm:cluster-admins speech runai:speech"
)
KUBERNETES_USERS = (
    "system:admin system:kube-scheduler system:serviceaccount:kube-system:default mallory runai: team:mallory"
)
OTHER_KINDS = "Role ClusterRoleBindingList Pod Secret Namespace List rolebinding"

NAMESPACES: list[Any] = [
    *OTHER_NAMESPACES.split(),
    *ODD_NAMESPACES.split(),
    *(f"runai-{'f' * 58}", "runai-faces\n", "", None, 7, OWN_NAMESPACE),
    *sorted(RESERVED),
]
ROLES: list[Any] = [
    *OTHER_ROLES.split(),
    *ODD_ROLES.split(),
    *("runai-viewer-ns ", "", None, 7, ["runai-viewer-ns"]),
]
NAMES: list[Any] = [
    *OTHER_NAMES.split(),
    *(f"runai-viewer-ns-{number}" for number in ("0", "1", "11", "2x", "02")),
    *("-2", "2", "-2runai-viewer-ns", "runai-viewer-ns2", "runai-viewer-ns-2-2"),
    *("", None, 7),
]
_GROUPS: list[Any] = [
    *KUBERNETES_GROUPS.split(),
    *("system:unauthenticated", "team:", "", "team:a\nb", f"team:{'x' * 400}", None, 7, ["team:speech"]),
]
_USERS = [
    *KUBERNETES_USERS.split(),
    *("Runai:mallory", "runai:\u202emallory", "7b0b0000-0000-4000-8000-000000000001", "*"),
]
SUBJECTS: list[Any] = [
    *({"apiGroup": GROUP, "kind": "Group", "name": name} for name in _GROUPS),
    *({"apiGroup": GROUP, "kind": "User", "name": name} for name in _USERS),
    {"kind": "ServiceAccount", "name": "default", "namespace": "kube-system"},
    {"apiGroup": GROUP, "kind": "ServiceAccount", "name": "runai:default"},
    {"apiGroup": GROUP, "kind": "User", "name": "runai:eve", "namespace": "kube-system"},
    {"apiGroup": "", "kind": "User", "name": "runai:eve"},
    {"kind": "User", "name": "runai:eve"},
    {"apiGroup": GROUP, "kind": "user", "name": "runai:eve"},
    {"apiGroup": GROUP, "kind": "*", "name": "runai:eve"},
    *("runai:eve", None, 7, []),
]
MORE: list[dict[str, Any]] = [
    {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {}}]}},
    {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]},
    *({name: {}} for name in ("spec", "status", "data")),
]
METADATA: list[dict[str, Any]] = [
    {name: []}
    for name in ("finalizers", "ownerReferences", "generateName", "uid", "managedFields", "deletionTimestamp")
]
NOTHING: list[Any] = [None, 7, "x", [], {}]
VERSIONS = ["v1", "rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io", "", None, 7]
KINDS = [*OTHER_KINDS.split(), "", None, 7, ["RoleBinding"]]
RIGHTS: list[Any] = [
    [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    [{"apiGroups": [GROUP], "resources": ["clusterroles"], "verbs": ["escalate"]}],
    [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}],
    [{"nonResourceURLs": ["*"], "verbs": ["get"]}],
    *([], None, "everything"),
]


class Lie(NamedTuple):
    """`at` is the position of the honest object that `told` takes the place of."""

    name: str
    at: int
    told: Any


def honest() -> list[Manifest]:
    """As the server sends it."""
    return deepcopy(list(of(*RULES, projects=PROJECTS, naming=NAMING).objects))


def rules_of(*rules: ReachingRule) -> list[ReachingRule]:
    return [*RULES, *rules]


def lies() -> Iterator[Lie]:
    for at, one in enumerate(honest()):
        for number, told in enumerate(_of(one)):
            yield Lie(f"{one['kind']} {one['metadata']['name']} {number}", at, told)


def _of(one: Manifest) -> Iterator[Any]:
    yield from ({**one, "apiVersion": version} for version in VERSIONS)
    yield from ({**one, "kind": kind} for kind in KINDS)
    yield from (one | {"metadata": {**one["metadata"], **more}} for more in METADATA)
    yield from (None, 7, "ClusterRole", [], [one], {"items": [one]}, {})
    yield from ({**one, "metadata": metadata} for metadata in NOTHING)
    if one["kind"] == "ClusterRole":
        yield from ({**one, "rules": rights} for rights in RIGHTS)
        yield from ({**one, **more} for more in MORE if "rules" not in more)
        yield from (one | {"metadata": {**one["metadata"], "name": name}} for name in ROLES)
        return
    yield from ({**one, **more} for more in MORE)
    yield from (one | {"metadata": {**one["metadata"], "name": name}} for name in NAMES)
    yield from ({**one, "roleRef": {**one["roleRef"], "name": name}} for name in ROLES)
    yield from (
        {**one, "roleRef": {**one["roleRef"], **more}}
        for more in ({"kind": "Role"}, {"apiGroup": ""}, {"namespace": "kube-system"})
    )
    yield from ({**one, "roleRef": told} for told in (*NOTHING, "cluster-admin"))
    yield from ({**one, "subjects": told} for told in (*NOTHING, "system:masters"))
    yield from ({**one, "subjects": [subject]} for subject in SUBJECTS)
    yield from _elsewhere(one)


def _elsewhere(one: Manifest) -> Iterator[Any]:
    metadata = one["metadata"]
    if one["kind"] == "ClusterRoleBinding":
        yield one | {"metadata": {**metadata, "namespace": "kube-system"}}
        yield {**one, "roleRef": {**one["roleRef"], "name": f"{one['roleRef']['name']}-ns"}}
        in_projects = f"{metadata['name']}-ns"
        role = {**one["roleRef"], "name": in_projects}
        yield {**one, "metadata": {**metadata, "name": in_projects}, "roleRef": role}
        return
    in_cluster = one["roleRef"]["name"].removesuffix("-ns")
    yield one | {"metadata": {**metadata, "name": in_cluster}, "roleRef": {**one["roleRef"], "name": in_cluster}}
    yield {**one, "kind": "ClusterRoleBinding"}
    yield from (one | {"metadata": {**metadata, "namespace": namespace}} for namespace in NAMESPACES)
    yield one | {"metadata": {name: value for name, value in metadata.items() if name != "namespace"}}
    for label in ("", "faces", FACES.upper(), f"{FACES}\n", None, 7, [FACES]):
        yield one | {"metadata": {**metadata, "labels": {"runai-identity/project": label}}}
    yield from (one | {"metadata": {**metadata, "labels": labels}} for labels in NOTHING)


def is_ours(one: Manifest) -> bool:
    """Whether this gives no more than an agent may give; written apart from what the agent goes by."""
    if one["kind"] == "ClusterRole":
        return one in honest()
    namespace, in_projects = one["metadata"].get("namespace", ""), one["kind"] == "RoleBinding"
    return bool(
        one["apiVersion"] == API_VERSION
        and set(one) == {"apiVersion", "kind", "metadata", "roleRef", "subjects"}
        and one["roleRef"]["name"]
        in {"runai-viewer", "runai-viewer-ns", "runai-l1-researcher", "runai-l1-researcher-ns"}
        and one["roleRef"]["name"].endswith("-ns") == in_projects
        and one["metadata"]["name"].startswith(one["roleRef"]["name"])
        and namespace in ({"runai-faces", "runai-cars"} if in_projects else {""})
        and all(
            subject["name"].startswith({"User": "runai:", "Group": "team:"}[subject["kind"]]) and len(subject) == 3
            for subject in one["subjects"]
        )
    )
