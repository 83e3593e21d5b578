"""Compare what a cluster holds with what it should: to create, to change, to prune, and what is in the way."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clustersync.rbac.desired import CLUSTER, MANAGED_BY, OURS, Manifest, ObjectKey, key_of
from clustersync.rbac.estranged import BINDINGS, estranged, is_estranged, is_ours, remedy
from clustersync.rbac.places import Places, places

# Cluster roles come and go with the agent's manifest, and namespaces hold what people made.
PRUNED: Final = BINDINGS


@dataclass(frozen=True)
class Change:
    """`lines` say each difference for a person to read. `recreate`: Kubernetes lets nobody change a binding's role."""

    key: ObjectKey
    lines: tuple[str, ...]
    recreate: bool = False


@dataclass(frozen=True)
class ObjectConflict:
    """The reason why an object can't be as it should: one that is not ours has its place, or its place is not ours.

    `left` says that what is there was given by us, and may give somebody something still.
    """

    key: ObjectKey
    message: str
    left: bool = False


@dataclass(frozen=True)
class Differences:
    create: tuple[ObjectKey, ...] = ()
    change: tuple[Change, ...] = ()
    prune: tuple[ObjectKey, ...] = ()
    conflicts: tuple[ObjectConflict, ...] = ()
    unchanged: int = 0

    @property
    def none(self) -> bool:
        return not (self.create or self.change or self.prune or self.conflicts)


def differences(wanted: Iterable[Manifest], live: Iterable[Manifest], *, cluster: str) -> Differences:
    """`live` is RBAC objects and namespaces; `cluster` is the uuid in our label.

    A binding that may not stand in its namespace is a conflict; what is there in its place of ours is pruned.
    """
    wanted, live = list(wanted), list(live)
    found = {key_of(manifest).address: manifest for manifest in live}
    standing = places(wanted, live)
    sought = {key: manifest for manifest in wanted if (key := key_of(manifest)) not in standing.refused}
    there = {key: found[key.address] for key in sorted(sought) if key.address in found}
    foreign = {key: manifest for key, manifest in there.items() if not is_ours(manifest, cluster)}
    changes = [compared(sought[key], manifest) for key, manifest in there.items() if key not in foreign]
    addresses = {key.address for key in sought}
    forgotten = [item for item in estranged(found.values(), cluster) if item[0].address not in addresses]

    return Differences(
        create=tuple(sorted(_to_create(sought, there, standing))),
        change=tuple(change for change in changes if change.lines),
        prune=tuple(
            sorted(
                key_of(manifest)
                for address, manifest in found.items()
                if manifest["kind"] in PRUNED and address not in addresses and is_ours(manifest, cluster)
            )
        ),
        conflicts=(
            *(
                ObjectConflict(key, _in_the_way(foreign[key], cluster), is_estranged(foreign[key], cluster))
                for key in foreign
            ),
            *(ObjectConflict(key, message) for key, message in sorted(standing.refused.items())),
            *(ObjectConflict(key, message, left=True) for key, message in sorted(forgotten)),
        ),
        unchanged=sum(not change.lines for change in changes),
    )


def compared(wanted: Manifest, live: Manifest) -> Change:
    """Compare two objects. What others may add (labels, annotations, managed fields) is no difference."""
    other_role = "roleRef" in wanted and _role(wanted) != _role(live)
    lines = [f"is bound to {_role(live)}, should be to {_role(wanted)}"] if other_role else []
    if key_of(wanted).project != key_of(live).project:
        lines.append("does not say for which project it is")
    lines += _more_and_less(wanted.get("subjects"), live.get("subjects"), _subject)
    lines += _more_and_less(_rights(wanted), _rights(live), str)
    if live.get("aggregationRule"):
        lines.append("has an aggregation rule, by which others decide what it gives")
    return Change(key_of(wanted), tuple(lines), recreate=other_role)


def _to_create(sought: Iterable[ObjectKey], there: Collection[ObjectKey], standing: Places) -> Iterator[ObjectKey]:
    yield from (key for key in sought if key not in there)
    yield from (key_of(namespace) for namespace in standing.missing)


def _in_the_way(live: Manifest, cluster: str) -> str:
    labels = live["metadata"].get("labels") or {}
    if labels.get(MANAGED_BY) == OURS and labels.get(CLUSTER):
        return f"belongs to cluster {labels[CLUSTER]}, registered besides: delete it there"
    if is_estranged(live, cluster):
        return remedy(live)
    return "was made by somebody else and has the name that we need: delete or rename it, or label it as ours"


def _role(binding: Manifest) -> str:
    role = binding.get("roleRef") or {}
    return f"{role.get('kind', '')} {role.get('name', '')}"


def _subject(subject: Mapping[str, str]) -> str:
    where = f" in {subject['namespace']}" if subject.get("namespace") else ""
    return f"{subject.get('kind', '')} {subject.get('name', '')}{where}"


def _more_and_less(wanted: Any, live: Any, said: Callable[[Any], str]) -> list[str]:
    should, is_ = {said(item) for item in wanted or ()}, {said(item) for item in live or ()}
    return [
        *(f"lacks {item}" for item in sorted(should - is_)),
        *(f"has {item} besides" for item in sorted(is_ - should)),
    ]


def _rights(role: Manifest) -> list[str]:
    """One line for each resource and verb: rules may be cut differently and give the same."""
    return [line for rule in role.get("rules") or () for line in _of_rule(rule)]


def _of_rule(rule: Mapping[str, list[str]]) -> Iterator[str]:
    for verb in rule.get("verbs") or ():
        for url in rule.get("nonResourceURLs") or ():
            yield f"{verb} on {url}"
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                name = f"{resource}.{group}" if group else resource
                for only in rule.get("resourceNames") or ("",):
                    yield f"{verb} on {name}" + (f" named {only}" if only else "")
