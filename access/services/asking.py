"""Require and list permissions. Every verb, page and API asks here."""

from django.db import connection
from django.db.models import Q, QuerySet

from access import decisions
from access.catalog import RESOURCE_TYPES, Role, role_with_id, roles, roles_allowing
from access.catalog.counting import SCOPE_TYPES, counts_in
from access.decisions import Path, RuleRef, RuleSet, ScopeRef
from access.models import ROOT_ID, TENANT_ID, TENANT_PATH, AccessRule, Scope, ScopeType
from access.services.locking import hold_rights
from access.services.standing import rules_of
from common.actors import Actor, Principal, System
from common.errors import Forbidden
from common.wording import Wording

Subjects = frozenset[tuple[str, str]]


def rule_set_of(principal: Principal, *, covering: Path | None = None) -> RuleSet:
    """Return the live access rules of a principal, by all of its names. A disabled principal has none.

    With `covering`, the rules of that scope and those above it: all that a decision about it needs.
    """
    if not principal.enabled:
        return RuleSet()
    rules = rules_of(principal)
    return rule_set_from(rules if covering is None else rules.filter(scope__in=covering))


def rule_set_to(subjects: Subjects) -> RuleSet:
    """All that rules say of these subjects, whoever would have to assert them."""
    return rule_set_from(AccessRule.objects.naming(subjects))


def rule_set_from(rules: QuerySet[AccessRule]) -> RuleSet:
    # Rows rather than objects: somebody with a rule in each of a thousand projects waits for this.
    rows = rules.values_list(
        "pk", "subject_type", "subject_id", "role_id", "scope_id", "scope__type", "scope__name", "scope__path"
    )
    return RuleSet(
        RuleRef(pk, (kind, name), role_with_id(role_id), ScopeRef(scope_id, type_, scope_name, tuple(path.split("/"))))
        for pk, kind, name, role_id, scope_id, type_, scope_name, path in rows
    )


def require(actor: Actor, action: str, resource_type: str, scope: Scope | None = None) -> None:
    """Raise Forbidden unless the actor may do this in `scope`, or without one in the whole tenant.

    A verb asks this first, in its transaction: until that ends nobody withdraws what the actor may do. A verb that
    takes the tree (`lock_tree`) does so before it asks, so that two of them never each hold what the other wants.
    """
    if action != "read" and connection.in_atomic_block:
        hold_rights(actor)
    if not may(actor, action, resource_type, scope):
        name = RESOURCE_TYPES[resource_type].plural
        where = _in_words(scope) if scope else Wording("the whole account")
        raise Forbidden(
            "forbidden",
            Wording(
                "You may not {action} {name} in {where}. An access rule must allow it.",
                action=Wording(action),
                name=name,
                where=where,
            ),
        )


def may(actor: Actor, action: str, resource_type: str, scope: Scope | None = None) -> bool:
    """Return True if the actor may do this at this moment: for questions, whose answer gives nobody anything."""
    path = scope.ref.path if scope else TENANT_PATH
    return isinstance(actor, System) or decisions.may(rule_set_of(actor, covering=path), action, resource_type, path)


def _in_words(scope: Scope) -> str:
    return Wording("{type} {name}", type=Wording(str(ScopeType(scope.type).value)), name=scope.name)


def require_at_least(actor: Actor, other: Principal) -> None:
    """Raise Forbidden when `other` holds any permission that the actor does not hold there.

    Asked before an actor touches somebody's credentials: who can reset a password can sign in with it. The other is
    measured by everything that rules say of its names: also while it is disabled, and by whichever source.
    """
    require_at_least_of(actor, other.rule_subjects())


def require_at_least_of(actor: Actor, subjects: Subjects) -> None:
    """Raise Forbidden unless the actor has all that access rules give these subjects."""
    if isinstance(actor, System):
        return
    excess = decisions.exceeds(rule_set_of(actor), rule_set_to(subjects))
    if excess:
        name = RESOURCE_TYPES[excess.resource].plural
        # Not where: the scope may be one that the actor is not to know of.
        raise Forbidden(
            "exceeds_own_access",
            Wording(
                "This gives more than you hold yourself: {action} {name}.", action=Wording(excess.action), name=name
            ),
        )


def rules_allowing(principal: Principal, action: str, resource_type: str) -> QuerySet[AccessRule]:
    """Return the live rules by which a principal may do this somewhere."""
    if not principal.enabled:
        return AccessRule.objects.none()
    roles = [role.id for role in roles_allowing(action, resource_type)]
    rules = rules_of(principal).filter(role_id__in=roles)
    counting = [type_ for type_ in SCOPE_TYPES if counts_in(type_, action, resource_type)]
    return rules if len(counting) == len(SCOPE_TYPES) else rules.filter(scope__type__in=counting)


def permitted(actor: Actor, action: str, resource_type: str) -> QuerySet[Scope]:
    """Return the scopes in which the actor may do this, those below included.

    `decisions.permitted_scopes` as a subquery: somebody with a rule in each of 20,000 projects would otherwise send as
    many ids to the database. A test holds the two together.
    """
    if isinstance(actor, System):
        return Scope.objects.all()
    rules = rules_allowing(actor, action, resource_type)
    top = _highest(rules)
    if top is not None:
        return Scope.objects.all() if top == ROOT_ID else Scope.objects.exclude(pk=ROOT_ID)
    # Three steps up reach a cluster from a project: the tree has no deeper way.
    given = rules.values("scope")
    return Scope.objects.filter(Q(pk__in=given) | Q(parent__in=given) | Q(parent__parent__in=given))


def _highest(rules: QuerySet[AccessRule]) -> str | None:
    """Return the root or the tenant if one of the rules is there, from which everything is reached."""
    tops = set(rules.filter(scope__in=(ROOT_ID, TENANT_ID)).values_list("scope", flat=True))
    return ROOT_ID if ROOT_ID in tops else TENANT_ID if tops else None


def grantable(actor: Actor, *, most: int) -> tuple[list[Role], list[Scope]]:
    """Return roles that the actor may give in one of the scopes, and up to `most` + 1 scopes where they give any."""
    scopes = permitted(actor, "create", "access_rules").select_related("parent__parent__parent").order_by("path")
    some = list(scopes[: most + 1])
    if isinstance(actor, System):
        return list(roles().values()), some
    own = rule_set_of(actor)
    given = [role for role in roles().values() if any(decisions.may_grant(own, role, scope.ref.path) for scope in some)]
    return given, some


def readable_rules(actor: Actor) -> QuerySet[AccessRule]:
    """Return the rules, deleted ones too, of the scopes in which the actor reads access rules."""
    if isinstance(actor, System):
        return AccessRule.objects.all()
    top = _highest(rules_allowing(actor, "read", "access_rules"))
    if top is not None:
        # Said in this way, so that a million rules are not compared with all scopes.
        return AccessRule.objects.all() if top == ROOT_ID else AccessRule.objects.exclude(scope=ROOT_ID)
    return AccessRule.objects.filter(scope__in=permitted(actor, "read", "access_rules"))


def visible_scopes(actor: Actor) -> QuerySet[Scope]:
    """Return the nodes of the tree that the actor may know of: each type is a resource type of its own."""
    if isinstance(actor, System):
        return Scope.objects.all()
    types = (ScopeType.TENANT, ScopeType.CLUSTER, ScopeType.DEPARTMENT, ScopeType.PROJECT)
    tops = {type_: _highest(rules_allowing(actor, "read", type_)) for type_ in types}
    # Who sees all of a type is not asked about each: 25,000 scopes would be compared with as many.
    readable = Q(type__in=[type_ for type_, top in tops.items() if top])
    for type_ in (type_ for type_, top in tops.items() if not top):
        readable |= Q(type=type_, pk__in=permitted(actor, "read", type_).values("pk"))
    return Scope.objects.filter(readable)
