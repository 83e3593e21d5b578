"""The RBAC objects that a cluster should hold: roles, access rules and projects in, complete manifests out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

from access.catalog import Role
from access.namespaces import owner_of
from clustersync.rbac.roles import Part, g1_parts_of, parts_of, policy_rules
from clustersync.rbac.subjects import ClusterNaming, Inexpressible, Subject, subject_named

GROUP = "rbac.authorization.k8s.io"
API_VERSION = f"{GROUP}/v1"
MANAGED_BY = "app.kubernetes.io/managed-by"
OURS = "runai-identity"
CLUSTER = "runai-identity/cluster"
PROJECT = "runai-identity/project"

# etcd takes 1.5 MB an object, so the subjects of a role that thousands hold are spread over several bindings. The agent
# may write bindings of so many names, and no others.
MOST_SUBJECTS = 2_000
MOST_SHARDS = 10

NO_RIGHTS = "This role gives nothing in Kubernetes."
NO_ROLE = "No role has the id that this rule names, so it gives nothing. Delete the rule."

Manifest = dict[str, Any]


class ObjectKey(NamedTuple):
    """`namespace` is empty for what has none. `project` is the id in the label of a role binding or a namespace.

    Two projects of one cluster may have one name from long ago. What is wanted for each of them has a key of its own;
    in the cluster `address` alone tells objects apart.
    """

    kind: str
    namespace: str
    name: str
    project: str = ""

    @property
    def address(self) -> tuple[str, str, str]:
        return self[:3]


class ReachingRule(NamedTuple):
    """An access rule that reaches the cluster."""

    id: int
    subject_type: str
    subject_id: str
    role_id: int
    scope_id: str


class DesiredProject(NamedTuple):
    """`path` is the ids of the scopes from the root down to the project itself."""

    namespace: str
    path: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.path[-1]


class BindingPlace(NamedTuple):
    """The place where a part of a role is bound: the namespace of a project, or the whole cluster."""

    namespace: str = ""
    project: str = ""


@dataclass(frozen=True)
class RBACFacts:
    """All that decides about a cluster's RBAC. `g1` asks for the names that the platform's roles had until 2.13.

    `withheld` has rules that give their user nothing, by id, each with the reason.
    """

    cluster: str
    roles: Mapping[int, Role]
    rules: Collection[ReachingRule]
    projects: Collection[DesiredProject]
    naming: ClusterNaming
    g1: bool = False
    withheld: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Desired:
    """`objects` share parts with one another: read them, don't write to them.

    `by_rule` says for each access rule of which objects it is made. One that can't be expressed is in `problems`
    instead, with a sentence; one in `notes` is as it should be, with a remark.
    """

    objects: tuple[Manifest, ...] = ()
    by_rule: Mapping[int, tuple[ObjectKey, ...]] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)


def key_of(manifest: Manifest) -> ObjectKey:
    metadata = manifest["metadata"]
    project = (metadata.get("labels") or {}).get(PROJECT, "")
    return ObjectKey(manifest["kind"], metadata.get("namespace", ""), metadata["name"], project)


def desired(facts: RBACFacts) -> Desired:
    """Build the desired objects. A project with a reserved namespace has none, nor has a rule for it alone."""
    reserved = {
        project.id: f"The namespace of this project belongs to {owner}. Make a project of another name."
        for project in facts.projects
        if (owner := owner_of(project.namespace))
    }
    projects = [project for project in facts.projects if project.id not in reserved]
    plan = _Plan(facts.cluster, projects, g1_parts_of if facts.g1 else parts_of)
    problems: dict[int, str] = {}
    notes: dict[int, str] = {}
    held: list[tuple[ReachingRule, Subject]] = []
    for rule in sorted(facts.rules):
        gone = "" if rule.role_id in facts.roles else NO_ROLE
        if why := gone or facts.withheld.get(rule.id) or reserved.get(rule.scope_id):
            problems[rule.id] = why
            continue
        try:
            subject = subject_named(rule.subject_type, rule.subject_id, facts.naming)
        except Inexpressible as reason:
            problems[rule.id] = str(reason)
            continue
        held.append((rule, subject))
        if not plan.add(facts.roles[rule.role_id], rule.scope_id, subject):
            notes[rule.id] = NO_RIGHTS

    by_rule = {rule.id: plan.keys(facts.roles[rule.role_id], rule.scope_id, subject) for rule, subject in held}
    return Desired(tuple(sorted(plan.objects(), key=key_of)), by_rule, problems, notes)


class _Plan:
    """The plan of who holds which part where. What many rules or projects have in common is worked out once."""

    def __init__(
        self, cluster: str, projects: Iterable[DesiredProject], parts: Callable[[Role], tuple[Part, ...]]
    ) -> None:
        self._labels = our_labels(cluster)
        self._parts = parts
        self._held: dict[Part, dict[str, set[Subject]]] = {}
        self._shards: dict[Part, int] = {}
        self._keys: dict[tuple[int, str, tuple[int, ...]], tuple[ObjectKey, ...]] = {}
        # Of each project the scopes it is in, and of each scope the projects below it.
        self._scopes: dict[BindingPlace, tuple[str, ...]] = {}
        self._below: dict[str, list[BindingPlace]] = {}
        for project in sorted(projects):
            place = BindingPlace(project.namespace, project.id)
            self._scopes[place] = project.path
            for scope_id in project.path:
                self._below.setdefault(scope_id, []).append(place)

    def add(self, role: Role, scope_id: str, subject: Subject) -> bool:
        """Answers whether the role has any part at all."""
        for part in self._parts(role):
            self._held.setdefault(part, {}).setdefault(scope_id, set()).add(subject)
        return bool(self._parts(role))

    def keys(self, role: Role, scope_id: str, subject: Subject) -> tuple[ObjectKey, ...]:
        parts = self._parts(role)
        shards = tuple(_shard(subject, self._count(part)) for part in parts)
        asked = (role.id, scope_id, shards)
        if asked not in self._keys:
            made = (self._of_part(part, scope_id, shard) for part, shard in zip(parts, shards, strict=True))
            self._keys[asked] = tuple(sorted(key for keys in made for key in keys))
        return self._keys[asked]

    def objects(self) -> Iterable[Manifest]:
        for part, held in self._held.items():
            yield cluster_role(part, self._labels)
            if part.in_projects:
                yield from self._role_bindings(part, held)
            else:
                everybody = frozenset[Subject]().union(*held.values())
                yield from self._bindings(part, [(BindingPlace(), tuple(held))], {tuple(held): everybody})

    def _role_bindings(self, part: Part, held: Mapping[str, set[Subject]]) -> Iterable[Manifest]:
        reached = [
            (place, scopes)
            for place, path in self._scopes.items()
            if (scopes := tuple(scope_id for scope_id in path if scope_id in held))
        ]
        together = {scopes: frozenset[Subject]().union(*(held[id_] for id_ in scopes)) for _, scopes in reached}
        yield from self._bindings(part, reached, together)

    def _bindings(
        self,
        part: Part,
        places: Iterable[tuple[BindingPlace, tuple[str, ...]]],
        subjects: Mapping[tuple[str, ...], frozenset[Subject]],
    ) -> Iterable[Manifest]:
        count = self._count(part)
        sharded = {scopes: _sharded(given, count) for scopes, given in subjects.items()}
        for place, scopes in places:
            for shard, rendered in sharded[scopes].items():
                yield binding(part, shard, place, rendered, self._labels)

    def _of_part(self, part: Part, scope_id: str, shard: int) -> Iterable[ObjectKey]:
        yield ObjectKey("ClusterRole", "", part.name)
        name = shard_name(part, shard)
        if not part.in_projects:
            yield ObjectKey("ClusterRoleBinding", "", name)
            return
        for place in self._below.get(scope_id, ()):
            yield ObjectKey("RoleBinding", place.namespace, name, place.project)

    def _count(self, part: Part) -> int:
        if part not in self._shards:
            everybody = set[Subject]().union(*self._held[part].values())
            self._shards[part] = min(-(-len(everybody) // MOST_SUBJECTS), MOST_SHARDS)
        return self._shards[part]


def our_labels(cluster: str) -> dict[str, str]:
    return {MANAGED_BY: OURS, CLUSTER: cluster}


def cluster_role(part: Part, labels: Mapping[str, str]) -> Manifest:
    metadata = {"name": part.name, "labels": labels}
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterRole",
        "metadata": metadata,
        "rules": policy_rules(part.rights),
    }


def binding(
    part: Part, shard: int, place: BindingPlace, subjects: list[dict[str, str]], labels: Mapping[str, str]
) -> Manifest:
    metadata: dict[str, Any] = {"name": shard_name(part, shard), "labels": labels}
    if place.namespace:
        metadata = metadata | {"namespace": place.namespace, "labels": {**labels, PROJECT: place.project}}
    return {
        "apiVersion": API_VERSION,
        "kind": "RoleBinding" if place.namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": part.name},
        "subjects": subjects,
    }


def _shard(subject: Subject, count: int) -> int:
    """Choose the shard by its name alone, so that somebody who comes or goes moves nobody else."""
    return crc32(subject.name.encode()) % count


def shard_name(part: Part, shard: int) -> str:
    return f"{part.name}-{shard + 1}" if shard else part.name


def _sharded(subjects: Iterable[Subject], count: int) -> dict[int, list[dict[str, str]]]:
    shards: dict[int, list[dict[str, str]]] = {}
    for subject in sorted(subjects):
        rendered = {"apiGroup": GROUP, "kind": subject.kind, "name": subject.name}
        shards.setdefault(_shard(subject, count), []).append(rendered)
    return shards
