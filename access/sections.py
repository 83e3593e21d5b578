"""What pages of accounts show of access; they ask through `accounts.sections`."""

from typing import Any, NamedTuple

from access import decisions
from access.explanations import nothing_for
from access.models import AccessRule, SubjectType
from access.services import grantable, grants_of
from access.services.standing import missed_by, rules_of
from accounts.models import Group, User
from accounts.sections import Section

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
    own = grants_of(reader)

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


def _by_group(rule: AccessRule) -> bool:
    return rule.subject_type == SubjectType.GROUP
