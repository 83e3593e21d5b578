"""An AuthenticationConfiguration: its issuers, and what its form does not allow.

Source: kube-apiserver's apiserver.k8s.io/v1, AuthenticationConfiguration.
"""

from collections.abc import Iterator

from clustersync.doctor.documents import Item
from clustersync.doctor.parsed import Entry, Expression, Parsed, Setting, clean
from clustersync.doctor.schema import SHAPE, SINCE, unknown, violations
from common.wording import Wording

KIND = "AuthenticationConfiguration"
GROUP = "apiserver.config.k8s.io/"


def is_one(root: Item) -> bool:
    """Recognise it by its kind, however that is spelled, or by what no other file has."""
    if root.text("kind").lower() == KIND.lower():
        return True
    of_the_group = root.text("apiVersion").startswith(GROUP)
    return root.at("jwt") is not None and (of_the_group or root.at("jwt", 0, "issuer") is not None)


def read(root: Item) -> Parsed:
    version = root.text("apiVersion")
    where = root.at("apiVersion")
    anonymous = root.at("anonymous")
    entries = [_entry(item, index) for index, item in enumerate(root.items_of("jwt"))]
    return Parsed(
        recognised=(
            Wording(
                "an AuthenticationConfiguration ({version}), issuers: {count}",
                version=version or Wording("of no version"),
                count=len(entries),
            ),
        ),
        entries=tuple(entries),
        api_version=Setting(clean(version), where.line if where else root.line, "apiVersion: {value}"),
        unknown_fields=tuple(unknown(root, SHAPE, "")),
        newer_fields=tuple(_newer(root, "")),
        violations=tuple(violations(root)),
        anonymous=Setting("…", anonymous.line, "anonymous: {value}")
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
        issuer=_setting(item, "issuer", "url"),
        discovery_url=_setting(item, "issuer", "discoveryURL"),
        audiences=tuple(
            Setting(clean(one.text()), one.line, '- "{value}"') for one in item.items_of("issuer", "audiences")
        ),
        match_policy=_setting(item, "issuer", "audienceMatchPolicy"),
        egress=_setting(item, "issuer", "egressSelectorType"),
        authority=Setting("…", authority.line, "certificateAuthority: {value}") if authority else None,
        authority_text=authority.text() if authority else "",
        username_claim=_setting(item, *username, "claim"),
        username_prefix=_setting(item, *username, "prefix"),
        username_expression=_setting(item, *username, "expression"),
        groups_claim=_setting(item, *groups, "claim"),
        groups_prefix=_setting(item, *groups, "prefix"),
        groups_expression=_setting(item, *groups, "expression"),
        uid_claim=_setting(item, "claimMappings", "uid", "claim"),
        required=tuple(_required(rule) for rule in rules if rule.text("claim")),
        expressions=tuple(_expressions(item)),
        guards=len(item.items_of("userValidationRules")),
    )


def _expressions(item: Item) -> Iterator[Expression]:
    """In the order in which they stand in `Entry`, whatever that in the file is."""
    mappings = item.at("claimMappings") or Item({}, item.line, "mapping")
    for use in ("username", "groups", "uid"):
        if setting := _setting(mappings, use, "expression"):
            yield Expression(setting, use, mappings.text(use, "expression"))
    for one in mappings.items_of("extra"):
        if setting := _setting(one, "valueExpression"):
            yield Expression(setting, "extra", one.text("valueExpression"), one.text("key"))
    for rule in item.items_of("claimValidationRules"):
        if setting := _setting(rule, "expression"):
            yield Expression(setting, "claim rule", rule.text("expression"))
    for rule in item.items_of("userValidationRules"):
        if setting := _setting(rule, "expression"):
            yield Expression(setting, "user rule", rule.text("expression"))


def _required(rule: Item) -> Setting:
    return Setting(clean(f"{rule.text('claim')}={rule.text('requiredValue')}"), rule.line, "- claim: {value}")


def _setting(item: Item, *path: str) -> Setting | None:
    """Return the setting at this path; None where it is missing or empty."""
    found = item.at(*path)
    if found is None or found.type == "nothing":
        return None
    return Setting(clean(found.text()), found.line, f'{path[-1]}: "{{value}}"')


def _newer(item: Item, path: str) -> Iterator[tuple[Setting, tuple[int, int]]]:
    for each in item.items:
        yield from _newer(each, path)
    for key, child in item.keys.items():
        at = f"{path}.{key}".strip(".")
        if at in SINCE:
            yield (
                Setting(key, child.line, "{value}:", Wording("under {path}", path=path) if path else "at the top"),
                SINCE[at],
            )
        yield from _newer(child, at)
