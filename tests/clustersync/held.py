"""A cluster in memory, in place of the one that `clustersync.agent.kube` talks to."""

from collections.abc import Iterable

from clustersync.agent.kube import RequestRefused
from clustersync.agent_manifest import cluster_roles
from clustersync.rbac.desired import API_VERSION, Manifest, ObjectKey, key_of
from clustersync.rbac.places import namespace_for
from tests.clustersync.wanted import UUID


class Held:
    """`refused` says which verb is refused, for all or for a name; `done` what was written, in order."""

    def __init__(self, *objects: Manifest, refused: Iterable[str] = ()) -> None:
        self.objects: dict[tuple[str, str, str], Manifest] = {}
        self.hold(*objects)
        self.refused = frozenset(refused)
        self.done: list[str] = []
        self.told: list[tuple[ObjectKey, str]] = []

    def hold(self, *objects: Manifest) -> None:
        self.objects |= {key_of(manifest).address: manifest for manifest in objects}

    def live(self) -> list[Manifest]:
        self._check("list", "")
        return list(self.objects.values())

    def apply(self, manifest: Manifest, *, force: bool) -> None:
        self._check("apply", manifest["metadata"]["name"])
        self.hold(manifest)
        self.done.append(f"{'force' if force else 'apply'} {manifest['kind']} {manifest['metadata']['name']}")

    def create_namespace(self, manifest: Manifest) -> None:
        self._check("create", manifest["metadata"]["name"])
        if key_of(manifest).address in self.objects:
            raise RequestRefused("It exists already.")
        self.hold(manifest)
        self.done.append(f"create Namespace {manifest['metadata']['name']}")

    def delete(self, manifest: Manifest) -> None:
        self._check("delete", manifest["metadata"]["name"])
        del self.objects[key_of(manifest).address]
        self.done.append(f"delete {manifest['kind']} {manifest['metadata']['name']}")

    def tell(self, key: ObjectKey, why: str) -> None:
        self.told.append((key, why))

    def __getitem__(self, key: ObjectKey) -> Manifest:
        return self.objects[key.address]

    def _check(self, verb: str, name: str) -> None:
        if self.refused & {verb, f"{verb} {name}"}:
            raise RequestRefused(f"You may not {verb}.")


def prepared(*objects: Manifest, g1: bool = False, cluster: str = UUID) -> Held:
    """A cluster where the agent's manifest was applied."""
    return Held(*cluster_roles(cluster, g1=g1), *objects)


def namespace(name: str, project: str = "") -> Manifest:
    """As it was there before, or made for a project."""
    return namespace_for(name, project) if project else {"kind": "Namespace", "metadata": {"name": name}}


def foreign(kind: str, name: str, namespace: str = "", **more: object) -> Manifest:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, **more}
