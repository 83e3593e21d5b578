"""A cluster as the server names it, taken field by field.

Imported whenever kubectl asks: what takes time to import is imported where it is needed.
"""

from __future__ import annotations

from runai_identity_cli import shapes

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from typing import Any

MOST = 5_000
LONGEST = 100_000  # characters of any one field; a bundle of certificates is the longest
FIELDS = ("uuid", "name", "audience", "apiUrl", "certificateAuthority", "mode", "namespace")


class Unfit(Exception):
    """The server's description of a cluster can't be used; the text says why."""


class ListedCluster:
    """`api_url` and `authority` (PEM) are as the server says them, "" for none, and are not to be trusted yet.

    `namespace` is that of the one project in which one may do something, "" where there is none or more than one.
    `shares` is whether other clusters take its tokens, as the server said now; it is not kept.
    """

    __slots__ = ("api_url", "audience", "authority", "mode", "name", "namespace", "shares", "uuid")

    def __init__(self, found: object) -> None:
        said = {field: _text(found, field) for field in FIELDS}
        for field, shape in (("uuid", shapes.UUID), ("name", shapes.CLUSTER_NAME), ("audience", shapes.AUDIENCE)):
            if not shapes.fits(shape, said[field]):
                raise Unfit(f"its {field} can't be one")
        if said["namespace"] and not shapes.fits(shapes.NAMESPACE, said["namespace"]):
            raise Unfit("its namespace can't be one")
        self.namespace = said["namespace"]
        self.uuid, self.name, self.audience = said["uuid"], said["name"], said["audience"]
        self.api_url, self.authority, self.mode = said["apiUrl"], said["certificateAuthority"], said["mode"]
        self.shares = isinstance(found, dict) and bool(found.get("sharedSince"))

    def kept(self) -> dict[str, str]:
        """Return the form in which it is kept, which is the server's."""
        values = (self.uuid, self.name, self.audience, self.api_url, self.authority, self.mode, self.namespace)
        return dict(zip(FIELDS, values))


def clusters_of(found: list[Any]) -> tuple[list[ListedCluster], list[str]]:
    """Those that can be used, and a sentence about each that can't."""
    usable: list[ListedCluster] = []
    refused: list[str] = []
    for one in found[:MOST]:
        try:
            usable.append(ListedCluster(one))
        except Unfit as why:
            refused.append(f"Left out the cluster {_called(one)}: {why}.")
    seen: dict[str, int] = {}
    for one in usable:
        for key in (one.name, one.uuid):
            seen[key] = seen.get(key, 0) + 1
    alone = [one for one in usable if seen[one.name] == seen[one.uuid] == 1]
    if len(alone) < len(usable):
        names = ", ".join(sorted({one.name for one in usable} - {one.name for one in alone}))
        refused.append(f"Left out what has the same name or uuid as another: {names}.")
    return alone, refused


def without_address(clusters: list[ListedCluster]) -> str:
    """Say of which clusters nobody has entered the address, and who does; "" where all have one."""
    names = ", ".join(sorted(cluster.name for cluster in clusters if not cluster.api_url))
    if not names:
        return ""
    return (
        f"Nobody has entered yet by which address people reach: {names}. A system administrator does, under"
        " Administration > Clusters."
    )


def _text(found: object, field: str) -> str:
    value = found.get(field, "") if isinstance(found, dict) else None
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Unfit(f"its {field} is no text, or too long")
    return value


def _called(found: object) -> str:
    """Return a name by which it may be recognised, however odd."""
    name = found.get("name") if isinstance(found, dict) else None
    return str(name)[:80] if isinstance(name, str) and name else "without a name"
