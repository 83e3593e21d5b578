"""Why somebody may do something or may not: the decision itself, told in sentences."""

from dataclasses import dataclass

from access import decisions
from access.decisions import Grants
from access.explanations import sentences
from access.models import Scope, SubjectType
from access.services.asking import grants_of, grants_to, require
from accounts.models import User
from common.actors import Actor, Principal, System


@dataclass(frozen=True, slots=True)
class Answer:
    allowed: bool
    sentences: list[str]


def why(*, principal: Principal, action: str, resource_type: str, scope: Scope) -> Answer:
    """What a principal may ask about itself."""
    explanation = decisions.explain(grants_of(principal), action, resource_type, scope.ref)
    return Answer(explanation.allowed, sentences(explanation, _names(scope)))


def why_of(
    *, actor: Actor, subject_type: str, subject_id: str, action: str, resource_type: str, scope: Scope
) -> Answer:
    """The same about somebody else, told by the access rules that the actor may read.

    A subject that nobody goes by is not refused: it has the rules that were made for it, and no others.
    """
    require(actor, "read", "access_rules", scope)
    user = User.objects.with_email(subject_id).first() if subject_type == SubjectType.USER else None
    grants = grants_to(user.rule_subjects() if user else frozenset({(subject_type, subject_id)}))

    explanation = decisions.explain(_readable(actor, grants), action, resource_type, scope.ref)
    by_rules = decisions.may(grants, action, resource_type, scope.ref.path)
    disabled = user is not None and not user.enabled
    told = sentences(explanation, _names(scope), unseen=by_rules and not explanation.allowed, disabled=disabled)
    return Answer(by_rules and not disabled, told)


def _readable(actor: Actor, grants: Grants) -> Grants:
    if isinstance(actor, System):
        return grants
    own = grants_of(actor)
    return Grants(grant for grant in grants if decisions.may(own, "read", "access_rules", grant.scope.path))


def _names(scope: Scope) -> dict[str, str]:
    return dict(Scope.objects.filter(pk__in=scope.path.split("/")).values_list("pk", "name"))
