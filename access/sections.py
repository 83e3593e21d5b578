"""What pages of accounts show of access; they ask through `accounts.sections`."""

from typing import Any, NamedTuple

from access.explanations import nothing_for
from access.models import AccessRule, SubjectType
from access.services import grantable, readable_rules
from access.services.standing import missed_by, rules_of
from accounts.models import Group, User
from accounts.sections import Section

MOST_SHOWN = 200
MOST_SCOPES = 200
_TREE = "scope__parent__parent__parent"


class Line(NamedTuple):
    """One rule that gives somebody something. `group` is through which group they meet it; none: it names them."""

    rule: AccessRule
    group: Group | None


def effective(*, about: User, reader: User) -> Section:
    """What a person may do: each rule, with the group through which it reaches them."""
    readable = readable_rules(reader).filter(deleted_at=None)
    given = rules_of(about).filter(pk__in=readable.values("pk")).select_related(_TREE).order_by("scope__path", "pk")
    rules = list(given[: MOST_SHOWN + 1])
    names = {rule.subject_id for rule in rules if rule.subject_type == SubjectType.GROUP}
    groups = {group.name: group for group in Group.objects.filter(name__in=names)}
    missed = missed_by(about)
    told = set(readable.filter(pk__in=[one.rule.pk for one in missed]).values_list("pk", flat=True))
    roles, scopes = grantable(reader, most=MOST_SCOPES)
    shown: dict[str, Any] = {
        "about": about,
        "lines": [Line(rule, groups.get(rule.subject_id) if _by_group(rule) else None) for rule in rules[:MOST_SHOWN]],
        "more": len(rules) > MOST_SHOWN,
        "missed": [
            (one.rule, nothing_for(1, one.reason, one.name.source or about.asserted_by, one.rule.source))
            for one in missed
            if one.rule.pk in told
        ],
        "roles": roles,
        "scopes": scopes[:MOST_SCOPES],
        "too_many_scopes": len(scopes) > MOST_SCOPES,
    }
    return Section("admin/access/effective.html", shown)


def _by_group(rule: AccessRule) -> bool:
    return rule.subject_type == SubjectType.GROUP
