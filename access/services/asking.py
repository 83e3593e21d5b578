"""Whether somebody may do something. Every verb, page and API asks here."""

from django.db.models import Q, QuerySet

from access import decisions
from access.catalog import RESOURCE_TYPES, roles_allowing
from access.decisions import Grant, Grants
from access.models import ROOT_ID, TENANT_ID, TENANT_PATH, AccessRule, Scope, ScopeType
from common.actors import Actor, Principal, System
from common.errors import Forbidden


def grants_of(principal: Principal) -> Grants:
    """What the live access rules give this principal, by whichever subject. A disabled principal has nothing."""
    if not principal.enabled:
        return Grants()
    return grants_to(principal.rule_subjects())


def grants_to(subjects: frozenset[tuple[str, str]]) -> Grants:
    rules = AccessRule.objects.naming(subjects).select_related("scope")
    return Grants(Grant(rule.pk, (rule.subject_type, rule.subject_id), rule.role, rule.scope.ref) for rule in rules)


def require(actor: Actor, action: str, resource_type: str, scope: Scope | None = None) -> None:
    """Raise Forbidden unless the actor may do this in `scope`, or without one in the whole tenant."""
    if isinstance(actor, System):
        return
    path = scope.ref.path if scope else TENANT_PATH
    if not decisions.may(grants_of(actor), action, resource_type, path):
        name = RESOURCE_TYPES[resource_type].display_name
        where = f"{scope.get_type_display().lower()} {scope.name}" if scope else "the whole account"
        raise Forbidden("forbidden", f"You may not {action} {name.lower()} in {where}. An access rule must allow it.")


def require_at_least(actor: Actor, other: Principal) -> None:
    """Raise Forbidden when `other` holds any permission that the actor does not hold there.

    Asked before an actor touches somebody's credentials: who can reset a password can sign in with it. A disabled
    principal is measured by what it would hold.
    """
    require_at_least_of(actor, other.rule_subjects())


def require_at_least_of(actor: Actor, subjects: frozenset[tuple[str, str]]) -> None:
    """The same for whatever access rules give these subjects."""
    if isinstance(actor, System):
        return
    excess = decisions.exceeds(grants_of(actor), grants_to(subjects))
    if excess:
        name = RESOURCE_TYPES[excess.resource].display_name.lower()
        # Not where: the scope may be one that the actor is not to know of.
        raise Forbidden("exceeds_own_access", f"This gives more than you hold yourself: {excess.action} {name}.")


def permitted(actor: Actor, action: str, resource_type: str) -> QuerySet[Scope]:
    """The scopes in which the actor may do this, those below included.

    `decisions.permitted_scopes` as a subquery: somebody with a rule in each of 20,000 projects would otherwise send as
    many ids to the database. A test holds the two together.
    """
    if isinstance(actor, System):
        return Scope.objects.all()
    if not actor.enabled:
        return Scope.objects.none()

    roles = [role.id for role in roles_allowing(action, resource_type)]
    rules = AccessRule.objects.naming(actor.rule_subjects()).filter(role_id__in=roles)
    if rules.filter(scope=ROOT_ID).exists():
        return Scope.objects.all()
    if rules.filter(scope=TENANT_ID).exists():
        return Scope.objects.exclude(pk=ROOT_ID)
    # Three steps up reach a cluster from a project: the tree has no deeper way.
    given = rules.values("scope")
    return Scope.objects.filter(Q(pk__in=given) | Q(parent__in=given) | Q(parent__parent__in=given))


def visible_scopes(actor: Actor) -> QuerySet[Scope]:
    """The nodes of the tree that the actor may know of: each type is a resource type of its own."""
    if isinstance(actor, System):
        return Scope.objects.all()
    readable = Q(pk__in=())
    for type_ in (ScopeType.TENANT, ScopeType.CLUSTER, ScopeType.DEPARTMENT, ScopeType.PROJECT):
        readable |= Q(type=type_, pk__in=permitted(actor, "read", type_).values("pk"))
    return Scope.objects.filter(readable)
