"""The form of an AuthenticationConfiguration: with what breaks it, kube-apiserver does not start.

Source: k8s.io/apiserver 0.36, pkg/apis/apiserver/v1/types.go and pkg/apis/apiserver/validation/validation.go; held
against a real server by tests/system/test_doctor_verdicts.py.
"""

import json
from collections.abc import Iterator
from typing import Any

from clustersync.doctor import issuers
from clustersync.doctor.documents import Item, Type
from clustersync.doctor.issuers import setting_at
from clustersync.doctor.parsed import Setting, Violation, clean
from common.wording import Wording

Shape = dict[str, Any]

MAPPED: Shape = {"claim": "text", "prefix": "text", "expression": "text"}
# Of each field its type; [of what] there is a list, and {of what} an object.
SHAPE: Shape = {
    "apiVersion": "text",
    "kind": "text",
    "anonymous": {"enabled": "truth", "conditions": [{"path": "text"}]},
    "jwt": [
        {
            "issuer": {
                "url": "text",
                "discoveryURL": "text",
                "certificateAuthority": "text",
                "audiences": ["text"],
                "audienceMatchPolicy": "text",
                "egressSelectorType": "text",
            },
            "claimValidationRules": [
                {"claim": "text", "requiredValue": "text", "expression": "text", "message": "text"}
            ],
            "claimMappings": {
                "username": MAPPED,
                "groups": MAPPED,
                "uid": {"claim": "text", "expression": "text"},
                "extra": [{"key": "text", "valueExpression": "text"}],
            },
            "userValidationRules": [{"expression": "text", "message": "text"}],
        }
    ],
}
# By the minor version since which a field is known, where that is later than the file itself.
SINCE = {"anonymous": (1, 31), "jwt.issuer.egressSelectorType": (1, 34)}
WORDS: dict[Type, str] = {
    "text": Wording("a text"),
    "truth": Wording("true or false"),
    "list": Wording("a list"),
    "mapping": Wording("an object"),
    "number": Wording("a number"),
    "nothing": "nothing",
}

MOST_ISSUERS = 64


def violations(root: Item) -> Iterator[Violation]:
    yield from _kind(root)
    yield from twice(root)
    yield from types(root, SHAPE, "")
    yield from _anonymous(root)
    items = root.items_of("jwt")
    if len(items) > MOST_ISSUERS:
        where = Setting("…", items[MOST_ISSUERS].line, "- issuer: {value}")
        yield Violation(
            "issuer-twice",
            where,
            "(remove it)",
            Wording("There may be {most} issuers.", most=MOST_ISSUERS),
        )
    yield from issuers.same(items, "url")
    yield from issuers.same(items, "discoveryURL")
    for index, item in enumerate(items):
        yield from issuers.violations(item, index)


def invalid_json(text: str) -> bool:
    """Return True for text that begins like JSON and is invalid JSON: kube-apiserver does not read it as YAML."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def _kind(root: Item) -> Iterator[Violation]:
    setting = root.text("kind")
    if setting != "AuthenticationConfiguration":
        where = setting_at(root, "kind")
        why = (
            "Without its kind, letter by letter, the file is not recognised." if setting else "The file names no kind."
        )
        yield Violation("kind", where, "kind: AuthenticationConfiguration", why, "" if where else "at the top")
    if not root.text("apiVersion"):
        yield Violation(
            "kind", None, "apiVersion: apiserver.config.k8s.io/v1", "The file names no apiVersion.", "at the top"
        )


def twice(item: Item) -> Iterator[Violation]:
    for key in item.twice:
        why = Wording("{key} stands twice in the same object, and the file is read strictly.", key=clean(key.text()))
        yield Violation("key-twice", Setting(clean(key.text()), key.line, "{value}:"), "(remove one of them)", why)
    for child in (*item.items, *item.keys.values()):
        yield from twice(child)


def types(item: Item, shape: Any, path: str) -> Iterator[Violation]:
    wanted: Type = "list" if isinstance(shape, list) else "mapping" if isinstance(shape, dict) else shape
    if item.type == "nothing":
        return
    if item.type != wanted:
        name = path.rpartition(".")[2]
        setting = Setting(f"({WORDS[item.type]})", item.line, f"{name}: {{value}}")
        why = Wording(
            "{path} is {wanted}, and this is {found}.", path=path, wanted=WORDS[wanted], found=WORDS[item.type]
        )
        if wanted == "text":
            why = Wording.joined(" ", (why, Wording("Put it in quotes.")))
        yield Violation("value-type", setting, f"{name}: ({WORDS[wanted]})", why)
    elif isinstance(shape, list):
        for child in item.items:
            yield from types(child, shape[0], path)
    elif isinstance(shape, dict):
        for key, child in item.keys.items():
            if key in shape:
                yield from types(child, shape[key], f"{path}.{key}".strip("."))


def _anonymous(root: Item) -> Iterator[Violation]:
    anonymous = root.at("anonymous")
    if (
        anonymous
        and anonymous.items_of("conditions")
        and anonymous.text("enabled").lower() not in ("true", "yes", "on", "y")
    ):
        why = "Conditions say for which paths requests without a token are answered, so that they have to be enabled."
        yield Violation(
            "anonymous-conditions",
            setting_at(anonymous, "enabled"),
            "enabled: true",
            why,
            Wording("under {path}", path="anonymous"),
        )


def unknown(item: Item, shape: Any, path: str) -> Iterator[Setting]:
    """Yield the keys that the API server doesn't know. It decodes strictly: one of them stops it."""
    inner = shape[0] if isinstance(shape, list) else shape
    for each in item.items:
        yield from unknown(each, inner, path)
    for key, child in item.keys.items():
        if key not in inner:
            yield Setting(
                clean(key), child.line, "{value}:", Wording("under {path}", path=path) if path else "at the top"
            )
        elif isinstance(inner[key], (dict, list)):
            yield from unknown(child, inner[key], f"{path}.{key}".strip("."))
