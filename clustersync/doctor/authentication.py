"""An AuthenticationConfiguration: its issuers, and what its form does not allow.

Source: kube-apiserver's apiserver.k8s.io/v1, AuthenticationConfiguration.
"""

from collections.abc import Iterator
from typing import Any

from clustersync.doctor.documents import Item
from clustersync.doctor.schema import SHAPE, SINCE, violations
from clustersync.doctor.told import Entry, Expression, Said, Told, clean

KIND = "AuthenticationConfiguration"
GROUP = "apiserver.config.k8s.io/"


def is_one(root: Item) -> bool:
    """By its kind, however that is spelled, or by what no other file has."""
    if root.text("kind").lower() == KIND.lower():
        return True
    of_the_group = root.text("apiVersion").startswith(GROUP)
    return root.at("jwt") is not None and (of_the_group or root.at("jwt", 0, "issuer") is not None)


def read(root: Item) -> Told:
    version = root.text("apiVersion")
    where = root.at("apiVersion")
    anonymous = root.at("anonymous")
    entries = [_entry(item, index) for index, item in enumerate(root.items_of("jwt"))]
    return Told(
        recognised=(f"an AuthenticationConfiguration ({version or 'of no version'}), issuers: {len(entries)}",),
        entries=tuple(entries),
        api_version=Said(clean(version), where.line if where else root.line, "apiVersion: {value}"),
        unknown_fields=tuple(_unknown(root, SHAPE, "")),
        newer_fields=tuple(_newer(root, "")),
        violations=tuple(violations(root)),
        anonymous=Said("…", anonymous.line, "anonymous: {value}")
        if anonymous and anonymous.type != "nothing"
        else None,
    )


def _entry(item: Item, index: int) -> Entry:
    username, groups = ("claimMappings", "username"), ("claimMappings", "groups")
    authority = item.at("issuer", "certificateAuthority")
    rules = item.items_of("claimValidationRules")
    return Entry(
        kind="configuration",
        index=index,
        line=item.line,
        issuer=_said(item, "issuer", "url"),
        discovery_url=_said(item, "issuer", "discoveryURL"),
        audiences=tuple(
            Said(clean(one.text()), one.line, '- "{value}"') for one in item.items_of("issuer", "audiences")
        ),
        match_policy=_said(item, "issuer", "audienceMatchPolicy"),
        egress=_said(item, "issuer", "egressSelectorType"),
        authority=Said("…", authority.line, "certificateAuthority: {value}") if authority else None,
        authority_text=authority.text() if authority else "",
        username_claim=_said(item, *username, "claim"),
        username_prefix=_said(item, *username, "prefix"),
        username_expression=_said(item, *username, "expression"),
        groups_claim=_said(item, *groups, "claim"),
        groups_prefix=_said(item, *groups, "prefix"),
        groups_expression=_said(item, *groups, "expression"),
        uid_claim=_said(item, "claimMappings", "uid", "claim"),
        required=tuple(_required(rule) for rule in rules if rule.text("claim")),
        expressions=tuple(_expressions(item)),
        guards=len(item.items_of("userValidationRules")),
    )


def _expressions(item: Item) -> Iterator[Expression]:
    """In the order in which they stand in `Entry`, whatever that in the file is."""
    mappings = item.at("claimMappings") or Item({}, item.line, "mapping")
    for use in ("username", "groups", "uid"):
        if said := _said(mappings, use, "expression"):
            yield Expression(said, use, mappings.text(use, "expression"))
    for one in mappings.items_of("extra"):
        if said := _said(one, "valueExpression"):
            yield Expression(said, "extra", one.text("valueExpression"), one.text("key"))
    for rule in item.items_of("claimValidationRules"):
        if said := _said(rule, "expression"):
            yield Expression(said, "claim rule", rule.text("expression"))
    for rule in item.items_of("userValidationRules"):
        if said := _said(rule, "expression"):
            yield Expression(said, "user rule", rule.text("expression"))


def _required(rule: Item) -> Said:
    return Said(clean(f"{rule.text('claim')}={rule.text('requiredValue')}"), rule.line, "- claim: {value}")


def _said(item: Item, *path: str) -> Said | None:
    """What says nothing is not there."""
    found = item.at(*path)
    if found is None or found.type == "nothing":
        return None
    return Said(clean(found.text()), found.line, f'{path[-1]}: "{{value}}"')


def _unknown(item: Item, shape: Any, path: str) -> Iterator[Said]:
    """The API server decodes strictly: a key it doesn't know stops it."""
    inner = shape[0] if isinstance(shape, list) else shape
    for each in item.items:
        yield from _unknown(each, inner, path)
    for key, child in item.keys.items():
        if key not in inner:
            yield Said(clean(key), child.line, "{value}:", f"under {path}" if path else "at the top")
        elif isinstance(inner[key], (dict, list)):
            yield from _unknown(child, inner[key], f"{path}.{key}".strip("."))


def _newer(item: Item, path: str) -> Iterator[tuple[Said, tuple[int, int]]]:
    for each in item.items:
        yield from _newer(each, path)
    for key, child in item.keys.items():
        at = f"{path}.{key}".strip(".")
        if at in SINCE:
            yield Said(key, child.line, "{value}:", f"under {path}" if path else "at the top"), SINCE[at]
        yield from _newer(child, at)
