"""The form of an AuthenticationConfiguration: with what breaks it, kube-apiserver does not start.

Source: k8s.io/apiserver 0.36, pkg/apis/apiserver/v1/types.go and pkg/apis/apiserver/validation/validation.go; held
against a real server by tests/system/test_doctor_verdicts.py.
"""

import json
from collections.abc import Iterator
from typing import Any

from clustersync.doctor import issuers
from clustersync.doctor.documents import Item, Type
from clustersync.doctor.issuers import said_at
from clustersync.doctor.told import Said, Violation, clean

Shape = dict[str, Any]

MAPPED: Shape = {"claim": "text", "prefix": "text", "expression": "text"}
# Of each field its type; [of what] there is a list, and {of what} an object.
SHAPE: Shape = {
    "apiVersion": "text",
    "kind": "text",
    "anonymous": {"enabled": "truth", "conditions": [{"path": "text"}]},
    "jwt": [{
        "issuer": {
            "url": "text",
            "discoveryURL": "text",
            "certificateAuthority": "text",
            "audiences": ["text"],
            "audienceMatchPolicy": "text",
            "egressSelectorType": "text",
        },
        "claimValidationRules": [{"claim": "text", "requiredValue": "text", "expression": "text", "message": "text"}],
        "claimMappings": {
            "username": MAPPED,
            "groups": MAPPED,
            "uid": {"claim": "text", "expression": "text"},
            "extra": [{"key": "text", "valueExpression": "text"}],
        },
        "userValidationRules": [{"expression": "text", "message": "text"}],
    }],
}  # fmt: skip
# By the minor version since which a field is known, where that is later than the file itself.
SINCE = {"anonymous": (1, 31), "jwt.issuer.egressSelectorType": (1, 34)}
WORDS: dict[Type, str] = {
    "text": "a text", "truth": "true or false", "list": "a list", "mapping": "an object", "number": "a number",
    "nothing": "nothing",
}  # fmt: skip

MOST_ISSUERS = 64


def violations(root: Item) -> Iterator[Violation]:
    yield from _kind(root)
    yield from _twice(root)
    yield from _types(root, SHAPE, "")
    yield from _anonymous(root)
    items = root.items_of("jwt")
    if len(items) > MOST_ISSUERS:
        where = Said("…", items[MOST_ISSUERS].line, "- issuer: {value}")
        yield Violation("issuer-twice", where, "(remove it)", f"There may be {MOST_ISSUERS} issuers.")
    yield from issuers.same(items, "url")
    yield from issuers.same(items, "discoveryURL")
    for index, item in enumerate(items):
        yield from issuers.violations(item, index)


def invalid_json(text: str) -> bool:
    """What begins like JSON is read as JSON, with less patience than YAML has."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def _kind(root: Item) -> Iterator[Violation]:
    said = root.text("kind")
    if said != "AuthenticationConfiguration":
        where = said_at(root, "kind")
        why = "Without its kind, letter by letter, the file is not recognised." if said else "The file names no kind."
        yield Violation("kind", where, "kind: AuthenticationConfiguration", why, "" if where else "at the top")
    if not root.text("apiVersion"):
        yield Violation(
            "kind", None, "apiVersion: apiserver.config.k8s.io/v1", "The file names no apiVersion.", "at the top"
        )


def _twice(item: Item) -> Iterator[Violation]:
    for key in item.twice:
        why = f"{clean(key.text())} stands twice in the same object, and the file is read strictly."
        yield Violation("key-twice", Said(clean(key.text()), key.line, "{value}:"), "(remove one of them)", why)
    for child in (*item.items, *item.keys.values()):
        yield from _twice(child)


def _types(item: Item, shape: Any, path: str) -> Iterator[Violation]:
    wanted: Type = "list" if isinstance(shape, list) else "mapping" if isinstance(shape, dict) else shape
    if item.type == "nothing":
        return
    if item.type != wanted:
        name = path.rpartition(".")[2]
        said = Said(f"({WORDS[item.type]})", item.line, f"{name}: {{value}}")
        why = f"{path} is {WORDS[wanted]}, and this is {WORDS[item.type]}."
        if wanted == "text":
            why += " Put it in quotes."
        yield Violation("value-type", said, f"{name}: ({WORDS[wanted]})", why)
    elif isinstance(shape, list):
        for child in item.items:
            yield from _types(child, shape[0], path)
    elif isinstance(shape, dict):
        for key, child in item.keys.items():
            if key in shape:
                yield from _types(child, shape[key], f"{path}.{key}".strip("."))


def _anonymous(root: Item) -> Iterator[Violation]:
    anonymous = root.at("anonymous")
    if (
        anonymous
        and anonymous.items_of("conditions")
        and anonymous.text("enabled").lower() not in ("true", "yes", "on")
    ):
        why = "Conditions say for which paths requests without a token are answered, so that they have to be enabled."
        yield Violation("anonymous-conditions", said_at(anonymous, "enabled"), "enabled: true", why, "under anonymous")
