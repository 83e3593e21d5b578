"""Check what the server sends: bindings of the agent's own cluster roles, made anew from checked values.

Whoever holds the server, or stands in its place, lets people do in the namespaces of projects what these roles allow,
and nothing besides. Everything else is refused, each with a reason, and the rest goes on.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from access.namespaces import may_be_a_projects
from clustersync.agent.names import UUID, Names
from clustersync.agent.plan import RefusedObject, Wanted
from clustersync.rbac.desired import (
    API_VERSION,
    GROUP,
    MOST_SHARDS,
    PROJECT,
    BindingPlace,
    Desired,
    Manifest,
    ObjectKey,
    binding,
    cluster_role,
    key_of,
    our_labels,
)
from clustersync.rbac.roles import Part, every_part, policy_rules

OF_BINDING: Final = frozenset({"apiVersion", "kind", "metadata", "roleRef", "subjects"})
OF_ROLE: Final = frozenset({"apiVersion", "kind", "metadata", "rules"})
# Labels and annotations are never taken over, but for the id of the project: the agent writes its own.
OF_METADATA: Final = frozenset({"name", "namespace", "labels", "annotations"})
NUMBER: Final = re.compile(r"-([1-9][0-9]?)")
LONGEST_NAME, LONGEST_MESSAGE, LARGEST_ID = 253, 500, 2**63 - 1


class NotTaken(Exception):
    """The text goes on after "refused, because it"."""


class NotRBAC(Exception):
    """The answer as a whole is something else."""


def received(body: object, *, cluster: str, names: Names, own_namespace: str = "", policy: str = "") -> Wanted:
    """Read what GET …/rbac answers; `own_namespace` and `policy` are the agent's. Raises NotRBAC."""
    if not isinstance(body, dict) or not isinstance(body.get("objects"), list):
        raise NotRBAC
    taking = _Taking(cluster, names, own_namespace)
    taken = [taking.take(manifest) for manifest in body["objects"]]
    by_rule: dict[int, tuple[ObjectKey, ...]] = {}
    problems = dict(_remarks(body.get("problems")))
    for rules, positions in _rules(body.get("rules"), len(taken)):
        by_rule.update(dict.fromkeys(rules, tuple(key for at in positions if (key := taken[at][0]))))
        if refused := next((said for at in positions for said in taken[at][1]), None):
            said = f"The agent refused {refused.what}, because it {refused.why}"
            problems.update(dict.fromkeys(rules, said[:LONGEST_MESSAGE]))
    desired = Desired(tuple(taking.objects.values()), by_rule, problems, dict(_remarks(body.get("notes"))))
    return Wanted(cluster, desired, tuple(taking.refused), policy)


class _Taking:
    def __init__(self, cluster: str, names: Names, own_namespace: str) -> None:
        self._labels, self._names, self._own_namespace = our_labels(cluster), names, own_namespace
        self.objects: dict[ObjectKey, Manifest] = {}
        self.refused: list[RefusedObject] = []

    def take(self, manifest: object) -> tuple[ObjectKey | None, list[RefusedObject]]:
        """Answers the key of what was taken of it, and what was refused of it."""
        before, key, what = len(self.refused), None, _what(manifest)
        try:
            key = self._taken(what, _mapping(manifest, "is no manifest"))
        except NotTaken as why:
            self.refused.append(RefusedObject(what, str(why)))
        return key, self.refused[before:]

    def _taken(self, what: str, manifest: dict[str, Any]) -> ObjectKey:
        kind = manifest.get("kind")
        if (
            kind not in ("ClusterRole", "ClusterRoleBinding", "RoleBinding")
            or manifest.get("apiVersion") != API_VERSION
        ):
            raise NotTaken(f"is no binding of {API_VERSION}")
        metadata = _mapping(manifest.get("metadata"), "has no metadata")
        _nothing_but(OF_METADATA, metadata)
        if kind == "ClusterRole":
            return self._cluster_role(manifest, _part(metadata.get("name")))
        return self._binding(what, manifest, metadata)

    def _cluster_role(self, manifest: dict[str, Any], part: Part) -> ObjectKey:
        """Return the key of a ClusterRole. The server names those that it needs, which this version must know."""
        _nothing_but(OF_ROLE, manifest)
        if manifest.get("rules") != policy_rules(part.rights):
            raise NotTaken("gives other rights than this version's: cluster roles come with the manifest")
        own = cluster_role(part, self._labels)
        self.objects.setdefault(key_of(own), own)
        return key_of(own)

    def _binding(self, what: str, manifest: dict[str, Any], metadata: dict[str, Any]) -> ObjectKey:
        _nothing_but(OF_BINDING, manifest)
        role = _mapping(manifest.get("roleRef"), "names no role")
        part = _part(role.get("name"))
        if role != {"apiGroup": GROUP, "kind": "ClusterRole", "name": part.name}:
            raise NotTaken("names a role that is no cluster role")
        if part.in_projects != (manifest["kind"] == "RoleBinding"):
            raise NotTaken(f"binds {part.name} where it is never bound")
        place = self._place(metadata) if part.in_projects else _no_place(metadata)
        subjects = list(self._subjects(what, manifest.get("subjects")))
        if not subjects:
            raise NotTaken("names nobody whom it may")
        made = binding(part, _shard(metadata.get("name"), part), place, subjects, self._labels)
        if key_of(made) in self.objects:
            raise NotTaken("is there twice")
        self.objects[key_of(made)] = made
        own = cluster_role(part, self._labels)
        self.objects.setdefault(key_of(own), own)
        return key_of(made)

    def _place(self, metadata: dict[str, Any]) -> BindingPlace:
        namespace = metadata.get("namespace")
        if not isinstance(namespace, str) or not may_be_a_projects(namespace) or namespace == self._own_namespace:
            raise NotTaken("is in a namespace that is not for projects")
        labels = metadata.get("labels")
        project = labels.get(PROJECT) if isinstance(labels, dict) else None
        if not isinstance(project, str) or not UUID.fullmatch(project):
            raise NotTaken("does not say for which project it is")
        return BindingPlace(namespace, project)

    def _subjects(self, what: str, said: object) -> Iterator[dict[str, str]]:
        """Those whom a binding may name. The others are refused one by one."""
        for subject in said if isinstance(said, list) else ():
            given = subject if isinstance(subject, dict) else {}
            kind, name = given.get("kind"), given.get("name")
            objection = self._names.objection(kind, name)
            if not objection and given != {"apiGroup": GROUP, "kind": kind, "name": name}:
                objection = "names somebody by more than kind and name"
            if objection:
                self.refused.append(RefusedObject(what, objection))
            else:
                yield given


def _part(name: object) -> Part:
    if not isinstance(name, str) or name not in every_part():
        raise NotTaken(f"is of {_shown(name)}, which is no cluster role of this version")
    return every_part()[name]


def _shard(name: object, part: Part) -> int:
    """Return the number in the name of one of several bindings of a part, less one."""
    if name == part.name:
        return 0
    number = NUMBER.fullmatch(name.removeprefix(part.name)) if isinstance(name, str) else None
    if number is None or not 1 < int(number[1]) <= MOST_SHARDS or name != f"{part.name}{number[0]}":
        raise NotTaken(f"has another name than bindings of {part.name} have")
    return int(number[1]) - 1


def _no_place(metadata: dict[str, Any]) -> BindingPlace:
    if "namespace" in metadata:
        raise NotTaken("has a namespace, though it is for the whole cluster")
    return BindingPlace()


def _mapping(value: object, otherwise: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotTaken(otherwise)
    return value


def _nothing_but(known: Collection[str], value: dict[str, Any]) -> None:
    if more := sorted(set(value) - set(known)):
        raise NotTaken(f"has {_shown(more[0])} besides what a binding has")


def _rules(said: object, count: int) -> Iterator[tuple[list[int], list[int]]]:
    """Ids of access rules that are made of the same objects, and the positions of these."""
    for made in said if isinstance(said, list) else ():
        if isinstance(made, dict):
            rules, positions = (_numbers(made.get(name)) for name in ("ruleIds", "objects"))
            yield [rule for rule in rules if rule > 0], [position for position in positions if position < count]


def _remarks(said: object) -> Iterator[tuple[int, str]]:
    for remark in said if isinstance(said, list) else ():
        if isinstance(remark, dict) and isinstance(remark.get("message"), str):
            for rule in _numbers([remark.get("ruleId")]):
                yield rule, _shown(remark["message"], LONGEST_MESSAGE)


def _numbers(said: object) -> list[int]:
    numbers = said if isinstance(said, list) else ()
    return [number for number in numbers if type(number) is int and 0 <= number <= LARGEST_ID]


def _what(manifest: object) -> str:
    """Kind, namespace and name, as far as they can be shown."""
    known = manifest if isinstance(manifest, dict) else {}
    metadata = known.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    namespace = f"{_shown(names['namespace'])}/" if "namespace" in names else ""
    return f"{_shown(known.get('kind'))} {namespace}{_shown(names.get('name'))}"


def _shown(value: object, longest: int = LONGEST_NAME) -> str:
    """For a log and a page: whatever the server sent, on one line."""
    text = value if isinstance(value, str) else f"({type(value).__name__})"
    return "".join(letter if letter.isprintable() else "?" for letter in text[:longest])
