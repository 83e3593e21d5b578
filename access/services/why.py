"""Explain why somebody may do something or may not: the decision itself, in sentences."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from access import decisions
from access.decisions import RuleRef, RuleSet
from access.explanations import Withheld, sentences
from access.models import Scope, ScopeType
from access.services.asking import require, rule_set_from, rule_set_of, rule_set_to, visible_scopes
from access.services.barred import barred
from access.services.standing import missed_by, rules_of
from access.services.subjects import is_visible, principal_named, said_of_name
from common.actors import Actor, Principal, System


@dataclass(frozen=True, slots=True)
class WhyAnswer:
    allowed: bool
    sentences: list[str]


def why(*, principal: Principal, action: str, resource_type: str, scope: Scope) -> WhyAnswer:
    """Return what a principal may ask about itself."""
    explanation = decisions.explain(rule_set_of(principal), action, resource_type, scope.ref)
    withheld = _withheld_from(principal, action, resource_type, scope)
    return WhyAnswer(explanation.allowed, sentences(explanation, _names(scope), withheld=withheld))


def scopes_to_ask_about(user: Principal) -> QuerySet[Scope]:
    """Return the scopes that somebody sees, or in which a rule of theirs gives them something.

    Each may be asked about.
    """
    given = Scope.objects.filter(pk__in=rules_of(user).values("scope"))
    return visible_scopes(user) | given.exclude(type__in=(ScopeType.SYSTEM, ScopeType.TENANT))


def why_of(
    *, actor: Actor, subject_type: str, subject_id: str, action: str, resource_type: str, scope: Scope
) -> WhyAnswer:
    """Explain the answer for somebody else by the access rules that the actor may read.

    A subject that nobody goes by is not refused: it has the rules that were made for it, and no others. The answer
    says that nobody goes by it, and what keeps a user from signing in, to an actor who may know that. It says that
    somebody is disabled, or refused for another reason, if rules allow what is asked, or the actor knows them.
    """
    require(actor, "read", "access_rules", scope)
    one = principal_named(subject_type, subject_id)
    rules = rule_set_from(rules_of(one)) if one else rule_set_to(frozenset({(subject_type, subject_id)}))

    may_read = _readable_by(actor)
    readable = RuleSet(filter(may_read, rules))
    explanation = decisions.explain(readable, action, resource_type, scope.ref)
    by_rules = decisions.may(rules, action, resource_type, scope.ref.path)
    withheld = [
        missed for missed in (_withheld_from(one, action, resource_type, scope) if one else []) if may_read(missed.rule)
    ]
    # Of people and applications that nothing connects with what the actor reads, not even their state is told.
    is_known = by_rules or any(map(may_read, rules)) or withheld or (one is not None and is_visible(one, actor))
    refused = barred(one) if one and is_known else None
    told = sentences(
        explanation,
        _names(scope),
        unseen=by_rules and not explanation.allowed,
        barred=refused,
        withheld=withheld,
    )
    first, *others = told
    found = said_of_name(subject_type, subject_id, reader=actor, scope=scope)
    return WhyAnswer(by_rules and refused is None, [first, *found, *others])


def _withheld_from(principal: Principal, action: str, resource_type: str, scope: Scope) -> list[Withheld]:
    withheld = []
    for rule, name, reason in missed_by(principal):
        alone = RuleRef(rule.pk, (name.kind, name.id), rule.role, rule.scope.ref)
        if decisions.would_allow(alone, action, resource_type, scope.ref.path):
            withheld.append(Withheld(alone, reason, name.source or principal.asserted_by, rule.source))
    return withheld


def _readable_by(actor: Actor) -> Callable[[RuleRef], bool]:
    if isinstance(actor, System):
        return lambda rule: True
    own = rule_set_of(actor)
    return lambda rule: decisions.may(own, "read", "access_rules", rule.scope.path)


def _names(scope: Scope) -> dict[str, str]:
    return dict(Scope.objects.filter(pk__in=scope.path.split("/")).values_list("pk", "name"))
