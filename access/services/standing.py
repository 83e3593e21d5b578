"""Judge the names of a principal: the one place that decides whose assertion meets which access rule."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from django.db.models import Q, QuerySet

from access.assertions import ANY, Declared, Standing, Unmet, standings
from access.leading import leading
from access.models import AccessRule, AccessRuleQuerySet, SubjectType
from access.ports.sources import sources
from accounts.models import User
from common.actors import Name, Principal

Subject = tuple[str, str]


def standings_of(principal: Principal) -> tuple[Standing, ...]:
    return _judged(principal.asserted_by, principal.names())


def rules_of(principal: Principal) -> AccessRuleQuerySet:
    """Return the live rules that give this principal something, also while it is disabled.

    Each of its names counts.
    """
    return AccessRule.objects.met_by(standings_of(principal))


def groups_of(principal: Principal) -> list[str]:
    """Return the groups into which somebody was put by hand, or by a provider that may; by name."""
    declared = (name for standing in standings_of(principal) for kind, name in standing.names if kind == _GROUP)
    return sorted(declared)


class Missed(NamedTuple):
    """A rule that names somebody and gives them nothing: by which name, and why."""

    rule: AccessRule
    name: Name
    reason: Unmet


def missed_by(principal: Principal) -> list[Missed]:
    """Return the live rules that name this principal and give it nothing."""
    missed = missed_as(principal.asserted_by, principal.names())
    if principal.own_name() is None:
        unverified = Name(*principal.rule_subject, principal.asserted_by)
        own = AccessRule.objects.naming(frozenset({principal.rule_subject})).select_related("scope")
        missed += [Missed(rule, unverified, Unmet.UNVERIFIED) for rule in own]
    return missed


def missed_as(account: str, names: Iterable[Name]) -> list[Missed]:
    """Return the same for an account that is asserted by `account` and goes by these names; it need not exist."""
    by_subject = {(name.kind, name.id): name for name in names}
    judged = {one.source: one for one in _judged(account, by_subject.values())}
    missed = []
    for rule in AccessRule.objects.naming(frozenset(by_subject)).select_related("scope"):
        subject = (rule.subject_type, rule.subject_id)
        name = by_subject[subject]
        reason = judged[name.source].unmet(subject, rule_source=rule.source, leads=rule.leads)
        if reason is not None:
            missed.append(Missed(rule, name, reason))
    return missed


def missed_by_users(rules: QuerySet[AccessRule]) -> list[Missed]:
    """Return the rules that name a user and give that user nothing, or are for a source that brought nobody yet.

    Only rules that have a source are looked at, and those that name somebody whom an identity provider brings.
    """
    named = rules.filter(subject_type=SubjectType.USER)
    told = User.objects.filter(is_local=False, email__in=named.values("subject_id"))
    told |= User.objects.filter(email__in=named.exclude(source="").values("subject_id"))
    users = {user.email: user for user in told.only("email", "is_local", "source", "email_verified_by")}
    declared = sources().declared({user.asserted_by for user in users.values()} - {""})
    looked_at = named.filter(Q(subject_id__in=told.values("email")) | ~Q(source=""))
    judged = (_judged_of_user(rule, users.get(rule.subject_id), declared) for rule in looked_at.select_related("scope"))
    return [missed for missed in judged if missed is not None]


def _judged_of_user(rule: AccessRule, user: User | None, declared: Mapping[str, Declared]) -> Missed | None:
    if user is None:
        return Missed(rule, Name(rule.subject_type, rule.subject_id, rule.source), Unmet.NOBODY)
    name = Name(*user.rule_subject, user.asserted_by)
    if not user.email_verified:
        return Missed(rule, name, Unmet.UNVERIFIED)
    (judged,) = standings(name.source, [name], declared)
    reason = judged.unmet(user.rule_subject, rule_source=rule.source, leads=rule.leads)
    return Missed(rule, name, reason) if reason else None


def exceeding(user: User, source: str) -> list[AccessRule]:
    """Return the rules that give a user something which `source` may not give: it must not sign anybody in as them.

    Rules that name the user and can lead to System administrator count also where they give nothing now, so that it
    makes no difference whether the rule or the account came first. Groups that `source` itself put the user into don't
    count.
    """
    own = [name for name in (user.own_name(),) if name]
    groups = [name for name in user.names() if name.kind == _GROUP and name.source != source]
    names = [*own, *groups]
    rules = list(AccessRule.objects.naming(frozenset((name.kind, name.id) for name in names)).select_related("scope"))
    if not rules:
        return []
    given = (*(replace(one, privileged=True) for one in _judged("", own)), *_judged("", groups))
    through = _judged(source, [*(name._replace(source=source) for name in own), *groups])
    return [rule for rule in rules if _is_met(rule, given) and not _is_met(rule, through)]


def _is_met(rule: AccessRule, judged: Iterable[Standing]) -> bool:
    """Return True for a rule that `AccessRule.objects.met_by` finds by these."""
    subject = (rule.subject_type, rule.subject_id)
    return any(one.unmet(subject, rule_source=rule.source, leads=rule.leads) is None for one in judged)


def leading_groups(names: Iterable[str], source: str) -> frozenset[str]:
    """Return the groups whose rules can lead to System administrator, if `source` puts somebody into them."""
    rules = AccessRule.objects.naming(frozenset((_GROUP, name) for name in names)).leading()
    return frozenset(rules.filter(source__in=(ANY, source)).values_list("subject_id", flat=True))


class Around(NamedTuple):
    """The access that rules around a scope give somebody: anything at all, and by which groups.

    `unmet` are groups of theirs that a rule there names too which they don't meet. A cluster knows a group by its name
    alone, so it must not be told of those.
    """

    anything: bool
    groups: frozenset[str]
    unmet: frozenset[str]


class NamingRule(NamedTuple):
    """A live rule that names somebody, themselves or a group; `put_by` says who put them into the group."""

    kind: str
    id: str
    source: str
    role_id: int
    scope_type: str
    put_by: str


def around(principal: Principal, namings: Iterable[NamingRule], declared: Mapping[str, Declared]) -> Around:
    """Return what the rules around a scope that name somebody give them. Pure.

    `declared` has what the identity providers may assert that vouch for the account or its groups.
    """
    own, account, rules_by_type = principal.own_name(), principal.asserted_by, leading()
    met: set[Subject] = set()
    missed: set[Subject] = set()
    rows = [one for one in namings if one.kind == _GROUP or own is not None]
    names = {Name(one.kind, one.id, one.put_by if one.kind == _GROUP else account) for one in rows}
    judged = {one.source: one for one in standings(account, names, declared)}
    for kind, id_, rule_source, role_id, scope_type, put_by in rows:
        standing = judged[put_by if kind == _GROUP else account]
        reason = standing.unmet((kind, id_), rule_source=rule_source, leads=role_id in rules_by_type[scope_type])
        (missed if reason else met).add((kind, id_))
    return Around(bool(met), _groups(met) - _groups(missed), _groups(missed))


def declared_groups(
    principal: Principal, groups: Iterable[tuple[str, str]], declared: Mapping[str, Declared]
) -> tuple[str, ...]:
    """Return the names of those groups, each with its source, into which that source may put somebody; sorted. Pure."""
    names = [Name(_GROUP, name, source) for name, source in groups]
    judged = standings(principal.asserted_by, names, declared)
    return tuple(sorted(name for standing in judged for _, name in standing.names))


def filled(groups: Iterable[tuple[str, str]], declared: Mapping[str, Declared]) -> frozenset[str]:
    """Return the groups into which their source may put somebody; `groups` names the source of each. Pure.

    For groups whose power is in no access rule, but in a cluster.
    """
    return frozenset(
        name for name, source in groups if not source or (source in declared and declared[source].may_fill(name))
    )


_GROUP = SubjectType.GROUP.value


def _groups(subjects: Iterable[Subject]) -> frozenset[str]:
    return frozenset(name for kind, name in subjects if kind == _GROUP)


def _judged(account: str, names: Iterable[Name]) -> tuple[Standing, ...]:
    names = list(names)
    aliases = {account, *(name.source for name in names)} - {""}
    return standings(account, names, sources().declared(aliases) if aliases else {})
