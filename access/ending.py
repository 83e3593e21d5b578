"""Which access rules end with what somebody is about to delete, in sentences."""

from collections.abc import Callable

from django.db.models import QuerySet

from access.models import AccessRule, Scope, SubjectType
from access.services import readable_rules
from accounts.models import Group, User

MOST_NAMED = 5


def of(subject: User | Group, *, reader: User) -> list[str]:
    """For accounts.ending."""
    if isinstance(subject, User):
        return of_subject(SubjectType.USER, subject.email, reader=reader)
    return of_subject(SubjectType.GROUP, subject.name, reader=reader)


def of_subject(kind: SubjectType, name: str, *, reader: User) -> list[str]:
    named = readable_rules(reader).filter(subject_type=kind, subject_id=name, deleted_at=None)
    told = named.select_related("scope__parent__parent__parent").order_by("scope__path", "pk")
    return _said(told, lambda rule: f"{rule.role.name} in {rule.scope.full_name}")


def within(scope: Scope, *, reader: User) -> list[str]:
    """Return what stands in the way of deleting this part of the tree, and the rules that end with it."""
    below = scope.children.order_by("name")
    number = below.count()
    if number:
        names = ", ".join(below.values_list("name", flat=True)[:MOST_NAMED])
        more = f" and {number - MOST_NAMED} more" if number > MOST_NAMED else ""
        return [f"It can't be deleted yet: {names}{more} must be deleted first."]
    rules = readable_rules(reader).filter(scope=scope, deleted_at=None).order_by("pk")
    return _said(rules, lambda rule: f"{rule.subject_id} is {rule.role.name}")


def _said(rules: QuerySet[AccessRule], word: Callable[[AccessRule], str]) -> list[str]:
    number = rules.count()
    if not number:
        return []
    named = "; ".join(map(word, rules[:MOST_NAMED]))
    more = f"; and {number - MOST_NAMED} more" if number > MOST_NAMED else ""
    return [f"{number} access rule{'s end' if number > 1 else ' ends'}: {named}{more}."]
