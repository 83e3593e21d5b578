"""An AuthenticationConfiguration: the fields that the doctor reads, and that there are others."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from runai_identity_cli.certificates import BLOCK, NoCertificates, certificates
from runai_identity_cli.reduction import expressions, values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Redactions

KIND = "AuthenticationConfiguration"
LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
PATH = re.compile(r"[a-z0-9/\-._~%!$&'()*+,;=:]+")
RESERVED = re.compile(r"(?:.*\.)?(?:k8s|kubernetes)\.io")

GROUP = "apiserver.config.k8s.io/"
AUTHORIZATION = "AuthorizationConfiguration"
EXPRESSION = expressions.reduced

Shape = dict  # of the file: for each field its form, or the shape under it


def authority(value: str) -> str:
    """Return the certificates in it; of other PEM that it is there, and of none the path."""
    if "-----BEGIN" not in value:
        return values.path(value)
    found = []
    for block in BLOCK.finditer(value):
        with contextlib.suppress(NoCertificates):
            found += certificates(block[0])
    return "".join(found) or f"-----BEGIN {WITHHELD}-----"


def is_one(root: Item) -> bool:
    """Recognise it by its kind, however that is spelled, or by what no other file has."""
    if root.text_at("kind").lower() == KIND.lower():
        return True
    signers = root.at("jwt")
    if signers is None:
        return False
    has_issuer = bool(signers.items and signers.items[0].at("issuer"))
    return has_issuer or root.text_at("apiVersion").startswith(GROUP)


def reduced(item: Item, withheld: Redactions) -> Item:
    withheld.also_known(_prefixes(item))
    for signer in _signers(item):
        for extra in _under(signer, "claimMappings", "extra"):
            _key(extra.text_at("key"), withheld)
    return _reduced(item, SHAPE, withheld)


def _signers(item: Item) -> list[Item]:
    found = item.at("jwt")
    return found.items if found else []


def _under(item: Item | None, *path: str) -> list[Item]:
    for key in path:
        item = item.at(key) if item else None
    return item.items if item else []


def _prefixes(item: Item) -> Iterator[str]:
    """Return the prefixes as they are sent."""
    for signer in _signers(item):
        mappings = signer.at("claimMappings")
        for name in ("username", "groups"):
            mapped = mappings.at(name) if mappings else None
            yield values.name(mapped.text_at("prefix")) if mapped else ""


def _key(key: str, withheld: Redactions) -> str:
    """Return a word of the kind that the key is, since the kind is all that the doctor must know."""
    domain, slash, path = key.partition("/")
    if not slash or not path or not DOMAIN.fullmatch(domain):
        return withheld.key(key, after="")
    zone = "k8s.io" if RESERVED.fullmatch(domain) else "example.com"
    return withheld.key(key, after=f".{zone}/{'x' if PATH.fullmatch(path) else 'X'}")


def _required(value: str, withheld: Redactions) -> str:
    return withheld.known(value) if value else ""


MAPPED: Shape[str, Any] = {"claim": values.name, "prefix": values.name, "expression": EXPRESSION}
SHAPE: Shape[str, Any] = {
    "apiVersion": values.version,
    "kind": values.letters,
    "anonymous": {"enabled": values.truth, "conditions": {"path": values.presence}},
    "jwt": {
        "issuer": {
            "url": values.address,
            "discoveryURL": values.address,
            "certificateAuthority": authority,
            "audiences": values.name,
            "audienceMatchPolicy": values.letters,
            "egressSelectorType": values.letters,
        },
        "claimValidationRules": {
            "claim": values.name,
            "requiredValue": _required,
            "expression": EXPRESSION,
            "message": values.presence,
        },
        "claimMappings": {
            "username": MAPPED,
            "groups": MAPPED,
            "uid": {"claim": values.name, "expression": EXPRESSION},
            "extra": {"key": _key, "valueExpression": EXPRESSION},
        },
        "userValidationRules": {"expression": EXPRESSION, "message": values.presence},
    },
}


def _name_of(value: str, withheld: Redactions) -> str:
    """Return a word for a name, the same for the same.

    Of one that may not stand there, and the two that must, the kind.
    """
    return (
        value
        if value in ("", "alwaysallow", "alwaysdeny")
        else withheld.word(value)
        if DOMAIN.fullmatch(value)
        else WITHHELD
    )


AUTHORIZATION_SHAPE: Shape[str, Any] = {
    "apiVersion": values.version,
    "kind": values.letters,
    "authorizers": {
        "type": values.letters,
        "name": _name_of,
        "webhook": {
            "authorizedTTL": values.duration,
            "unauthorizedTTL": values.duration,
            "cacheAuthorizedRequests": values.truth,
            "cacheUnauthorizedRequests": values.truth,
            "timeout": values.duration,
            "subjectAccessReviewVersion": values.version,
            "matchConditionSubjectAccessReviewVersion": values.version,
            "failurePolicy": values.letters,
            "connectionInfo": {"type": values.letters, "kubeConfigFile": values.presence},
            "matchConditions": {"expression": values.presence},
        },
    },
}


def reduced_authorization(item: Item, withheld: Redactions) -> Item:
    """Return who decides, and in which form that is said."""
    return _reduced(item, AUTHORIZATION_SHAPE, withheld)


def _reduced(item: Item, shape: Shape[str, Any], withheld: Redactions) -> Item:
    if isinstance(item.value, str):
        return Item("", item.line, item.tag)
    if isinstance(item.value, list):
        return Item([_reduced(each, shape, withheld) for each in item.value], item.line)
    kept: dict[str, Item] = {}
    for key, child in item.value.items():
        if key not in shape:
            kept[withheld.word(key) or "withheld"] = Item("", child.line)
        elif isinstance(shape[key], dict):
            kept[key] = _reduced(child, shape[key], withheld)
        else:
            kept[key] = _leaf(child, shape[key], withheld)
    twice = tuple((key if key in shape else withheld.word(key) or "withheld", line) for key, line in item.twice)
    return Item(kept, item.line, "", twice)


def _leaf(item: Item, form: Callable[..., str], withheld: Redactions) -> Item:
    if item.items:
        return Item([_leaf(each, form, withheld) for each in item.items], item.line)
    if not isinstance(item.value, str):
        return Item(type(item.value)(), item.line)
    if form in (EXPRESSION, _key, _required, _name_of):
        return Item(form(item.text, withheld), item.line, item.tag)
    return Item(form(item.text), item.line, item.tag)
