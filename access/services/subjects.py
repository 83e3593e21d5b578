"""Tell whom a rule names: whether anybody goes by the name, and what the rule is worth to those who do."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, When

from access import decisions
from access.assertions import Unmet
from access.models import TENANT_ID, AccessRule, Scope, SubjectType
from access.ports.applications import applications
from access.services.asking import permitted, rule_set_of
from access.services.barred import kept_from_signing_in
from access.services.standing import missed_as
from accounts.models import Group, Membership, User
from accounts.ports.authority import authority
from common.actors import SYSTEM, Actor, Name, Principal, System
from common.wording import Wording

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
    """Return whether the subject of one rule exists; False for an application."""
    if rule.subject_type == SubjectType.USER:
        return User.objects.filter(email=rule.subject_id).exists()
    return Group.objects.filter(name=rule.subject_id).exists()


def principal_named(subject_type: str, subject_id: str) -> Principal | None:
    """Return the user or application that goes by this name; None for a group."""
    if subject_type == SubjectType.USER:
        return User.objects.with_email(subject_id).first()
    return applications().named(subject_id) if subject_type == SubjectType.APP else None


def is_visible(principal: Principal, reader: Actor) -> bool:
    """Return True if the reader has them in their lists: a user, or an application, all of which are read as one."""
    if isinstance(principal, User):
        return authority().visible_users(reader).filter(pk=principal.pk).exists()
    return permitted(reader, "read", "apps").filter(pk=TENANT_ID).exists()


def said_of_name(subject_type: str, subject_id: str, *, reader: Actor, scope: Scope) -> list[str]:
    """Say that nobody goes by this name, perhaps because it is mistyped, or what keeps its user from signing in.

    Whoever reads users, groups or applications in the scope may know whether there is one; anybody else is told that it
    wasn't looked at. What keeps a user from signing in is for whoever has them in their lists.
    """
    if not_looked := _not_looked_at(subject_type, subject_id, reader, scope):
        return [not_looked]
    if subject_type == SubjectType.GROUP:
        return (
            []
            if Group.objects.filter(name=subject_id).exists()
            else [Wording(_NOBODY[subject_type], subject=subject_id)]
        )
    one = principal_named(subject_type, subject_id)
    if one is None:
        return [Wording(_NOBODY[subject_type], subject=subject_id)]
    return kept_from_signing_in(one) if is_visible(one, reader) else []


def not_looked_at(rule: AccessRule, *, reader: Actor) -> str:
    """Say that the reader may not know whether anybody goes by the name of a rule; empty if they may."""
    return _not_looked_at(rule.subject_type, rule.subject_id, reader, rule.scope)


def _not_looked_at(subject_type: str, subject_id: str, reader: Actor, scope: Scope) -> str:
    path, known_as = scope.ref.path, _KNOWN_AS[subject_type]
    if isinstance(reader, System) or decisions.may(rule_set_of(reader, covering=path), "read", known_as, path):
        return ""
    return Wording(
        "Not looked at: whether anybody goes by {subject}, since you may not read {plural}.",
        subject=subject_id,
        plural=_PLURAL[known_as],
    )


_PLURAL: Final = {
    "users": Wording("users"),
    "groups": Wording("groups"),
    "apps": Wording("applications"),
}


_KNOWN_AS: Final[dict[str, str]] = {"user": "users", "group": "groups", "app": "apps"}
_NOBODY: Final = {
    "user": "There is no user {subject}. Check the spelling; a rule for this address waits for whoever first has it.",
    "group": "There is no group {subject}. Check the spelling, upper and lower case too.",
    "app": "There is no application {subject}. Check the spelling of its client id.",
}


def said_of_subject(rule: AccessRule) -> str:
    """Say what to know of a rule whose user or group doesn't exist."""
    if rule.subject_type == SubjectType.GROUP and Group.objects.filter(name__iexact=rule.subject_id).exists():
        return "Nothing: no group goes by this name, but one by a name that differs in upper and lower case only."
    return "Nothing yet: nobody goes by this name. Whoever first does has it."


def waits_for(email: str) -> bool:
    """Return whether an access rule names a user of this address."""
    return AccessRule.objects.naming(frozenset({(SubjectType.USER.value, email)})).exists()


def can_lead(subject_type: SubjectType, name: str) -> bool:
    """Return whether a rule that names this subject can lead to System administrator: so does going by its name."""
    return AccessRule.objects.naming(frozenset({(subject_type.value, name)})).leading().exists()


def knowing_who_exists(rules: Iterable[AccessRule], *, reader: Principal) -> frozenset[int]:
    """Return the ids of the rules in whose scopes the reader may read users or groups, as the rule's subject is."""
    held = rule_set_of(reader)
    return frozenset(
        rule.pk
        for rule in rules
        if rule.subject_type in _READ_AS
        and decisions.may(held, "read", _READ_AS[rule.subject_type], rule.scope.ref.path)
    )


_READ_AS: Final[dict[str, str]] = {"user": "users", "group": "groups"}


class WithheldCount(NamedTuple):
    """A number of people who get nothing of a rule, for which reason, and who asserts the name or the account."""

    people: int
    reason: Unmet
    source: str


def withheld_by(rule: AccessRule) -> list[WithheldCount]:
    if rule.subject_type == SubjectType.USER:
        return _from_user(rule)
    return _from_members(rule) if rule.subject_type == SubjectType.GROUP else []


def _from_user(rule: AccessRule) -> list[WithheldCount]:
    user = User.objects.filter(email=rule.subject_id).first()
    if user is None:
        return []
    own = user.own_name()
    return _of(rule, 1, user, own) if own else [WithheldCount(1, Unmet.UNVERIFIED, user.asserted_by)]


def _from_members(rule: AccessRule) -> list[WithheldCount]:
    return withheld_from_members(rule.subject_id).get(rule.pk, [])


def withheld_from_members(group: str) -> dict[int, list[WithheldCount]]:
    """Return by id of the rules that name this group how many of its members get nothing of it, and why.

    In few queries, because members differ in two things: who put them there, and who brings them.
    """
    members = Membership.objects.filter(group__name=group).order_by("source")
    kinds = members.values_list("source", "user__is_local", "user__source").annotate(people=Count("pk"))
    withheld: dict[int, list[WithheldCount]] = {}
    for source, is_local, brought_by, people in kinds:
        user = User(is_local=is_local, source=brought_by)
        for missed in missed_as(user.asserted_by, [Name(SubjectType.GROUP, group, source)]):
            one = WithheldCount(people, missed.reason, source or user.asserted_by)
            withheld.setdefault(missed.rule.pk, []).append(one)
    return withheld


def _of(rule: AccessRule, people: int, user: User, name: Name) -> list[WithheldCount]:
    missed = [one for one in missed_as(user.asserted_by, [name]) if one.rule.pk == rule.pk]
    return [WithheldCount(people, one.reason, name.source or user.asserted_by) for one in missed]


def withheld_from(source: str, *, privileged: bool) -> list[AccessRule]:
    """Return the first of the rules that name people or groups of an identity provider, and that it doesn't meet."""
    people = User.objects.filter(source=source, is_local=False).values("email")
    groups = Membership.objects.filter(source=source).values("group__name")
    named = Q(subject_type=SubjectType.USER, subject_id__in=people)
    named |= Q(subject_type=SubjectType.GROUP, subject_id__in=groups)
    rules = AccessRule.objects.live().filter(named)
    for_others = rules.exclude(source__in=("", source))
    unmet = for_others if privileged else for_others | rules.leading()
    return list(unmet.select_related("scope").order_by("pk")[:MOST_TOLD])
