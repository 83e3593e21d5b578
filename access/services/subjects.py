"""Whom a rule names: whether anybody goes by the name, and what the rule is worth to those who do."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, When

from access import decisions
from access.applications import applications
from access.assertions import Unmet
from access.models import AccessRule, Scope, SubjectType
from access.services.asking import grants_of, permitted
from access.services.standing import missed_as
from accounts.models import Group, Membership, User
from common.actors import SYSTEM, Actor, Name, Principal, System

MOST_TOLD = 20


def subject_exists(*, reader: Actor = SYSTEM) -> Case:
    """Annotate with True if a rule's user or group exists; null for an application, and where `reader` reads none."""
    found = {
        SubjectType.USER: Exists(User.objects.filter(email=OuterRef("subject_id"))),
        SubjectType.GROUP: Exists(Group.objects.filter(name=OuterRef("subject_id"))),
    }
    where = {kind: permitted(reader, "read", _READ_AS[kind]) for kind in found}
    return Case(
        *[When(subject_type=kind, scope__in=where[kind], then=exists) for kind, exists in found.items()],
        output_field=BooleanField(null=True),
    )


def exists(rule: AccessRule) -> bool:
    """The same for one rule; False for an application."""
    if rule.subject_type == SubjectType.USER:
        return User.objects.filter(email=rule.subject_id).exists()
    return Group.objects.filter(name=rule.subject_id).exists()


def principal_named(subject_type: str, subject_id: str) -> Principal | None:
    """Return the user or application that goes by this name; None for a group."""
    if subject_type == SubjectType.USER:
        return User.objects.with_email(subject_id).first()
    return applications().named(subject_id) if subject_type == SubjectType.APP else None


def nobody_by(subject_type: str, subject_id: str, *, reader: Actor, scope: Scope) -> list[str]:
    """Return a sentence if nobody goes by this name, perhaps because it is mistyped; nothing to who may not know that.

    Whoever reads users, groups or applications in the scope may know.
    """
    if not isinstance(reader, System):
        path = scope.ref.path
        if not decisions.may(grants_of(reader, covering=path), "read", _KNOWN_AS[subject_type], path):
            return []
    if subject_type == SubjectType.GROUP:
        found = Group.objects.filter(name=subject_id).exists()
    else:
        found = principal_named(subject_type, subject_id) is not None
    return [] if found else [_NOBODY[subject_type].format(subject_id)]


_KNOWN_AS: Final[dict[str, str]] = {"user": "users", "group": "groups", "app": "apps"}
_NOBODY: Final = {
    "user": "There is no user {}. Check the spelling; a rule for this address waits for whoever first has it.",
    "group": "There is no group {}. Check the spelling, upper and lower case too.",
    "app": "There is no application {}. Check the spelling of its client id.",
}


def said_of_subject(rule: AccessRule) -> str:
    """Say what to know of a rule whose user or group doesn't exist."""
    if rule.subject_type == SubjectType.GROUP and Group.objects.filter(name__iexact=rule.subject_id).exists():
        return "Nothing: no group goes by this name, but one by a name that differs in upper and lower case only."
    return "Nothing yet: nobody goes by this name. Whoever first does has it."


def waits_for(email: str) -> bool:
    """Return whether an access rule names a user of this address."""
    return AccessRule.objects.naming(frozenset({(SubjectType.USER.value, email)})).exists()


def knowing_who_exists(rules: Iterable[AccessRule], *, reader: Principal) -> frozenset[int]:
    """The ids of the rules in whose scopes the reader may read users or groups, as the rule's subject is."""
    grants = grants_of(reader)
    return frozenset(
        rule.pk
        for rule in rules
        if rule.subject_type in _READ_AS
        and decisions.may(grants, "read", _READ_AS[rule.subject_type], rule.scope.ref.path)
    )


_READ_AS: Final[dict[str, str]] = {"user": "users", "group": "groups"}


class Withheld(NamedTuple):
    """How many people get nothing of a rule, for which reason, and who asserts the name or the account."""

    people: int
    reason: Unmet
    source: str


def withheld_by(rule: AccessRule) -> list[Withheld]:
    if rule.subject_type == SubjectType.USER:
        return _from_user(rule)
    return _from_members(rule) if rule.subject_type == SubjectType.GROUP else []


def _from_user(rule: AccessRule) -> list[Withheld]:
    user = User.objects.filter(email=rule.subject_id).first()
    if user is None:
        return []
    own = user.own_name()
    return _of(rule, 1, user, own) if own else [Withheld(1, Unmet.UNVERIFIED, user.asserted_by)]


def _from_members(rule: AccessRule) -> list[Withheld]:
    """In one query, because members differ in two things: who put them there, and who brings them."""
    members = Membership.objects.filter(group__name=rule.subject_id).order_by("source")
    kinds = members.values_list("source", "user__is_local", "user__source").annotate(people=Count("pk"))
    withheld = []
    for source, is_local, brought_by, people in kinds:
        user = User(is_local=is_local, source=brought_by)
        withheld += _of(rule, people, user, Name(SubjectType.GROUP, rule.subject_id, source))
    return withheld


def _of(rule: AccessRule, people: int, user: User, name: Name) -> list[Withheld]:
    missed = [one for one in missed_as(user.asserted_by, [name]) if one.rule.pk == rule.pk]
    return [Withheld(people, one.reason, name.source or user.asserted_by) for one in missed]


def withheld_from(source: str, *, privileged: bool) -> list[AccessRule]:
    """The first of the rules that name people or groups of an identity provider, and that it doesn't meet."""
    people = User.objects.filter(source=source, is_local=False).values("email")
    groups = Membership.objects.filter(source=source).values("group__name")
    named = Q(subject_type=SubjectType.USER, subject_id__in=people)
    named |= Q(subject_type=SubjectType.GROUP, subject_id__in=groups)
    rules = AccessRule.objects.live().filter(named)
    for_others = rules.exclude(source__in=("", source))
    unmet = for_others if privileged else for_others | rules.leading()
    return list(unmet.select_related("scope").order_by("pk")[:MOST_TOLD])
