"""What an API server in a pod sees of its machine: the paths that are mounted, and that a container is its own."""

from __future__ import annotations

from collections.abc import Callable

from runai_identity_cli.reduction import values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Withheld

PROGRAM, NEEDED = "kube-apiserver", "--etcd-servers"
# Keys by which the doctor knows where flags and mounts stand; of any other key nothing is sent.
KEPT = frozenset(("containers", "command", "args", "apiServer", "extraArgs", "kube-api", "extra_args"))


def part(key: str, item: Item, withheld: Withheld) -> Item | None:
    """What is sent of a part of a pod; None where it is none."""
    reduce = PARTS.get(key)
    if reduce is None or not item.items:
        return None
    return Item([reduce(one, withheld) for one in item.items], item.line)


def word(text: str) -> str:
    """Of a command what says whose it is, and that it is there as a whole."""
    return PROGRAM if text.rpartition("/")[2] == PROGRAM else NEEDED if text.startswith(f"{NEEDED}=") else ""


def _mount(item: Item, withheld: Withheld) -> Item:
    kept = _named(item, withheld)
    if path := item.at("mountPath"):
        kept["mountPath"] = Item(values.path(path.text), path.line)
    return Item(kept, item.line)


def _volume(item: Item, withheld: Withheld) -> Item:
    return Item(_named(item, withheld), item.line)


def _bind(item: Item, withheld: Withheld) -> Item:
    """Of host:container the path in the container."""
    paths = item.text.split(":")
    return Item(f"{WITHHELD}:{values.path(paths[1])}" if len(paths) > 1 else WITHHELD, item.line)


def _named(item: Item, withheld: Withheld) -> dict[str, Item]:
    name = item.at("name")
    return {"name": Item(withheld.word(name.text), name.line)} if name else {}


PARTS: dict[str, Callable[[Item, Withheld], Item]] = {
    "volumeMounts": _mount,
    "extraVolumes": _mount,
    "volumes": _volume,
    "extra_binds": _bind,
    "kube-apiserver-extra-mount": _bind,
}
