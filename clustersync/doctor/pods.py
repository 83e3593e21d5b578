"""Read what an API server in a pod sees of its machine: of a static pod, or as the tools that write one are told.

kubeadm and Talos have `extraVolumes`, RKE1 `extra_binds`, RKE2 `kube-apiserver-extra-mount`.
"""

from collections.abc import Iterator

from clustersync.doctor.documents import Item, walk
from clustersync.doctor.parsed import Pod, Setting, clean

PROGRAM = "kube-apiserver"
# Without which it does not start: where it stands, the others do too.
NEEDED = "--etcd-servers"
# What kubeadm and RKE1 mount in any case.
USUAL = (
    "/etc/kubernetes/pki",
    "/etc/kubernetes/ssl",
    "/etc/ssl/certs",
    "/etc/ca-certificates",
    "/etc/pki",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)


def read(root: Item) -> Iterator[Pod]:
    for item in walk(root):
        if containers := item.items_of("containers"):
            volumes = {volume.text("name") for volume in item.items_of("volumes")}
            for container in containers:
                if runs_it(container):
                    yield _of_container(container, volumes)
        if item.at("apiServer", "extraArgs"):
            yield Pod(item.line, (*USUAL, *_paths(item.at("apiServer"), "extraVolumes")))
        if item.at("kube-api", "extra_args"):
            yield Pod(item.line, (*USUAL, *_bound(item.items_of("kube-api", "extra_binds"))))
        if extra := item.items_of("kube-apiserver-extra-mount"):
            yield Pod(item.line, tuple(_bound(extra)))


def _bound(binds: list[Item]) -> Iterator[str]:
    """Return the container's path of host:container, which sometimes ends in :ro."""
    parts = (one.text().split(":") for one in binds)
    return (part[1] for part in parts if len(part) > 1)


def runs_it(container: Item) -> bool:
    return container.text("name") == PROGRAM or any(word.rpartition("/")[2] == PROGRAM for word in _words(container))


def words(container: Item) -> list[Item]:
    return [*container.items_of("command"), *container.items_of("args")]


def _words(container: Item) -> list[str]:
    return [one.text() for one in words(container)]


def _of_container(container: Item, volumes: set[str]) -> Pod:
    mounts = container.items_of("volumeMounts")
    lost = (mount for mount in mounts if mount.text("name") not in volumes)
    return Pod(
        line=container.line,
        mounts=tuple(_paths(container, "volumeMounts")),
        without_volume=tuple(Setting(clean(mount.text("name")), mount.line, "name: {value}") for mount in lost),
        is_whole=any(word.startswith(NEEDED) for word in _words(container)),
    )


def _paths(item: Item | None, key: str) -> list[str]:
    return [one.text("mountPath") for one in (item.items_of(key) if item else []) if one.text("mountPath")]
