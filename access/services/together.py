"""Judge many principals at once, in a fixed number of queries; `standing` judges one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import QuerySet

from access.assertions import Standing, standings
from access.decisions import RuleRef, RuleSet
from access.models import AccessRule, AccessRuleQuerySet, SubjectType
from access.ports.sources import sources
from accounts.models import Membership, User
from common.actors import Name, Principal

Subject = tuple[str, str]
Names = Mapping[Principal, list[Name]]
Judged = Mapping[Principal, tuple[Standing, ...]]


def names_together(principals: Sequence[Principal], groups: "QuerySet[AccessRule, str] | Collection[str]") -> Names:
    """Return each one's own name and those of their groups among `groups`, as `Principal.names` gives them."""
    names = {one: [own for own in (one.own_name(),) if own] for one in principals}
    users = {one.pk: one for one in principals if isinstance(one, User)}
    rows = Membership.objects.filter(user__in=users, group__name__in=groups)
    for user_id, name, source in rows.values_list("user", "group__name", "source"):
        names[users[user_id]].append(Name(SubjectType.GROUP.value, name, source))
    return names


def judged_together(names: Names) -> Judged:
    """Return what the names of each are worth."""
    aliases = {name.source for given in names.values() for name in given} | {one.asserted_by for one in names}
    declared = sources().declared(aliases - {""})
    return {one: standings(one.asserted_by, given, declared) for one, given in names.items()}


def rules_naming(rules: AccessRuleQuerySet, judged: Judged) -> Mapping[Subject, list[AccessRule]]:
    """Return those of the rules that name one of the principals, by subject."""
    subjects = frozenset(subject for given in judged.values() for one in given for subject in one.names)
    found = defaultdict(list)
    for rule in rules.named(subjects).select_related("scope").order_by("pk"):
        found[subject_of(rule)].append(rule)
    return found


def rule_set_met(given: Iterable[Standing], rules: Mapping[Subject, Iterable[AccessRule]]) -> RuleSet:
    """Return the rules that names with these standings meet."""
    met = [rule for one in given for subject in one.names for rule in rules.get(subject, ()) if meets(one, rule)]
    return RuleSet(RuleRef(rule.pk or 0, subject_of(rule), rule.role, rule.scope.ref) for rule in met)


def meets(standing: Standing, rule: AccessRule) -> bool:
    return standing.unmet(subject_of(rule), rule_source=rule.source, leads=rule.leads) is None


def subject_of(rule: AccessRule) -> Subject:
    return rule.subject_type, rule.subject_id
