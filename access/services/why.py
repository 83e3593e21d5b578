"""Why somebody may do something or may not: the decision itself, told in sentences."""

from collections.abc import Callable
from dataclasses import dataclass

from access import decisions
from access.decisions import Grant, Grants
from access.explanations import Withheld, sentences
from access.models import Scope
from access.services.asking import grants_by, grants_of, grants_to, require
from access.services.standing import missed_by, rules_of
from access.services.subjects import nobody_by, principal_named
from common.actors import Actor, Principal, System


@dataclass(frozen=True, slots=True)
class Answer:
    allowed: bool
    sentences: list[str]


def why(*, principal: Principal, action: str, resource_type: str, scope: Scope) -> Answer:
    """What a principal may ask about itself."""
    explanation = decisions.explain(grants_of(principal), action, resource_type, scope.ref)
    withheld = _withheld_from(principal, action, resource_type, scope)
    return Answer(explanation.allowed, sentences(explanation, _names(scope), withheld=withheld))


def why_of(
    *, actor: Actor, subject_type: str, subject_id: str, action: str, resource_type: str, scope: Scope
) -> Answer:
    """The same about somebody else, told by the access rules that the actor may read.

    A subject that nobody goes by is not refused: it has the rules that were made for it, and no others. The answer
    says that nobody goes by it to an actor who may know that.
    """
    require(actor, "read", "access_rules", scope)
    one = principal_named(subject_type, subject_id)
    grants = grants_by(rules_of(one)) if one else grants_to(frozenset({(subject_type, subject_id)}))

    may_read = _readable_by(actor)
    readable = Grants(filter(may_read, grants))
    explanation = decisions.explain(readable, action, resource_type, scope.ref)
    by_rules = decisions.may(grants, action, resource_type, scope.ref.path)
    disabled = _KINDS[subject_type] if one is not None and not one.enabled else ""
    withheld = _withheld_from(one, action, resource_type, scope) if one else []
    told = sentences(
        explanation, _names(scope), unseen=by_rules and not explanation.allowed, disabled=disabled,
        withheld=[missed for missed in withheld if may_read(missed.grant)],
    )  # fmt: skip
    return Answer(by_rules and not disabled, [*told, *nobody_by(subject_type, subject_id, reader=actor, scope=scope)])


_KINDS = {"user": "user", "app": "application"}


def _withheld_from(principal: Principal, action: str, resource_type: str, scope: Scope) -> list[Withheld]:
    withheld = []
    for rule, name, reason in missed_by(principal):
        grant = Grant(rule.pk, (name.kind, name.id), rule.role, rule.scope.ref)
        if decisions.would_allow(grant, action, resource_type, scope.ref.path):
            withheld.append(Withheld(grant, reason, name.source or principal.asserted_by, rule.source))
    return withheld


def _readable_by(actor: Actor) -> Callable[[Grant], bool]:
    if isinstance(actor, System):
        return lambda grant: True
    own = grants_of(actor)
    return lambda grant: decisions.may(own, "read", "access_rules", grant.scope.path)


def _names(scope: Scope) -> dict[str, str]:
    return dict(Scope.objects.filter(pk__in=scope.path.split("/")).values_list("pk", "name"))
