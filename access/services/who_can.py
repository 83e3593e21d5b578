"""List who may do something in a scope: ask the decision of everybody whom a rule there could allow it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from access import decisions
from access.catalog import roles_allowing
from access.decisions import AllowingRule
from access.models import AccessRule, AccessRuleQuerySet, Scope, SubjectType
from access.ports.applications import applications
from access.services.asking import require, rule_set_of
from access.services.barred import barred_among
from access.services.together import judged_together, names_together, rule_set_met, rules_naming
from accounts.models import Membership, User
from common.actors import Actor, Principal, System

LONGEST_PAGE = 100
# A page looks at no more: people whom a rule names and gives nothing could otherwise keep it looking for long.
MOST_PAGES_LOOKED_AT = 10


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may, with every rule that allows it, nearest scope first."""

    principal: Principal
    allowing: tuple[AllowingRule, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`after` continues it; empty on the last page. `others` may too: people or rules that the actor may not read."""

    holders: list[Holder]
    after: str
    others: bool


@dataclass(frozen=True, slots=True)
class _Question:
    action: str
    resource_type: str
    scope: Scope
    rules: AccessRuleQuerySet
    kinds: frozenset[str]

    def subjects(self, kind: SubjectType) -> QuerySet[AccessRule, str]:
        return self.rules.filter(subject_type=kind).values_list("subject_id", flat=True)


def who_can(
    *, actor: Actor, action: str, resource_type: str, scope: Scope, after: str = "", limit: int = LONGEST_PAGE
) -> Page:
    """Return users by e-mail and then applications by client id, by the rules that the actor may read.

    `after` is what the page before answered, `limit` at most LONGEST_PAGE. Whoever is refused everywhere
    (`access.services.barred`) is left out, whatever rules give them.
    """
    require(actor, "read", "access_rules", scope)
    path = scope.ref.path
    own = None if isinstance(actor, System) else rule_set_of(actor, covering=path)

    def may_read(what: str, height: int = len(path)) -> bool:
        return own is None or decisions.may(own, "read", what, path[:height])

    readable = [path[height - 1] for height in range(1, len(path) + 1) if may_read("access_rules", height)]
    allowing = AccessRule.objects.live().filter(scope__in=path, role_id__in=_roles(action, resource_type)).order_by()
    kinds = frozenset(kind for kind, what in (("user", "users"), ("app", "apps")) if may_read(what))
    question = _Question(action, resource_type, scope, allowing.filter(scope__in=readable), kinds)
    # A group's members are known to who reads users.
    hidden = [kind for kind in SubjectType.values if (kind if kind == "app" else "user") not in kinds]
    others = allowing.filter(~Q(scope__in=readable) | Q(subject_type__in=hidden)).exists()
    return Page(*_found(question, after, min(limit, LONGEST_PAGE)), others)


def _found(question: _Question, after: str, limit: int) -> tuple[list[Holder], str]:
    found: list[Holder] = []
    for _ in range(MOST_PAGES_LOOKED_AT):
        candidates = _candidates(question, after, limit + 1)
        for holder in _decided(question, candidates[:limit]):
            if len(found) == limit:
                return found, after
            found.append(holder)
            after = _place(holder.principal)
        if len(candidates) <= limit:
            return found, ""
        after = _place(candidates[limit - 1])
    return found, after


def _roles(action: str, resource_type: str) -> list[int]:
    return [role.id for role in roles_allowing(action, resource_type)]


def _place(principal: Principal) -> str:
    return ":".join(principal.rule_subject)


def _candidates(question: _Question, after: str, limit: int) -> list[Principal]:
    """Return whom a rule names that could allow it, in their order from `after` on; not all of them may."""
    kind, _, name = after.partition(":")
    found: list[Principal] = []
    if SubjectType.USER in question.kinds and kind != SubjectType.APP:
        members = Membership.objects.filter(group__name__in=question.subjects(SubjectType.GROUP)).values("user")
        named = Q(email__in=question.subjects(SubjectType.USER)) | Q(pk__in=members)
        found += User.objects.filter(named, enabled=True, email__gt=name).order_by("email")[:limit]
    if SubjectType.APP in question.kinds and len(found) < limit:
        name = name if kind == SubjectType.APP else ""
        ids = question.subjects(SubjectType.APP)
        found += applications().enabled_among(ids, after=name, limit=limit - len(found))
    return found


def _decided(question: _Question, candidates: Sequence[Principal]) -> list[Holder]:
    judged = judged_together(names_together(candidates, question.subjects(SubjectType.GROUP)))
    rules = rules_naming(question.rules, judged)
    asked = question.action, question.resource_type, question.scope.ref
    answers = {one: decisions.explain(rule_set_met(given, rules), *asked) for one, given in judged.items()}
    allowed = {one: answer for one, answer in answers.items() if answer.allowed}
    refused = barred_among(allowed)
    return [Holder(one, answer.allowing) for one, answer in allowed.items() if one not in refused]
