"""Which access rules end with what somebody is about to delete, in sentences."""

from collections.abc import Callable

from django.db.models import QuerySet

from access.models import AccessRule, Scope, SubjectType
from access.services import readable_rules
from accounts.models import Group, User
from common.wording import Wording

MOST_NAMED = 5


def of(subject: User | Group, *, reader: User) -> list[str]:
    """For accounts.ports.ending."""
    if isinstance(subject, User):
        return of_subject(SubjectType.USER, subject.email, reader=reader)
    return of_subject(SubjectType.GROUP, subject.name, reader=reader)


def of_subject(kind: SubjectType, name: str, *, reader: User) -> list[str]:
    named = readable_rules(reader).filter(subject_type=kind, subject_id=name, deleted_at=None)
    told = named.select_related("scope__parent__parent__parent").order_by("scope__path", "pk")
    return _said(told, lambda rule: Wording("{role} in {scope}", role=rule.role.name, scope=rule.scope.full_name))


def within(scope: Scope, *, reader: User) -> list[str]:
    """Return what stands in the way of deleting this part of the tree, and the rules that end with it."""
    below = scope.children.order_by("name")
    number = below.count()
    if number:
        names = ", ".join(below.values_list("name", flat=True)[:MOST_NAMED])
        more = Wording(" and {number} more", number=number - MOST_NAMED) if number > MOST_NAMED else ""
        return [Wording("It can't be deleted yet: {names}{more} must be deleted first.", names=names, more=more)]
    rules = readable_rules(reader).filter(scope=scope, deleted_at=None).order_by("pk")
    return _said(rules, lambda rule: Wording("{subject} is {role}", subject=rule.subject_id, role=rule.role.name))


def _said(rules: QuerySet[AccessRule], word: Callable[[AccessRule], str]) -> list[str]:
    number = rules.count()
    if not number:
        return []
    named = Wording.joined("; ", map(word, rules[:MOST_NAMED]))
    more = Wording("; and {number} more", number=number - MOST_NAMED) if number > MOST_NAMED else ""
    return [
        Wording.counted(
            "{number} access rule ends: {named}{more}.",
            "{number} access rules end: {named}{more}.",
            number=number,
            named=named,
            more=more,
        )
    ]
