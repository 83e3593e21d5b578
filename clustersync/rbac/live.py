"""Read with care what `kubectl get … -o json` printed: its RBAC objects and namespaces, in their shapes."""

from typing import Any, Final

from clustersync.rbac.desired import GROUP, Manifest

API_GROUPS: Final = {"ClusterRole": GROUP, "ClusterRoleBinding": GROUP, "RoleBinding": GROUP, "Namespace": ""}
COMMAND: Final = "kubectl get namespaces,clusterroles,clusterrolebindings,rolebindings -A -o json"

TEXTS_OF_RULE = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


class MalformedObject(Exception):
    """The text says what was expected."""


def live_objects(body: object) -> list[Manifest]:
    """Out of a List, or the API server's own ClusterRoleList and so on. Raises Malformed."""
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MalformedObject(f"Send a List, as {COMMAND} prints it.")
    # In its own lists the API server says the kind once.
    of_all = {"kind": str(body.get("kind", "")).removesuffix("List"), "apiVersion": body.get("apiVersion")}
    objects = [of_all | item for item in items]
    return [_checked(item) for item in objects if _is_known(item)]


def _is_known(item: Manifest) -> bool:
    kind, version = item["kind"], item["apiVersion"]
    if not isinstance(kind, str) or kind not in API_GROUPS or not isinstance(version, str):
        return False
    group, _, _ = version.rpartition("/")
    return group == API_GROUPS[kind]


def _checked(item: Manifest) -> Manifest:
    metadata = item.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not _names(metadata):
        raise MalformedObject(f"A {item['kind']} has metadata with its name, namespace and labels.")
    where = f"{item['kind']} {metadata['name']}"
    if not _is_mapping(item.get("roleRef") or {}) or not all(map(_is_mapping, _list(item, "subjects", where))):
        raise MalformedObject(f"{where}: roleRef and each of subjects are objects of strings.")
    for rule in _list(item, "rules", where):
        if not isinstance(rule, dict) or not all(_is_texts(rule.get(name) or []) for name in TEXTS_OF_RULE):
            raise MalformedObject(f"{where}: each of rules has lists of strings.")
    return item


def _names(metadata: dict[str, Any]) -> bool:
    return isinstance(metadata.get("namespace", ""), str) and _is_mapping(metadata.get("labels") or {})


def _list(item: Manifest, name: str, where: str) -> list[Any]:
    value = item.get(name) or []
    if not isinstance(value, list):
        raise MalformedObject(f"{where}: {name} is a list.")
    return value


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
