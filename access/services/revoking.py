"""Decide whether an actor may revoke what ends with something else: a scope, a subject, an identity provider."""

from collections.abc import Sequence

from access import decisions
from access.catalog import roles
from access.decisions import RuleRef, RuleSet
from access.models import AccessRule, Scope
from access.services.asking import rule_set_of, visible_scopes
from common.actors import Actor, System
from common.errors import Forbidden
from common.wording import Wording

MOST_NAMED = 10


def require_to_revoke(actor: Actor, rules: Sequence[AccessRule]) -> None:
    """Raise Forbidden, naming what stands in the way, unless the actor may revoke each of these rules by itself."""
    if isinstance(actor, System) or not rules:
        return
    covering = {id_ for rule in rules for id_ in rule.scope.ref.path}
    held = rule_set_of(actor, covering=tuple(covering))
    beyond = [rule for rule in rules if not decisions.may_revoke(held, rule.role, rule.scope.ref.path)]
    if beyond:
        raise Forbidden(
            "exceeds_own_access",
            Wording(
                "This ends access rules that you may not revoke: {named}. Ask a {who_may} there to revoke them first.",
                named=_named(actor, beyond),
                who_may=_who_may(beyond),
            ),
        )


def _named(actor: Actor, rules: Sequence[AccessRule]) -> str:
    """Name them by id, and with the scope where the actor may know of it; never whom they name."""
    known = visible_scopes(actor).filter(pk__in={rule.scope_id for rule in rules})
    shown = set(known.values_list("pk", flat=True))
    named = [
        Wording("{id} ({role} in {scope})", id=rule.pk, role=rule.role.name, scope=rule.scope.name)
        if rule.scope_id in shown
        else f"{rule.pk}"
        for rule in rules[:MOST_NAMED]
    ]
    more = len(rules) - len(named)
    return Wording.joined("", (Wording.joined(", ", named), Wording(" and {more} more", more=more) if more else ""))


def _who_may(rules: Sequence[AccessRule]) -> str:
    """Return the roles that may revoke all of these where they are."""
    held = {rule.role for rule in rules}
    scope: Scope = rules[0].scope

    def may(holder: RuleSet) -> bool:
        return all(decisions.may_revoke(holder, role, scope.ref.path) for role in held)

    return Wording.joined(
        " or ", (one.name for one in roles().values() if may(RuleSet([RuleRef(0, ("user", ""), one, scope.ref)])))
    )
