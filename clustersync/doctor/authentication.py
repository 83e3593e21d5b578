"""An AuthenticationConfiguration: its issuers, and the fields that no version knows.

Source: kube-apiserver's apiserver.k8s.io/v1, AuthenticationConfiguration.
"""

from typing import Any

from clustersync.doctor.documents import Item
from clustersync.doctor.told import Entry, Said, Told, clean

Shape = dict[str, Any]

MAPPED: Shape = {"claim": None, "prefix": None, "expression": None}
SHAPE: Shape = {
    "apiVersion": None,
    "kind": None,
    "anonymous": {"enabled": None, "conditions": {"path": None}},
    "jwt": {
        "issuer": {
            "url": None,
            "discoveryURL": None,
            "certificateAuthority": None,
            "audiences": None,
            "audienceMatchPolicy": None,
            "egressSelectorType": None,
        },
        "claimValidationRules": {"claim": None, "requiredValue": None, "expression": None, "message": None},
        "claimMappings": {
            "username": MAPPED,
            "groups": MAPPED,
            "uid": {"claim": None, "expression": None},
            "extra": {"key": None, "valueExpression": None},
        },
        "userValidationRules": {"expression": None, "message": None},
    },
}


def read(root: Item) -> Told:
    version = root.text("apiVersion")
    where = root.at("apiVersion")
    entries = [_entry(item, index) for index, item in enumerate(root.items_of("jwt"))]
    return Told(
        recognised=(f"an AuthenticationConfiguration ({version or 'of no version'}), issuers: {len(entries)}",),
        entries=tuple(entries),
        api_version=Said(clean(version), where.line if where else root.line, "apiVersion: {value}"),
        unknown_fields=tuple(_unknown(root, SHAPE, "")),
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
        authority=Said("…", authority.line, "certificateAuthority: {value}") if authority else None,
        authority_text=authority.text() if authority else "",
        username_claim=_said(item, *username, "claim"),
        username_prefix=_said(item, *username, "prefix"),
        username_expression=_said(item, *username, "expression"),
        groups_claim=_said(item, *groups, "claim"),
        groups_prefix=_said(item, *groups, "prefix"),
        groups_expression=_said(item, *groups, "expression"),
        required=tuple(_required(rule) for rule in rules if rule.text("claim")),
        expressions=tuple(
            said for rule in item.items_of("claimValidationRules") if (said := _said(rule, "expression"))
        ),
        guards=len(item.items_of("userValidationRules")),
    )


def _required(rule: Item) -> Said:
    return Said(clean(f"{rule.text('claim')}={rule.text('requiredValue')}"), rule.line, "- claim: {value}")


def _said(item: Item, *path: str) -> Said | None:
    found = item.at(*path)
    if found is None:
        return None
    return Said(clean(found.text()), found.line, f'{path[-1]}: "{{value}}"')


def _unknown(item: Item, shape: Shape, path: str) -> list[Said]:
    """The API server decodes strictly: a key it doesn't know stops it."""
    unknown: list[Said] = []
    for each in item.items:
        unknown += _unknown(each, shape, path)
    for key, child in item.keys.items():
        if key not in shape:
            unknown.append(Said(clean(key), child.line, "{value}:", f"under {path}" if path else "at the top"))
        elif shape[key] is not None:
            unknown += _unknown(child, shape[key], f"{path}.{key}".strip("."))
    return unknown
