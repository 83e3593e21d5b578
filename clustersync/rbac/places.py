"""In which namespaces role bindings may stand: those that carry the id of the very project. A name proves nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clustersync.rbac.desired import PROJECT, Manifest, ObjectKey, key_of


@dataclass(frozen=True)
class Places:
    """`missing` are namespaces to make, each with its label; `refused` says why a binding may not stand."""

    missing: tuple[Manifest, ...] = ()
    refused: Mapping[ObjectKey, str] = field(default_factory=dict)


def places(wanted: Iterable[Manifest], live: Iterable[Manifest]) -> Places:
    """Look at the namespace of each role binding in `wanted`; `live` holds the namespaces that there are."""
    labels = {one["metadata"]["name"]: _project_of(one) for one in live if one["kind"] == "Namespace"}
    keys: dict[str, dict[str, list[ObjectKey]]] = {}
    for key in (key_of(manifest) for manifest in wanted if manifest["kind"] == "RoleBinding"):
        keys.setdefault(key.namespace, {}).setdefault(key.project, []).append(key)

    missing: list[Manifest] = []
    refused: dict[ObjectKey, str] = {}
    for namespace, by_project in sorted(keys.items()):
        if namespace not in labels and len(by_project) == 1:
            (project,) = by_project
            missing.append(namespace_for(namespace, project))
            continue
        for project, bindings in by_project.items():
            if project != labels.get(namespace):
                refused.update(dict.fromkeys(bindings, _why(namespace, project, labels.get(namespace))))
    return Places(tuple(missing), refused)


def namespace_for(namespace: str, project: str) -> Manifest:
    metadata = {"name": namespace, "labels": {PROJECT: project}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def label_line(namespace: str, project: str, *, overwrite: bool = False) -> str:
    """Return what an operator types who knows that the namespace is that project's."""
    return f"kubectl label namespace {namespace}{' --overwrite' if overwrite else ''} {PROJECT}={project}"


def _project_of(namespace: Manifest) -> str:
    return str((namespace["metadata"].get("labels") or {}).get(PROJECT, ""))


def _why(namespace: str, project: str, label: str | None) -> str:
    if label is None:
        return (
            f"Two projects of this cluster have this name. Make the namespace for one of them: kubectl create namespace"
            f" {namespace}; {label_line(namespace, project)}"
        )
    if label:
        return (
            f"The namespace {namespace} is that of another project, {label}, as its label says. To give all that is in"
            f" it to this project: {label_line(namespace, project, overwrite=True)}"
        )
    return (
        f"The namespace {namespace} was there before and carries no label that says whose it is. If it is this"
        f" project's: {label_line(namespace, project)}"
    )
