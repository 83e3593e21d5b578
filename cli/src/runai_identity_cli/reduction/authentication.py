"""An AuthenticationConfiguration: the fields that the doctor reads, and that there are others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from runai_identity_cli.certificates import BLOCK, NoCertificates, certificates
from runai_identity_cli.reduction import values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Withheld

KIND = "AuthenticationConfiguration"
EXPRESSION = "expression"  # CEL, with whatever texts in it

Shape = dict  # of the file: for each field its form, the shape under it, or None where its value is not read


def authority(value: str) -> str:
    """The certificates in it; of other PEM that it is there, and of none the path."""
    if "-----BEGIN" not in value:
        return values.path(value)
    found = []
    for block in BLOCK.finditer(value):
        with contextlib.suppress(NoCertificates):
            found += certificates(block[0])
    return "".join(found) or f"-----BEGIN {WITHHELD}-----"


MAPPED: Shape[str, Any] = {"claim": values.name, "prefix": values.name, "expression": EXPRESSION}
SHAPE: Shape[str, Any] = {
    "apiVersion": values.version,
    "kind": values.letters,
    "anonymous": {"enabled": None, "conditions": {"path": None}},
    "jwt": {
        "issuer": {
            "url": values.address,
            "discoveryURL": values.address,
            "certificateAuthority": authority,
            "audiences": values.name,
            "audienceMatchPolicy": values.letters,
            "egressSelectorType": None,
        },
        "claimValidationRules": {
            "claim": values.name,
            "requiredValue": values.presence,
            "expression": EXPRESSION,
            "message": None,
        },
        "claimMappings": {
            "username": MAPPED,
            "groups": MAPPED,
            "uid": {"claim": None, "expression": None},
            "extra": {"key": None, "valueExpression": None},
        },
        "userValidationRules": {"expression": None, "message": None},
    },
}


def reduced(item: Item, withheld: Withheld) -> Item:
    return _reduced(item, SHAPE, withheld)


def _reduced(item: Item, shape: Shape[str, Any], withheld: Withheld) -> Item:
    if isinstance(item.value, str):
        return Item("", item.line)
    if isinstance(item.value, list):
        return Item([_reduced(each, shape, withheld) for each in item.value], item.line)
    kept: dict[str, Item] = {}
    for key, child in item.value.items():
        if key not in shape:
            kept[withheld.word(key) or "withheld"] = Item("", child.line)
        elif isinstance(shape[key], dict):
            kept[key] = _reduced(child, shape[key], withheld)
        elif shape[key] is not None:
            kept[key] = _leaf(child, shape[key], withheld)
    return Item(kept, item.line)


def _leaf(item: Item, form: str | Callable[[str], str], withheld: Withheld) -> Item:
    if item.items:
        return Item([_leaf(each, form, withheld) for each in item.items], item.line)
    if callable(form):
        return Item(form(item.text), item.line)
    return Item(_expression(item.text, withheld), item.line)


def _expression(text: str, withheld: Withheld) -> str:
    """A word for it, and whether it reads the e-mail and looks if that was verified."""
    reads = " claims.email" if "claims.email" in text.replace("claims.email_verified", "") else ""
    return withheld.word(text, after=f"{reads}{' email_verified' if 'email_verified' in text else ''}")
