"""Bindings that we made and that lost our labels. No rule decides what they give: nobody forgets them.

Our labels are the only proof by which anything is changed or deleted, since everybody may write everything else that
tells whose an object is. So these are reported until somebody looks at them, and never taken.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from clustersync.rbac.desired import (
    CLUSTER,
    MANAGED_BY,
    MOST_SHARDS,
    OURS,
    PROJECT,
    Manifest,
    ObjectKey,
    key_of,
    shard_name,
)
from clustersync.rbac.roles import every_part

# What we applied last, so that a difference can be told from a wish that is new. By who applies it also server-side.
APPLIED: Final = "runai-identity/applied"
FIELD_MANAGER: Final = "runai-identity"
BINDINGS: Final = frozenset({"ClusterRoleBinding", "RoleBinding"})


def is_ours(manifest: Manifest, cluster: str) -> bool:
    """Both labels: what another registration of the same cluster made is another's."""
    labels = manifest["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == OURS and labels.get(CLUSTER) == cluster


def is_estranged(manifest: Manifest, cluster: str) -> bool:
    """Return whether it has a name of our bindings and any mark of ours, but not both labels."""
    named = manifest["kind"] in BINDINGS and manifest["metadata"]["name"] in names_of_bindings()
    return named and not is_ours(manifest, cluster) and any(_marks(manifest))


def estranged(live: Iterable[Manifest], cluster: str) -> Iterator[tuple[ObjectKey, str]]:
    """Each with what to do about it."""
    yield from ((key_of(one), remedy(one)) for one in live if is_estranged(one, cluster))


def remedy(manifest: Manifest) -> str:
    """Return what to do about an estranged object, to follow its kind and name."""
    key, labels = key_of(manifest), manifest["metadata"].get("labels") or {}
    whose = f"says that it is of cluster {labels[CLUSTER]}" if labels.get(CLUSTER) else "does not carry our labels"
    where = f" -n {key.namespace}" if key.namespace else ""
    return (
        f"was made by this service and {whose}, so that it stays as it is, whatever access rules say."
        f" Look at it, then: kubectl delete {key.kind.lower()} {key.name}{where}"
    )


@cache
def names_of_bindings() -> frozenset[str]:
    """Every name that a binding of ours can have."""
    return frozenset(shard_name(part, shard) for part in every_part().values() for shard in range(MOST_SHARDS))


def _marks(manifest: Manifest) -> Iterator[bool]:
    """Whatever shape it has: it may be what somebody sent."""
    metadata = manifest["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations")
    yield labels.get(MANAGED_BY) == OURS
    yield CLUSTER in labels
    yield PROJECT in labels
    yield isinstance(annotations, dict) and APPLIED in annotations
    fields = metadata.get("managedFields")
    for one in fields if isinstance(fields, list) else ():
        yield isinstance(one, dict) and one.get("manager") == FIELD_MANAGER
