"""Read what an API server in a pod sees of its machine: the mounted paths, and that a container is its own."""

from __future__ import annotations

from collections.abc import Callable

from runai_identity_cli.reduction import values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Redactions

PROGRAM, NEEDED = "kube-apiserver", "--etcd-servers"
# Keys by which the doctor knows where flags and mounts stand; of any other key nothing is sent.
KEPT = frozenset(("containers", "command", "args", "apiServer", "extraArgs", "kube-api", "extra_args"))


def part(key: str, item: Item, withheld: Redactions) -> Item | None:
    """Return what is sent of a part of a pod; None where it is none."""
    reduce = PARTS.get(key)
    if reduce is None or not item.items:
        return None
    return Item([reduce(one, withheld) for one in item.items], item.line)


def runs_it(container: Item) -> bool:
    return container.text_at("name") == PROGRAM or any(_is_it(text) for text in _words(container))


def begins_with_it(container: Item) -> bool:
    return any(_is_it(text) for text in _words(container)[:1])


def _words(container: Item) -> list[str]:
    lists = (container.at(key) for key in ("command", "args"))
    return [one.text for found in lists if found for one in found.items]


def _is_it(text: str) -> bool:
    return text.rpartition("/")[2] == PROGRAM


def word(text: str) -> str:
    """Keep of a command whose it is, and that it is there as a whole."""
    return PROGRAM if _is_it(text) else NEEDED if text.startswith(f"{NEEDED}=") else ""


def _mount(item: Item, withheld: Redactions) -> Item:
    kept = _named(item, withheld)
    if path := item.at("mountPath"):
        kept["mountPath"] = Item(values.path(path.text), path.line)
    return Item(kept, item.line)


def _volume(item: Item, withheld: Redactions) -> Item:
    return Item(_named(item, withheld), item.line)


def _bind(item: Item, withheld: Redactions) -> Item:
    """Return the container's path of host:container."""
    paths = item.text.split(":")
    return Item(f"{WITHHELD}:{values.path(paths[1])}" if len(paths) > 1 else WITHHELD, item.line)


def _named(item: Item, withheld: Redactions) -> dict[str, Item]:
    name = item.at("name")
    return {"name": Item(withheld.word(name.text), name.line)} if name else {}


PARTS: dict[str, Callable[[Item, Redactions], Item]] = {
    "volumeMounts": _mount,
    "extraVolumes": _mount,
    "volumes": _volume,
    "extra_binds": _bind,
    "kube-apiserver-extra-mount": _bind,
}
