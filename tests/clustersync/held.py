"""A cluster in memory, in place of the one that `clustersync.agent.kube` talks to."""

from collections.abc import Iterable

from clustersync.agent.kube import Refused
from clustersync.rbac.desired import API_VERSION, Key, Manifest, key_of


class Held:
    """`refused` says which verb is refused, for all or for a name; `done` what was written, in order."""

    def __init__(self, *objects: Manifest, refused: Iterable[str] = ()) -> None:
        self.objects = {key_of(manifest): manifest for manifest in objects}
        self.refused = frozenset(refused)
        self.done: list[str] = []

    def live(self) -> list[Manifest]:
        self._check("list", "")
        return list(self.objects.values())

    def apply(self, manifest: Manifest, *, force: bool) -> None:
        self._check("apply", manifest["metadata"]["name"])
        self.objects[key_of(manifest)] = manifest
        self.done.append(f"{'force' if force else 'apply'} {manifest['kind']} {manifest['metadata']['name']}")

    def delete(self, manifest: Manifest) -> None:
        self._check("delete", manifest["metadata"]["name"])
        del self.objects[key_of(manifest)]
        self.done.append(f"delete {manifest['kind']} {manifest['metadata']['name']}")

    def __getitem__(self, key: Key) -> Manifest:
        return self.objects[key]

    def _check(self, verb: str, name: str) -> None:
        if self.refused & {verb, f"{verb} {name}"}:
            raise Refused(f"You may not {verb}.")


def foreign(kind: str, name: str, namespace: str = "", **more: object) -> Manifest:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, **more}
