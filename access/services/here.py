"""List what access rules give in a scope, from there and from above, as far as the reader may know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from access import decisions
from access.assertions import Standing, Unmet
from access.catalog import Role, roles
from access.explanations import nothing_for
from access.models import AccessRule, Scope, SubjectType
from access.services.asking import rule_set_of
from access.services.together import judged_together, names_together
from accounts.models import Group, User

MOST_ON_A_LEVEL = 50

Groups = Mapping[str, tuple[Group | None, int]]
"""Groups with their number of members, by name."""


@dataclass(frozen=True, slots=True)
class RuleHere:
    """A rule. `subject` is the user or group that goes by the name, if the reader may see it; `members` its size.

    `nothing` says why the rule gives its subject nothing; empty where it does.
    """

    rule: AccessRule
    subject: User | Group | None
    members: int = 0
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A scope with the newest of its rules; `more` if there are others, `here` if it is the one asked about."""

    scope: Scope
    lines: Sequence[RuleHere]
    more: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Here:
    """From the top down. `hidden`: rules of levels above count too that the reader may not read."""

    levels: Sequence[Level]
    hidden: bool


def may_read_here(reader: User, scope: Scope, resource_type: str = "access_rules") -> list[str]:
    """Return the ids of the scope and those above it in which the reader may read access rules, or something else."""
    path = scope.ref.path
    own = rule_set_of(reader, covering=path)
    heights = range(1, len(path) + 1)
    return [path[height - 1] for height in heights if decisions.may(own, "read", resource_type, path[:height])]


def rules_here(*, reader: User, scope: Scope) -> Here:
    readable = may_read_here(reader, scope)
    above = {one.pk: one for one in Scope.objects.filter(pk__in=scope.ref.path).select_related(*_PARENTS)}
    of = {id_: _newest_in(id_) for id_ in scope.ref.path if id_ in readable}
    shown = [rule for rules in of.values() for rule in rules]
    lines = {line.rule.pk: line for line in _lines(shown, _users(reader, scope, shown), _groups(reader, scope, shown))}
    levels = [
        Level(
            above[id_],
            [lines[rule.pk] for rule in rules[:MOST_ON_A_LEVEL]],
            len(rules) > MOST_ON_A_LEVEL,
            id_ == scope.pk,
        )
        for id_, rules in of.items()
    ]
    hidden = [id_ for id_ in scope.ref.path if id_ not in readable]
    return Here(levels, hidden=AccessRule.objects.live().filter(scope__in=hidden).exists())


def grantable_here(actor: User, scope: Scope) -> list[Role]:
    """Return the roles that the actor may give in this scope."""
    own = rule_set_of(actor, covering=scope.ref.path)
    return [role for role in roles().values() if decisions.may_grant(own, role, scope.ref.path)]


_PARENTS = ("parent__parent__parent",)


def _newest_in(scope_id: str) -> list[AccessRule]:
    rules = AccessRule.objects.live().filter(scope=scope_id).select_related("scope").order_by("-pk")
    return list(rules[: MOST_ON_A_LEVEL + 1])


def _lines(rules: Sequence[AccessRule], users: Mapping[str, User], groups: Groups) -> Iterable[RuleHere]:
    judged = judged_together(names_together(list(users.values()), ()))
    for rule in rules:
        if rule.subject_type == SubjectType.GROUP:
            group, members = groups.get(rule.subject_id, (None, 0))
            yield RuleHere(rule, group, members, "" if members or group is None else "Nobody is in the group.")
            continue
        user = users.get(rule.subject_id) if rule.subject_type == SubjectType.USER else None
        # Who may not see the person is told nothing of them.
        yield RuleHere(rule, user, nothing=_nothing_for(rule, user, judged[user]) if user else "")


def _nothing_for(rule: AccessRule, user: User, judged: Iterable[Standing]) -> str:
    if not user.enabled:
        return "The user is disabled."
    reasons = [one.unmet(user.rule_subject, rule_source=rule.source, leads=rule.leads) for one in judged]
    reason = next(iter(reasons), Unmet.UNVERIFIED)  # nobody vouches for who has no name
    return nothing_for(1, reason, user.asserted_by, rule.source) if reason else ""


def _users(reader: User, scope: Scope, rules: Sequence[AccessRule]) -> Mapping[str, User]:
    """Those named where the reader reads users: whom a rule names there they may see (`Authority.visible_users`)."""
    where = may_read_here(reader, scope, "users")
    named = [rule.subject_id for rule in rules if rule.subject_type == SubjectType.USER and rule.scope_id in where]
    return {user.email: user for user in User.objects.filter(email__in=named)}


def _groups(reader: User, scope: Scope, rules: Sequence[AccessRule]) -> Groups:
    where = may_read_here(reader, scope, "groups")
    named = [rule.subject_id for rule in rules if rule.subject_type == SubjectType.GROUP and rule.scope_id in where]
    seen = Group.objects.filter(name__in=named).annotate(size=Count("membership"))
    return {group.name: (group, group.size) for group in seen}
