"""Compare what people may do before and after planned access rules, by the decision that enforces rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from access import decisions
from access.assertions import Standing, Unmet
from access.catalog import Role
from access.explanations import nothing_for
from access.models import AccessRule, Scope, SubjectType
from access.ports.applications import applications
from access.services.asking import require, rule_set_of
from access.services.together import (
    Judged,
    Names,
    Subject,
    judged_together,
    meets,
    names_together,
    rule_set_met,
    rules_naming,
    subject_of,
)
from accounts.models import User
from accounts.ports.authority import authority
from common.actors import Principal

MOST_LOOKED_AT = 200

Permission = tuple[str, str]
"""Resource type and action."""

Held = Mapping[Subject, Sequence[AccessRule]]


@dataclass(frozen=True)
class Gain:
    """Permissions that these people would gain in a scope and everything below it."""

    scope: Scope
    who: tuple[str, ...]
    gained: frozenset[Permission]


@dataclass
class Plan:
    """`people` were looked at, the first of `of`. `already` have it and gain nothing.

    `nobody`: subjects whom nobody goes by whom the actor may see. `nothing`: sentences on who gets nothing, and why.
    """

    people: int
    of: int
    gains: list[Gain] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)

    @property
    def gaining(self) -> int:
        return len({one for gain in self.gains for one in gain.who})


def plan(*, actor: User, subjects: Sequence[Subject], role: Role, scopes: Sequence[Scope], source: str) -> Plan:
    """Compare what the subjects may do before and after, by the people and the rules that the actor may read."""
    for scope in scopes:
        require(actor, "create", "access_rules", scope)
    people, of, nobody = _people(actor, subjects, scopes)
    rules = AccessRule.objects.live().filter(scope__in=_readable(actor, scopes))
    planned = [name for kind, name in subjects if kind == SubjectType.GROUP]
    named = rules.filter(Q(subject_type=SubjectType.GROUP)).values_list("subject_id", flat=True)
    names = names_together(people, {*named.distinct(), *planned})
    judged = judged_together(names)
    held = rules_naming(rules, judged)
    made = Plan(len(people), of, nobody=nobody)
    for scope in scopes:
        made.gains += _gains(scope, judged, held, _planned(subjects, role, scope, source))
    new = _planned(subjects, role, scopes[0], source)
    gaining = {one for gain in made.gains for one in gain.who}
    made.already = sorted({str(one) for one, given in judged.items() if _meet_any(given, new)} - gaining)
    made.nothing = _nothing(names, judged, new)
    return made


def _planned(subjects: Sequence[Subject], role: Role, scope: Scope, source: str) -> list[AccessRule]:
    return [
        AccessRule(subject_type=kind, subject_id=name, role_id=role.id, scope=scope, source=source)
        for kind, name in subjects
    ]


def _people(
    actor: User, subjects: Sequence[Subject], scopes: Sequence[Scope]
) -> tuple[list[Principal], int, list[str]]:
    """Return the first enabled principals behind the subjects, how many there are, and subjects with nobody behind."""
    names = {kind: [name for of, name in subjects if of == kind] for kind in SubjectType.values}
    seen, groups = authority().visible_users(actor), authority().visible_groups(actor)
    groups = groups.filter(name__in=names[SubjectType.GROUP])
    users = seen.filter(Q(email__in=names[SubjectType.USER]) | Q(membership__group__in=groups), enabled=True).distinct()
    found: list[Principal] = list(users.order_by("email")[:MOST_LOOKED_AT])
    number = users.count()
    paths = [scope.ref.path for scope in scopes]
    own = rule_set_of(actor, covering=tuple({id_ for path in paths for id_ in path}))
    if all(decisions.may(own, "read", "apps", path) for path in paths):
        known = [applications().named(name) for name in names[SubjectType.APP]]
        found += [one for one in known if one is not None and one.enabled]
        number += len([one for one in known if one is not None and one.enabled])
    there = {one.rule_subject for one in found} | {(SubjectType.GROUP.value, group.name) for group in groups}
    there |= {(SubjectType.USER.value, user.email) for user in seen.filter(email__in=names[SubjectType.USER])}
    return found[:MOST_LOOKED_AT], number, [name for kind, name in subjects if (kind, name) not in there]


def _readable(actor: User, scopes: Sequence[Scope]) -> set[str]:
    """Return the scopes from these up in which the actor may read access rules."""
    paths = {scope.ref.path[:height] for scope in scopes for height in range(1, len(scope.ref.path) + 1)}
    own = rule_set_of(actor, covering=tuple({path[-1] for path in paths}))
    return {path[-1] for path in paths if decisions.may(own, "read", "access_rules", path)}


def _gains(scope: Scope, judged: Judged, held: Held, new: Sequence[AccessRule]) -> list[Gain]:
    """Put those together who gain the same; most people first."""
    with_new: dict[Subject, list[AccessRule]] = defaultdict(list)
    for rule in (*(rule for rules in held.values() for rule in rules), *new):
        with_new[subject_of(rule)].append(rule)
    alike: dict[frozenset[Permission], list[str]] = defaultdict(list)
    for principal, given in judged.items():
        if gained := _may(given, with_new, scope) - _may(given, held, scope):
            alike[gained].append(str(principal))
    found = [Gain(scope, tuple(sorted(who)), gained) for gained, who in alike.items()]
    return sorted(found, key=lambda gain: (-len(gain.who), gain.who))


def _may(given: Iterable[Standing], rules: Held, scope: Scope) -> frozenset[Permission]:
    allowed = decisions.permissions_in(rule_set_met(given, rules), scope.ref.path)
    return frozenset((resource, action) for resource, actions in allowed.items() for action in actions)


def _meet_any(given: Iterable[Standing], new: Sequence[AccessRule]) -> bool:
    return any(subject_of(rule) in one.names and meets(one, rule) for one in given for rule in new)


def _nothing(names: Names, judged: Judged, new: Sequence[AccessRule]) -> list[str]:
    """Say how many of those whom a planned rule names get nothing of it, and why."""
    missed: Counter[tuple[Unmet, str, str]] = Counter()
    by_subject = {subject_of(rule): rule for rule in new}
    for principal, given in names.items():
        standing = {one.source: one for one in judged[principal]}
        if principal.own_name() is None and (rule := by_subject.get(principal.rule_subject)):
            missed[Unmet.UNVERIFIED, principal.asserted_by, rule.source] += 1
        for name in given:
            if rule := by_subject.get((name.kind, name.id)):
                reason = standing[name.source].unmet(subject_of(rule), rule_source=rule.source, leads=rule.leads)
                if reason is not None:
                    missed[reason, name.source or principal.asserted_by, rule.source] += 1
    return [nothing_for(people, *why) for why, people in missed.items()]
