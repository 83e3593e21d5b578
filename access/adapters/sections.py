"""Answers to the port `accounts.ports.sections`: access on pages about a person."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from access import decisions
from access.explanations import nothing_for
from access.models import AccessRule, SubjectType
from access.services import grantable, readable_rules, rule_set_of
from access.services.standing import missed_by, rules_of
from access.services.subjects import WithheldCount, withheld_from_members
from accounts.models import Group, User
from accounts.ports.sections import Section

MOST_SHOWN = 200
MOST_LOOKED_AT = 2000
MOST_SCOPES = 200
_TREE = "scope__parent__parent__parent"


class Line(NamedTuple):
    """One rule that gives somebody something. `group` is through which group they meet it; none: it names them."""

    rule: AccessRule
    group: Group | None


def effective(*, about: User, reader: User) -> Section:
    """List what a person may do: each rule, with the group through which it reaches them."""
    own = rule_set_of(reader)

    def may_read(rule: AccessRule) -> bool:
        return decisions.may(own, "read", "access_rules", rule.scope.ref.path)

    given = rules_of(about).select_related(_TREE).order_by("scope__path", "pk")[:MOST_LOOKED_AT]
    rules = list(filter(may_read, given))
    names = {rule.subject_id for rule in rules if rule.subject_type == SubjectType.GROUP}
    groups = {group.name: group for group in Group.objects.filter(name__in=names)}
    roles, scopes = grantable(reader, most=MOST_SCOPES)
    shown: dict[str, Any] = {
        "about": about,
        "lines": [Line(rule, groups.get(rule.subject_id) if _by_group(rule) else None) for rule in rules[:MOST_SHOWN]],
        "more": len(rules) > MOST_SHOWN,
        "missed": [
            (one.rule, nothing_for(1, one.reason, one.name.source or about.asserted_by, one.rule.source))
            for one in missed_by(about)
            if may_read(one.rule)
        ],
        "roles": roles,
        "scopes": scopes[:MOST_SCOPES],
        "too_many_scopes": len(scopes) > MOST_SCOPES,
    }
    return Section("admin/access/effective.html", shown)


def own(*, about: User, reader: User) -> Section | None:
    """List what the reader may do, each rule in words and by which group, and which rules give them nothing."""
    if about != reader:
        return None
    given = list(rules_of(about).select_related(_TREE).order_by("scope__path", "pk")[: MOST_SHOWN + 1])
    shown: dict[str, Any] = {
        "rules": given[:MOST_SHOWN],
        "more": len(given) > MOST_SHOWN,
        "missed": [
            (one.rule, nothing_for(1, one.reason, one.name.source or about.asserted_by, one.rule.source))
            for one in missed_by(about)[:MOST_SHOWN]
        ],
    }
    return Section("access/own.html", shown)


def of_group(*, about: Group, reader: User) -> Section:
    """List the rules that name a group, with how many members get nothing of each."""
    withheld = withheld_from_members(about.name)
    return of_named(SubjectType.GROUP, about.name, reader=reader, withheld=withheld)


def of_named(
    kind: SubjectType, name: str, *, reader: User, withheld: Mapping[int, Sequence[WithheldCount]] | None = None
) -> Section:
    """List the rules that name a subject, where the reader may read them, and offer to give it a role."""
    named = readable_rules(reader).filter(deleted_at=None, subject_type=kind, subject_id=name)
    rules = list(named.select_related(_TREE).order_by("scope__path", "pk")[: MOST_SHOWN + 1])
    roles, scopes = grantable(reader, most=MOST_SCOPES)
    shown: dict[str, Any] = {
        "kind": kind.value,
        "name": name,
        "what": kind.label.lower(),
        "lines": [
            (
                rule,
                [
                    nothing_for(one.people, one.reason, one.source, rule.source)
                    for one in (withheld or {}).get(rule.pk, ())
                ],
            )
            for rule in rules[:MOST_SHOWN]
        ],
        "more": len(rules) > MOST_SHOWN,
        "roles": roles,
        "scopes": scopes[:MOST_SCOPES],
        "too_many_scopes": len(scopes) > MOST_SCOPES,
    }
    return Section("admin/access/named.html", shown)


def _by_group(rule: AccessRule) -> bool:
    return rule.subject_type == SubjectType.GROUP
